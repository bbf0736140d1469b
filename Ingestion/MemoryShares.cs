using System.Globalization;

namespace Helios.Pipeline.Ingestion;

/// <summary>How memory is divided where an option does not say it.</summary>
/// <param name="Queued">See <see cref="HeliosOptions.MaxQueuedBytes"/>.</param>
/// <param name="Cache">See <see cref="HeliosOptions.CacheBytes"/>.</param>
/// <param name="Flush">See <see cref="HeliosOptions.FlushBytes"/>.</param>
/// <param name="Rows">See <see cref="HeliosOptions.RowCacheBytes"/>.</param>
/// <param name="Ring">See <see cref="HeliosOptions.LogRingBytes"/>; 0 where there is a log.</param>
internal readonly record struct MemoryShares(long Queued, long Cache, long Flush, long Rows, long Ring)
{
    /// <summary>
    /// A byte gathered for a file takes up to 2.5 in its memtable, and there are two of them: the one that fills and the one that is written. They are charged
    /// to the cache.
    /// </summary>
    private const int MemoryPerFlushByte = 5;

    /// <summary>A queued commit is copied into its group and into the store's batch, whose buffer may be half empty.</summary>
    private const int CopiesOfQueue = 3;

    /// <summary>Where neither options nor a budget say anything.</summary>
    public static MemoryShares Default => new(64 << 20, 256 << 20, 64 << 20, 32 << 20, 64 << 20);

    /// <summary>
    /// Sixteenths of a budget: 1 queue, 10 cache, 1 row cache, 1 ring where there is no log, the rest for the queue's copies and the readers of files. One sixteenth gathers for a file: even
    /// if the whole queue joins it in one run, both memtables fit into the cache's ten.
    /// </summary>
    public static MemoryShares Of(long budget)
    {
        var sixteenth = budget / 16;
        return new MemoryShares(Math.Min(sixteenth, 16L << 30), 10 * sixteenth, Math.Min(sixteenth, 1 << 30), sixteenth, Math.Min(sixteenth, 16L << 30));
    }

    /// <summary>What may come together where no budget was set: the budget then is what the parts need at worst.</summary>
    public long Needed => ((1 + CopiesOfQueue) * Queued) + Math.Max(Cache, MemoryPerFlushByte * Flush) + Rows + Ring;

    /// <exception cref="ArgumentException">The parts are larger than the whole, whatever the load.</exception>
    public void CheckAgainst(long budget)
    {
        var least = Queued + Math.Max(Cache, 2 * Flush) + Rows + Ring;
        if (least > budget)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"MaxQueuedBytes ({Queued}), RowCacheBytes ({Rows}), {(Ring > 0 ? $"LogRingBytes ({Ring}) " : "")}and the larger of CacheBytes ({Cache}) and twice FlushBytes ({Flush}) add up to {least} bytes, but MemoryBudget is {budget}. Set a larger budget, or less of the others: what is not set is a share of the budget."));
    }
}
