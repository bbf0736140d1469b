using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Load;

/// <summary>Helios, through its public API. The one place to change when another part of it is to be measured: a method per question.</summary>
internal sealed class HeliosReads : ReadCandidate
{
    private const string TableName = "rows";
    private const int CommitRows = 1_000;
    private const int InFlight = 8;

    private HeliosEngine? _engine;
    private Table<LoadRow>? _table;

    private Table<LoadRow> Table => _table ?? throw new InvalidOperationException("The engine is not open.");

    public override async Task LoadAsync(BulkRows rows, long count, string directory)
    {
        await using (var engine = await HeliosEngine.OpenAsync(directory, HeliosOptions.ForBulkLoad).ConfigureAwait(false))
            await WriteAsync(await RowInserter.OpenAsync(engine).ConfigureAwait(false), rows, count).ConfigureAwait(false);

        // Everything is applied and synced now, as a compaction asks.
        await using var settled = await HeliosEngine.OpenAsync(directory).ConfigureAwait(false);
        settled.Parts.Store.Compact();
    }

    public override async Task OpenAsync(string directory)
    {
        _engine = await HeliosEngine.OpenAsync(directory, new HeliosOptions { CreateIfMissing = false }).ConfigureAwait(false);
        _table = await _engine.TableAsync<LoadRow>(TableName).ConfigureAwait(false);
        await _engine.ConsolidateFiltersAsync().ConfigureAwait(false); // else the background does it some seconds after an open
    }

    public override async Task<Answer> PointsAsync(long[] keys)
    {
        var answer = default(Answer);
        foreach (var id in keys)
            answer.AddInOrder(await Table.FindAsync(id).ConfigureAwait(false) ?? throw new InvalidOperationException($"Row {id} is not found."));
        return answer;
    }

    public override async Task<Answer> RangesAsync(long[] starts, int length)
    {
        var answer = default(Answer);
        foreach (var start in starts)
        {
            var end = start + length;
            await foreach (var row in Table.Where(r => r.Id >= start && r.Id < end).OrderBy(r => r.Id).ConfigureAwait(false))
                answer.AddInOrder(row);
        }

        return answer;
    }

    public override async Task<Answer> ScanAsync()
    {
        var answer = default(Answer);
        await foreach (var row in Table.Query().Select(r => new Sample(r.Ts, r.Value)).ConfigureAwait(false))
            answer.Add(row.Ts, row.Value);
        return answer;
    }

    public override async Task<Answer> ClusteredAsync(long from, long to)
    {
        var answer = default(Answer);
        await foreach (var row in Table.Where(r => r.Ts >= from && r.Ts < to).ConfigureAwait(false))
            answer.Add(row);
        return answer;
    }

    public override async Task<Answer> ScatteredAsync(double below)
    {
        var answer = default(Answer);
        await foreach (var row in Table.Where(r => r.Value < below).ConfigureAwait(false))
            answer.Add(row);
        return answer;
    }

    public override async Task<long> CountAsync() => await Table.CountAsync().ConfigureAwait(false);

    public override async Task CloseAsync() => await _engine!.DisposeAsync().ConfigureAwait(false);

    private readonly record struct Sample(long Ts, double Value);

    private static async Task WriteAsync(RowInserter inserter, BulkRows rows, long count)
    {
        var window = new CommitWindow(InFlight);
        for (var first = 0L; first < count; first += CommitRows)
        {
            var many = (int)Math.Min(CommitRows, count - first);
            await window.RoomAsync().ConfigureAwait(false);
            window.Enter(inserter.InsertAsync(rows, first, many), many);
        }

        await window.DrainAsync().ConfigureAwait(false);
    }
}
