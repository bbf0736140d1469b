namespace Helios.Pipeline;

/// <summary>What the summaries of all tables take together. Any thread.</summary>
internal sealed class FilterMemory(long maxBytes)
{
    private long _bytes;

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>No block gets a summary any more.</summary>
    public bool IsFull => Bytes >= maxBytes;

    /// <summary>May a block get bloom filters? The last quarter is left to bounds: they take a fiftieth of it.</summary>
    public bool HasRoomForBlooms => Bytes < maxBytes / 4 * 3;

    /// <summary>Is it time to give something up, so that new blocks find room?</summary>
    public bool IsShort => Bytes >= maxBytes / 8 * 7;

    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}
