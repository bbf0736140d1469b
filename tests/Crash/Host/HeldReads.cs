using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Queries that have given some of their rows, and a snapshot: whatever happens to the engine then, they give what was there when they began.</summary>
internal sealed class HeldReads : IAsyncDisposable
{
    /// <summary>More than the first batch of a query: not all of it has been read before something happens.</summary>
    private const int LeastRows = 200;

    private readonly ReadSnapshot _snapshot;
    private readonly List<Held> _queries = [];

    private HeldReads(HeliosEngine engine)
    {
        _snapshot = engine.OpenSnapshot();
    }

    public static async Task<HeldReads> BeginAsync(HeliosEngine engine, Table table)
    {
        var reads = new HeldReads(engine);
        Query[] queries =
        [
            table.Where("length(text) >= 0"),
            table.Where("length(text) >= 0").Parallel(2, keepsOrder: true),
            table.Where("text >= ''"),
            table.Where("id >= 0").OrderByDescending("id"),
            table.Query().OrderByDescending("commit").ThenBy("text").Take(50_000),
        ];
        foreach (var query in queries)
            reads._queries.Add(new Held(query, await TextAsync(query.At(reads._snapshot)), query.GetAsyncEnumerator()));
        await reads.StepAsync();
        return reads;
    }

    /// <summary>Each gives a few rows more.</summary>
    public async Task StepAsync()
    {
        foreach (var held in _queries)
        {
            for (var i = 0; i < 10 && await held.Rows.MoveNextAsync(); i++)
                held.Found.Add(Text(held.Rows.Current));
        }
    }

    /// <summary>Reads them to their end.</summary>
    /// <returns>What is not as promised, or null.</returns>
    public async Task<string?> FindFaultAsync()
    {
        foreach (var held in _queries)
        {
            while (await held.Rows.MoveNextAsync())
                held.Found.Add(Text(held.Rows.Current));
            if (held.Expected.Count < LeastRows)
                return $"{held.Expected.Count} rows are too few to prove anything";
            if (!held.Found.SequenceEqual(held.Expected))
                return $"a query that had begun gives {held.Found.Count} rows and not the {held.Expected.Count} that were there: {held.Query.Explain()}";
            if (!(await TextAsync(held.Query.At(_snapshot))).SequenceEqual(held.Expected))
                return $"the snapshot has other rows than before: {held.Query.Explain()}";
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var held in _queries)
            await held.Rows.DisposeAsync();
        _snapshot.Dispose();
    }

    private static async Task<List<string>> TextAsync(Query query) => [.. (await query.ToListAsync()).Select(Text)];

    private static string Text(Row row) => $"{row["id"]} {row["commit"]} {row["text"]}";

    private sealed record Held(Query Query, List<string> Expected, IAsyncEnumerator<Row> Rows)
    {
        public List<string> Found { get; } = [];
    }
}
