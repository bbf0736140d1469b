namespace Helios.Pipeline.Storage;

/// <summary>Sizes of the log.</summary>
internal sealed record WalOptions
{
    private readonly IReadOnlyList<long> _segmentBytes = [1 << 20, 4 << 20, 16 << 20, 64 << 20];

    /// <summary>Sizes of the segments that one open makes, in order; the last one repeats. Without <see cref="ZeroFill"/> a segment that a sync has not covered grows past it.</summary>
    /// <value>
    /// At least two blocks each. The default climbs from 1 to 64 MiB: filling and syncing 64 MiB of zeros takes tens of milliseconds, too
    /// much for a program that writes a few rows and ends, and little for one that fills them.
    /// </value>
    public IReadOnlyList<long> SegmentBytes
    {
        get => _segmentBytes;
        init => _segmentBytes = value.Count > 0 && value.All(static size => size >= 2 * WalSegmentHeader.Size)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), "A segment has two blocks of 4 KiB at least.");
    }

    /// <summary>LSNs passed over by an open after a crash, and the most that may be appended without a sync: so that an LSN lost with an unsynced tail is never given out again.</summary>
    /// <value>1 or more; 2^20 by default, which leaves room for 2^28 such opens.</value>
    public int LsnSkip { get; init; } = 1 << 20;

    /// <summary>Are segments filled with zeros before use? A sync then changes no metadata of the file, which makes it 1.4 times as fast.</summary>
    /// <value>The default is true. Where syncs are rare the zeros are only written for nothing: they double the log's bytes.</value>
    public bool ZeroFill { get; init; } = true;

    /// <summary>Where segments are not filled: bytes at which one is synced and left even though no sync was due.</summary>
    /// <value>
    /// At least two blocks; the default, 1 GiB, is more than checkpoints let pass, so that levels which promise few syncs make only
    /// those. It bounds what recovery must write again after a crash.
    /// </value>
    public long MaxSegmentBytes { get; init; } = 1 << 30;

    public long SizeOf(int ordinal) => _segmentBytes[Math.Min(ordinal, _segmentBytes.Count - 1)];
}
