using System.Globalization;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What is known of the room on the disk.</summary>
internal enum FreeSpaceLevel
{
    /// <summary>Not measured, or the system does not say: nothing is refused, the disk itself decides.</summary>
    Unknown,
    Enough,

    /// <summary>Below the floor, and since then not yet back above it by the margin: commits that insert are refused.</summary>
    Low,
}

/// <summary>Is there room on the disk for commits that insert? One object per engine: every write path asks it, also one that takes the place of another.</summary>
/// <remarks>Any thread reads; one at a time, the sampler, reports. A commit costs one volatile read.</remarks>
internal sealed class FreeSpace(long floor)
{
    private volatile FreeSpaceLevel _level;
    private volatile Sample? _last;

    /// <summary>Bytes below which it is low; 0 = never.</summary>
    public long Floor => floor;

    /// <summary>Bytes from which on there is enough again: a quarter more, so that a disk that fills and is freed around the floor does not refuse every other commit.</summary>
    public long EnoughFrom => floor + (floor / 4);

    public FreeSpaceLevel Level => _level;

    public bool IsLow => _level == FreeSpaceLevel.Low;

    /// <summary>Bytes free at the last sample; null where the system did not say.</summary>
    public long? Bytes => _last?.Bytes;

    /// <summary>Raised on the sampler's thread when it turns low, after <see cref="IsLow"/> has: handlers must be quick.</summary>
    public event Action? TurnedLow;

    /// <summary>Takes a sample in.</summary>
    /// <param name="directory">Where the least room is.</param>
    /// <param name="bytes">How much.</param>
    public void Report(string directory, long bytes)
    {
        _last = new Sample(directory, bytes);
        var wasLow = IsLow;
        var isLow = bytes < (wasLow ? EnoughFrom : floor);
        _level = isLow ? FreeSpaceLevel.Low : FreeSpaceLevel.Enough;
        if (isLow && !wasLow)
            TurnedLow?.Invoke();
    }

    /// <summary>The system does not say any more.</summary>
    public void ReportUnknown()
    {
        _last = null;
        _level = FreeSpaceLevel.Unknown;
    }

    /// <summary>What a commit is told that inserts while it is low.</summary>
    public HeliosException Refusal()
    {
        var free = _last is { } last ? $"{last.Directory} has {Mebibytes(last.Bytes)} of disk left" : "there is little disk left"; // it may just have gone
        return new HeliosException(HeliosErrorKind.Unavailable, "disk_full",
            $"Nothing of the commit was written: {free}, less than the floor of {Mebibytes(floor)} (FreeSpaceFloor). What was acknowledged holds; reads, deletes, checkpoints and closing work. "
            + $"Free some space: inserts are taken again by themselves once {Mebibytes(EnoughFrom)} are free.") { IsTransient = true };
    }

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024d * 1024):#,0.0} MiB");

    private sealed record Sample(string Directory, long Bytes);
}
