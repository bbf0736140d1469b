using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// Commits that anyone who knows the seed can tell: ids count up from 0 over all commits, texts follow from the id. At full and
/// unsafe, commit k has 1 to 8 rows of up to 1 KB; at the levels between them one short row, so that no segment is full, and
/// therefore synced, before the level itself wants a sync. Thread-safe.
/// </summary>
internal sealed class Workload(int seed, SafetyLevel level, bool withoutLog = false)
{
    public const string Table = "rows";

    private const string Unlogged = "Unlogged";

    private readonly List<int> _firstIds = [0];

    public int Seed { get; } = seed;

    public SafetyLevel Level { get; } = level;

    /// <summary>Is it written without a log?</summary>
    public bool WithoutLog { get; } = withoutLog;

    /// <summary>The level as <see cref="Of"/> takes it.</summary>
    public string LevelName => WithoutLog ? Unlogged : Level.ToString();

    /// <summary>Answered commits are promised as they come or by checkpoints, not by a count or a clock.</summary>
    public bool HasLongCommits => Level is SafetyLevel.Full or SafetyLevel.Unsafe;

    private uint MaxRows => HasLongCommits ? 8u : 1;

    private uint MaxText => HasLongCommits ? 900u : 1;

    public static TableSchema Schema { get; } = new(
        [new Column("id", ColumnType.Int8), new Column("commit", ColumnType.Int8), new Column("text", ColumnType.Text)], ["id"], [new UniqueConstraint("text", "text")]);

    public static Workload Of(int seed, string levelName) =>
        levelName == Unlogged ? new Workload(seed, SafetyLevel.Unsafe, withoutLog: true) : new Workload(seed, Enum.Parse<SafetyLevel>(levelName));

    /// <summary>The first row of a commit; also the number of rows in all commits before it.</summary>
    public int FirstId(int commit)
    {
        lock (_firstIds) // several states are checked at once
        {
            while (_firstIds.Count <= commit)
                _firstIds.Add(_firstIds[^1] + 1 + (int)(Mix(_firstIds.Count - 1) % MaxRows));
            return _firstIds[commit];
        }
    }

    /// <summary>How many whole commits make this number of rows; null where none do.</summary>
    public int? CommitsIn(long rows)
    {
        for (var commit = 0; FirstId(commit) <= rows; commit++)
        {
            if (FirstId(commit) == rows)
                return commit;
        }

        return null;
    }

    public IEnumerable<Row> Rows(int commit)
    {
        for (var id = FirstId(commit); id < FirstId(commit + 1); id++)
            yield return new Row(Schema) { ["id"] = (long)id, ["commit"] = (long)commit, ["text"] = Text(id) };
    }

    /// <summary>A row that <see cref="FirstId"/> of the commit already has the key of.</summary>
    public Row Duplicate(int commit) => new(Schema) { ["id"] = (long)FirstId(commit), ["commit"] = -1L, ["text"] = null };

    /// <summary>A row with a new primary key and a text that is there already.</summary>
    public Row DuplicateText(int commit) => new(Schema) { ["id"] = long.MaxValue - 1, ["commit"] = -1L, ["text"] = Text(FirstId(commit)) };

    public string Text(int id)
    {
        var mixed = Mix(id + 1_000_000);
        return $"{id}:" + new string((char)('a' + (mixed % 26)), (int)(mixed / 26 % MaxText));
    }

    private ulong Mix(long value)
    {
        var x = ((ulong)Seed * 0x9E37_79B9_7F4A_7C15) + (ulong)value;
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }
}
