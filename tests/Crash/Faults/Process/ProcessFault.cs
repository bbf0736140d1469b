namespace Helios.Pipeline.Crash.Tests;

/// <summary>Which run of the command meets the fault.</summary>
internal enum ProcessMoment
{
    /// <summary>The one that creates the database.</summary>
    FirstRun,

    /// <summary>One that finds what a killed run has left.</summary>
    AfterKill,

    /// <summary>One that finds a store with more files than RocksDB lets be: it compacts them at once, and writes no file of the store before.</summary>
    Compaction,
}

/// <summary>A call of the system that fails under the tool.</summary>
/// <param name="Call">The recorder's name of the call.</param>
/// <param name="Action">An errno, or SHORT.</param>
/// <param name="Path">Pattern of the file below the database's directory.</param>
/// <param name="From">The first call that fails, counted from 1.</param>
/// <param name="ForEver">All later ones too.</param>
internal sealed record ProcessFault(string Call, string Action, string Path, int From, bool ForEver, ProcessMoment Moment)
{
    private static readonly (string Call, string Action, string Path)[] s_creating =
    [
        ("open", "EMFILE", "lock"),
        ("open", "EMFILE", "store/LOCK"),
        ("open", "EMFILE", "store/MANIFEST*"),
        ("open", "EIO", "identity*"),
        ("write", "EIO", "identity*"),
        ("write", "ENOSPC", "identity*"),
        ("sync", "EIO", "identity*"),
        ("rename", "EIO", "identity*"),
        ("rename", "EIO", "store/*.dbtmp"),
        ("sync", "EIO", "store/*.dbtmp"),
        ("dirsync", "EIO", ""),
    ];

    private static readonly (string Call, string Action, string Path)[] s_writing =
    [
        ("open", "EMFILE", "*.wal"),
        ("write", "EIO", "*.wal"),
        ("write", "ENOSPC", "*.wal"),
        ("write", "SHORT", "*.wal"),
        ("sync", "EIO", "*.wal"),
        ("dirsync", "EIO", "log"),
        ("open", "EMFILE", "*.sst"),
        ("write", "EIO", "*.sst"),
        ("write", "ENOSPC", "*.sst"),
        ("write", "SHORT", "*.sst"),
        ("sync", "EIO", "*.sst"),
        ("sync", "ENOSPC", "*.sst"),
        ("sfr", "EIO", "*.sst"),
        ("write", "EIO", "store/MANIFEST*"),
        ("write", "ENOSPC", "store/MANIFEST*"),
        ("sync", "EIO", "store/MANIFEST*"),
        ("dirsync", "EIO", "store"),
    ];

    // A first run makes these five times, the others of s_writing less often.
    private static readonly (string Call, string Action, string Path)[] s_writingOften =
    [
        ("write", "EIO", "*.wal"),
        ("write", "ENOSPC", "*.wal"),
        ("write", "SHORT", "*.wal"),
        ("sync", "EIO", "*.wal"),
        ("write", "EIO", "store/MANIFEST*"),
        ("write", "ENOSPC", "store/MANIFEST*"),
        ("dirsync", "EIO", "store"),
    ];

    private static readonly (string Call, string Action, string Path)[] s_recovering =
    [
        ("read", "EIO", "*.wal"),
        ("read", "EIO", "*.sst"),
        ("read", "EIO", "identity"),
        ("trunc", "EIO", "*.wal"),
    ];

    // The first .sst that such a run makes is a compaction's.
    private static readonly (string Call, string Action, string Path)[] s_compacting =
    [
        ("open", "EMFILE", "*.sst"),
        ("write", "EIO", "*.sst"),
        ("write", "ENOSPC", "*.sst"),
        ("sync", "EIO", "*.sst"),
        ("sync", "ENOSPC", "*.sst"),
    ];

    public static IReadOnlyList<ProcessFault> Compacting { get; } =
        [.. from rule in s_compacting from forEver in new[] { false, true }
            select new ProcessFault(rule.Call, rule.Action, rule.Path, 1, forEver, ProcessMoment.Compaction)];

    /// <summary>Each meets its fault: the test fails where one does not.</summary>
    public static IReadOnlyList<ProcessFault> All { get; } =
    [
        .. from rule in s_creating from forEver in new[] { false, true }
           where forEver || rule.Call != "open"
           select new ProcessFault(rule.Call, rule.Action, rule.Path, 1, forEver, ProcessMoment.FirstRun),
        .. from rule in s_writing from forEver in new[] { false, true }
           select new ProcessFault(rule.Call, rule.Action, rule.Path, 1, forEver, ProcessMoment.FirstRun),
        .. from rule in s_writingOften from forEver in new[] { false, true }
           select new ProcessFault(rule.Call, rule.Action, rule.Path, 5, forEver, ProcessMoment.FirstRun),
        .. from rule in s_writing.Concat(s_recovering)
           select new ProcessFault(rule.Call, rule.Action, rule.Path, 1, ForEver: true, ProcessMoment.AfterKill),
    ];

    /// <summary>The recorder's rule.</summary>
    public string Rule => $"{Call}:{Action}:path={Path}:from={From}{(ForEver ? "" : ":count=1")}";

    public override string ToString() => $"{Rule} in {Moment}";
}
