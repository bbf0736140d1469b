using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Memory of queues and caches at one moment; bytes.</summary>
/// <param name="Queue">Commits inside the write path.</param>
/// <param name="Batch">The copy of them that the store was given last; kept for the next one.</param>
/// <param name="Memtables">What the store has in memory only.</param>
/// <param name="Blocks">The store's cache without the memtables, which are charged to it: blocks, those in use too, indexes and filters.</param>
/// <param name="TableReaders">What the store keeps of each open file beside its cache.</param>
/// <param name="Rows">The row cache.</param>
/// <param name="Log">What the log keeps: frames for feeds where it has no files, and the buffer of encrypted frames.</param>
/// <param name="Index">Unique keys. They grow with the data, are no cache, and are in no budget.</param>
internal sealed record MemoryUse(long Queue, long Batch, long Memtables, long Blocks, long TableReaders, long Rows, long Log, long Index)
{
    /// <summary>What no admission can take back: all but the queue.</summary>
    public long Others => Batch + Memtables + Blocks + TableReaders + Rows + Log;

    /// <summary>What the budget is for.</summary>
    public long Budgeted => Queue + Others;

    public static MemoryUse Of(WritePathParts parts, long queue)
    {
        var store = parts.Store;
        var memtables = store.MemtableBytes;
        return new MemoryUse(queue, store.BatchBytes, memtables, Math.Max(store.CacheBytes - memtables, 0), store.TableReaderBytes, parts.Rows.Bytes, parts.Log.MemoryBytes,
            parts.Plans.IndexBytes);
    }
}

/// <summary>
/// What queues and caches may take together. Caches and memtables are bounded by their own sizes; where they take more than their share all the same, the
/// queue gives way: this is its limit, which every gate asks. One object per engine.
/// </summary>
/// <remarks>Any thread reads; one at a time, the sampler, reports. A commit costs one volatile read.</remarks>
internal sealed class MemoryBudget(long bytes, long maxQueued)
{
    /// <summary>The queue is never smaller: commits still gather into groups, and a larger one goes in alone, so that there is always progress.</summary>
    public const long LeastQueue = 1 << 20;

    private long _queueLimit = maxQueued;
    private volatile MemoryUse? _last;

    public long Bytes => bytes;

    /// <summary>The queue's limit where the others keep to their share.</summary>
    public long MaxQueued { get; } = maxQueued;

    /// <summary>Bytes of commits that may be inside the write path now.</summary>
    public long QueueLimit => Volatile.Read(ref _queueLimit);

    /// <summary>Is the queue smaller than its own limit?</summary>
    public bool IsTight => QueueLimit < MaxQueued;

    /// <summary>The last sample; null before the first.</summary>
    public MemoryUse? Last => _last;

    public void Report(MemoryUse use)
    {
        _last = use;
        Volatile.Write(ref _queueLimit, Math.Clamp(bytes - use.Others, Math.Min(LeastQueue, MaxQueued), MaxQueued));
    }
}
