namespace Helios.Pipeline.Storage;

/// <summary>What the rest of the database knows about its log. Checked before anything is changed.</summary>
internal readonly record struct WalExpectation
{
    /// <summary>The log of a database that is just being made: the only one that may be empty, and it must be.</summary>
    public bool IsNew { get; init; }

    /// <summary>The store's applied LSN: the log must reach it.</summary>
    public Lsn MustReach { get; init; }

    /// <summary>The log must hold everything after this LSN, where that is less than <see cref="MustReach"/>: an older state is to be brought forward. Null: as <see cref="MustReach"/>.</summary>
    public Lsn? MustHoldAfter { get; init; }

    /// <summary>Where the last clean close left the log, or null. Where it still stands exactly there, no LSNs are skipped.</summary>
    public WalPosition? CleanClose { get; init; }
}

/// <summary>A place that only one process can have left the log at.</summary>
internal readonly record struct WalPosition(ulong Epoch, Lsn Head);

/// <summary>An unsynced tail that was found, and (after <see cref="WalRecovery.Open"/>) removed.</summary>
/// <param name="Path">The segment in which it begins.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Bytes">From its begin to its last byte that is not zero, over all segments.</param>
/// <param name="Expected">The LSN that would have stood there. It was never durable.</param>
internal readonly record struct WalCut(string Path, long Offset, long Bytes, Lsn Expected);

/// <summary>What a log holds, found by reading it from end to end; nothing is changed.</summary>
internal sealed class WalScan
{
    /// <summary>Segments with an intact header, oldest first.</summary>
    public required IReadOnlyList<WalSegment> Segments { get; init; }

    /// <summary>The last commit; <see cref="Lsn.Zero"/> where there never was one.</summary>
    public required Lsn Head { get; init; }

    /// <summary>CRC of the last frame.</summary>
    public required uint LastCrc { get; init; }

    /// <summary>The highest durable LSN that a frame states.</summary>
    public required Lsn Stated { get; init; }

    /// <summary>Where the frames of the newest segment end.</summary>
    public required long End { get; init; }

    /// <summary>The unsynced tail, or null.</summary>
    public required WalCut? Cut { get; init; }

    /// <summary>Files behind the newest segment: unused spares, and parts of the tail.</summary>
    public required IReadOnlyList<string> Surplus { get; init; }

    /// <summary>Epoch of the newest segment; 0 where nothing was ever appended.</summary>
    public ulong Epoch => Segments.Count == 0 ? 0 : Segments[^1].Epoch;
}
