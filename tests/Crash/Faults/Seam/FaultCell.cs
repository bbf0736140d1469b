using System.Globalization;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>What the engine does when the call fails.</summary>
internal enum FaultMoment
{
    /// <summary>The database and its first table are made.</summary>
    Creation,

    /// <summary>Commits come in, some at once: appends, syncs, spare segments, rolls.</summary>
    Append,

    /// <summary>The change feed reads the log.</summary>
    Feed,

    /// <summary>A checkpoint, with the deletion of old segments.</summary>
    Checkpoint,

    /// <summary>A clean close.</summary>
    Close,

    /// <summary>An open after a kill.</summary>
    Recovery,

    /// <summary>An open after a clean close, and its first commit.</summary>
    CleanOpen,
}

/// <summary>How a call fails.</summary>
/// <param name="Written">For a write: the bytes that arrive all the same.</param>
internal sealed record FaultKind(string Name, FileCall Call, int Errno, int Written = 0)
{
    private const int Eio = 5, Emfile = 24, Enospc = 28;

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("create EIO", FileCall.Create, Eio),
        new("create EMFILE", FileCall.Create, Emfile),
        new("create ENOSPC", FileCall.Create, Enospc),
        new("open EMFILE", FileCall.Open, Emfile),
        new("write EIO", FileCall.Write, Eio),
        new("write ENOSPC", FileCall.Write, Enospc),
        new("short write", FileCall.Write, Enospc, Written: 100),
        new("set length EIO", FileCall.SetLength, Eio),
        new("sync EIO", FileCall.Sync, Eio),
        new("sync ENOSPC", FileCall.Sync, Enospc),
        new("directory sync EIO", FileCall.SyncDirectory, Eio),
        new("rename EIO", FileCall.Rename, Eio),
        new("delete EIO", FileCall.Delete, Eio),
        new("read EIO", FileCall.Read, Eio),
    ];
}

/// <summary>One series of the matrix: the call fails at its 1st, 2nd, 3rd, … time in the moment, until it is not made so often.</summary>
internal sealed record FaultCell(FaultKind Kind, FaultMoment Moment, SafetyLevel Level, bool ForEver)
{
    public static IReadOnlyList<FaultCell> All { get; } =
    [
        .. from kind in FaultKind.All
           from moment in Enum.GetValues<FaultMoment>()
           from level in new[] { SafetyLevel.Full, SafetyLevel.Unsafe }
           from forEver in new[] { false, true }
           select new FaultCell(kind, moment, level, forEver),
    ];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind.Name}, {Moment}, {Level}, {(ForEver ? "for ever" : "once")}");
}
