using System.Globalization;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>All that an open database shows: told line by line, by the child that has opened it or by the parent to itself.</summary>
internal sealed class LoopContent
{
    private const int Probes = 24;

    public ulong Visible { get; private set; }

    /// <summary>What a kill leaves without a log: the open itself may have committed that a constraint is valid.</summary>
    public ulong Durable { get; private set; }

    /// <summary>Where the source stands: the number of commits.</summary>
    public long Record { get; private set; }

    /// <summary>What the counters say, by table; −1 where a table is not there.</summary>
    public long[] Counts { get; } = [-1, -1, -1];

    /// <summary>The rows of all tables, each table by ascending row id.</summary>
    public List<LoopRow<ulong>> Rows { get; } = [];

    /// <summary>Those that were added.</summary>
    public HashSet<LoopConstraint> Constraints { get; } = [];

    /// <summary>Constraints whose rows were still to be looked at when it was opened.</summary>
    public int Pending { get; private set; }

    /// <summary>What is wrong by itself: keys that do not find their rows, entries of indexes without a row, rows that do not meet a constraint; null where nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>Has the last line come?</summary>
    public bool IsComplete { get; private set; }

    public static async Task<LoopContent> ReadAsync(HeliosEngine engine, int seed)
    {
        var content = new LoopContent { Durable = engine.Durable.Value, Visible = engine.Visible.Value };
        content.Fault = await content.FindFailedAsync(engine);
        for (var table = 0; table < LoopWorkload.Tables.Count; table++)
        {
            if (engine.FindTable(LoopWorkload.Tables[table].Name) is not { } found)
                continue;
            if (table == LoopWorkload.Trips)
                content.Record = SourceLookup.Stored(engine, found).SingleOrDefault()?.Record ?? 0;
            content.Constraints.UnionWith(LoopConstraint.Of(found, table));
            content.Counts[table] = await found.CountAsync();
            var first = content.Rows.Count;
            var texts = new List<string>();
            await foreach (var row in found.ScanAsync())
            {
                texts.Add((string)row["text"]!);
                content.Rows.Add(new LoopRow<ulong>(table, (long)row["id"]!, (long)row["commit"]!, LoopWorkload.Hash(texts[^1])));
            }

            content.Fault ??= await FindWrongKeyAsync(engine, found, table, content.Rows[first..], texts, new Random(seed));
        }

        content.Fault ??= IndexFault.Find(engine);
        content.IsComplete = true;
        return content;
    }

    public IEnumerable<string> Lines()
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"open {Visible} {Durable} {Pending} {Record} {Counts[0]} {Counts[1]} {Counts[2]}");
        foreach (var constraint in Constraints)
            yield return $"c {constraint}";
        foreach (var row in Rows)
            yield return string.Create(CultureInfo.InvariantCulture, $"r {row.Table} {row.Id} {row.Commit} {row.Text}");
        if (Fault is not null)
            yield return "keys " + LoopVoice.OneLine(Fault);
        yield return "end";
    }

    /// <summary>Takes a line of <see cref="Lines"/>.</summary>
    public void Take(string[] words)
    {
        switch (words[0])
        {
            case "open":
                Visible = ulong.Parse(words[1], CultureInfo.InvariantCulture);
                Durable = ulong.Parse(words[2], CultureInfo.InvariantCulture);
                Pending = (int)Number(words[3]);
                Record = Number(words[4]);
                for (var i = 0; i < Counts.Length; i++)
                    Counts[i] = Number(words[5 + i]);
                break;
            case "c":
                Constraints.Add(LoopConstraint.Parse(words.AsSpan(1)));
                break;
            case "r":
                Rows.Add(new LoopRow<ulong>((int)Number(words[1]), Number(words[2]), Number(words[3]), ulong.Parse(words[4], CultureInfo.InvariantCulture)));
                break;
            case "keys":
                Fault = string.Join(' ', words[1..]);
                break;
            default:
                IsComplete = true;
                break;
        }
    }

    /// <summary>Every row meets every constraint, so each that was pending ends valid.</summary>
    private async Task<string?> FindFailedAsync(HeliosEngine engine)
    {
        var all = engine.PendingConstraints;
        Pending = all.Count;
        foreach (var pending in all)
        {
            if (await pending.Completion is { IsValid: false } outcome)
                return $"{pending.Table}: constraint {pending.Name} has failed for {outcome.FailingRows} rows: {outcome.Failing.FirstOrDefault()?.Reason}";
        }

        // As the catalog says: also one that nobody looks at any more.
        return engine.Parts.Published.Catalog.Tables.FirstOrDefault(static table => table.Pending.Any()) is { } left ? $"{left.Name}: constraint {left.Pending.First()} is still pending" : null;
    }

    private static async Task<string?> FindWrongKeyAsync(HeliosEngine engine, Table table, int number, List<LoopRow<ulong>> rows, List<string> texts, Random random)
    {
        if (number == LoopWorkload.Notes)
            return null;
        var isTrips = number == LoopWorkload.Trips;
        for (var probe = 0; probe < Probes && rows.Count > 0; probe++)
        {
            var at = random.Next(rows.Count);
            object key = isTrips ? rows[at].Id : texts[at];
            if (await table.FindAsync(key) is not { } found || (long)found["id"]! != rows[at].Id)
                return $"{table.Name}: the primary key does not find row {rows[at].Id}";
            if (isTrips && !IsFound(engine, table, texts[at]))
                return $"{table.Name}: the unique key does not find row {rows[at].Id}";
            var other = rows[at].Id + random.Next(-3_000, 3_000);
            if (isTrips && await table.FindAsync(other) is not null != rows.Exists(row => row.Id == other))
                return $"{table.Name}: key {other} is found without its row, or its row without the key";
        }

        return null;
    }

    private static bool IsFound(HeliosEngine engine, Table table, string text)
    {
        using var key = new ByteBuffer();
        using var row = new ByteBuffer();
        using var view = engine.OpenView();
        return KeyProbe.TryEncode(table.Plan, 1, [text], key) && view.TryFind(table.Plan, 1, key.Written, row, out _);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
