using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>How the indexes came into memory at an open.</summary>
internal sealed record IndexReport
{
    /// <summary>The LSN of the snapshot that they came from; null where they were rebuilt from the rows.</summary>
    public Lsn? Snapshot { get; init; }

    /// <summary>Keys that the snapshot had, or that were made of rows.</summary>
    public long Keys { get; init; }

    /// <summary>Commits of the log that completed the snapshot, up to what the store had.</summary>
    public long Completed { get; init; }

    /// <summary>Entries of the snapshot that were held against their rows in the store.</summary>
    public int Compared { get; init; }

    /// <summary>Why the snapshot was refused; null where it was not, or where there was none.</summary>
    public string? Refused { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Took { get; init; }
}
