using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>The commits of a run, what became of each, and what is wrong with a database that should hold them.</summary>
internal sealed class FaultOracle
{
    public const string Table = "rows";

    private const int MaxRows = 3;

    public static TableSchema Schema { get; } = new(
        [new Column("id", ColumnType.Int8), new Column("commit", ColumnType.Int8), new Column("text", ColumnType.Text)], ["id"], [new UniqueConstraint("text", "text")]);

    /// <summary>Commits that were answered as stored.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Commits that a power loss may not take.</summary>
    public int Promised { get; private set; }

    /// <summary>The commit that comes next.</summary>
    public int Next { get; private set; }

    public void Took(int commit, SafetyLevel level)
    {
        Acknowledged = Math.Max(Acknowledged, commit + 1);
        if (level == SafetyLevel.Full)
            Promised = Acknowledged;
    }

    /// <summary>A checkpoint or a close has said that everything is durable.</summary>
    public void AllIsDurable() => Promised = Acknowledged;

    /// <summary>The process ended and the system did not: nothing that was answered is gone.</summary>
    public void MustSurvive(int commits) => Promised = Math.Max(Promised, commits);

    /// <summary>The next commits follow on what is there.</summary>
    public void GoOnAfter(int stored) => Next = Acknowledged = stored;

    public int TakeNext() => Next++;

    public static IEnumerable<Row> Rows(int commit) =>
        from row in Enumerable.Range(0, 1 + (commit % MaxRows))
        let id = (commit * 10L) + row
        select new Row(Schema) { ["id"] = id, ["commit"] = (long)commit, ["text"] = $"{id}:" + new string((char)('a' + (commit % 26)), 900) };

    /// <summary>The number of whole commits, from the first one on without a gap; what else is there, is wrong.</summary>
    public static async Task<(int Commits, string? Fault)> ReadAsync(HeliosEngine engine)
    {
        if (engine.FindTable(Table) is not { } table)
            return (0, null);
        var found = new List<long>();
        await foreach (var row in table.ScanAsync())
            found.Add((long)row["id"]!);
        if (await table.CountAsync() != found.Count)
            return (0, $"the count says {await table.CountAsync()}, there are {found.Count} rows");

        var at = 0;
        var commit = 0;
        for (; at < found.Count; commit++)
        {
            var expected = Rows(commit).Select(row => (long)row["id"]!).ToArray();
            if (!found.Skip(at).Take(expected.Length).SequenceEqual(expected))
                return (commit, $"the rows behind commit {commit} are no whole commits in order: {string.Join(' ', found.Skip(at).Take(5))}");
            at += expected.Length;
        }

        foreach (var probe in new[] { 0, commit - 1, commit })
        {
            if (probe >= 0 && (await table.FindAsync(probe * 10L) is not null) != (probe < commit))
                return (commit, $"the key of commit {probe} {(probe < commit ? "is not found" : "is found without its row")}");
        }

        return (commit, null);
    }
}
