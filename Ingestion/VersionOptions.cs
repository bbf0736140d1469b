namespace Helios.Pipeline.Ingestion;

/// <summary>
/// How versions are collected: an update or a delete leaves the version before it, for those who read at an older moment. When nobody does any more, the background
/// removes it, and deletions, and index keys that rows gave up.
/// </summary>
/// <remarks>
/// The horizon is the oldest moment that an open reader looks at (a query, a <see cref="ReadSnapshot"/>, a transaction), else the newest commit that is visible and durable: a reader that
/// stays open keeps everything that was replaced since. The log holds what has been replaced until it is removed, up to <see cref="MaxLogBytes"/>; where it no longer
/// reaches back, all rows are swept once.
/// </remarks>
public sealed record VersionOptions
{
    /// <summary>Does the background collect them? <see cref="HeliosEngine.VacuumAsync"/> does it in any case.</summary>
    /// <value>The default is true.</value>
    public bool IsEnabled { get; init; } = true;

    /// <summary>Newest commits whose predecessors are kept, whoever reads.</summary>
    /// <value>0 to 1,000,000,000,000; the default is 0: what nobody reads is kept for nobody.</value>
    public long RetainedCommits
    {
        get;
        init => field = value is >= 0 and <= 1_000_000_000_000 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "RetainedCommits is 0 to 1,000,000,000,000.");
    }

    /// <summary>How often the background looks for versions to remove.</summary>
    /// <value>10 ms to one day; the default is 1 s.</value>
    public TimeSpan CollectionInterval
    {
        get;
        init => field = value >= TimeSpan.FromMilliseconds(10) && value <= TimeSpan.FromDays(1) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "CollectionInterval is 10 ms to one day.");
    } = TimeSpan.FromSeconds(1);

    /// <summary>Share of the machine's processors in use above which the background waits.</summary>
    /// <value>0 to 1; the default is 0.5. It never waits longer than <see cref="CollectionMaxWait"/>, and not at all once a quarter of <see cref="MaxLogBytes"/> waits for it.</value>
    public double CollectionMaxCpu
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "CollectionMaxCpu is 0 to 1.");
    } = 0.5;

    /// <summary>How long the background waits at most for a processor.</summary>
    /// <value>0 to one day; the default is 30 s.</value>
    public TimeSpan CollectionMaxWait
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromDays(1) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "CollectionMaxWait is 0 to one day.");
    } = TimeSpan.FromSeconds(30);

    /// <summary>Log that is held back for the collection at most; beyond it the log goes, and the collection sweeps all rows when it can go on.</summary>
    /// <value>1 MiB to 1 TiB; the default is 256 MiB. Four times <see cref="HeliosOptions.LogRetention"/>, or 256 MiB where that is more, bounds it too, as every reader of the log.</value>
    public long MaxLogBytes
    {
        get;
        init => field = value is >= 1 << 20 and <= 1L << 40 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "MaxLogBytes is 1 MiB to 1 TiB.");
    } = 256L << 20;
}
