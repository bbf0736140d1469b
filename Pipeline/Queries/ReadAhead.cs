namespace Helios.Pipeline;

/// <summary>How a scan of a table is divided among those who read.</summary>
/// <param name="Workers">How many parts are read at once; 0: the caller's thread reads everything itself.</param>
internal sealed record ReadAhead(int Workers)
{
    /// <summary>Batches that a part may have read and not given: one of short rows is read whole while those before it are used, one of long rows has more and goes on when some are taken.</summary>
    public const int BatchesPerPart = 8;

    /// <summary>Where nothing else was asked for: a second processor reads while the first works on what is read, and two readers keep it busy. More would be taken from others.</summary>
    public static ReadAhead Automatic { get; } = new(Environment.ProcessorCount > 1 ? 2 : 0) { AfterRows = 16_384 };

    /// <summary>The caller's thread does everything.</summary>
    public static ReadAhead None { get; } = new(0);

    /// <summary>Rows that the caller's thread reads itself first: whoever wants a few does not make others read more.</summary>
    public long AfterRows { get; init; }

    /// <summary>Row ids of a part: some milliseconds of work, so that a seek and handing over cost nothing beside it.</summary>
    public int PartRows { get; init; } = BatchesPerPart * Storage.RowBatch.MaxRows;

    /// <summary>Do the rows come in the order of their ids?</summary>
    public bool KeepsOrder { get; init; } = true;

    /// <summary>Lets a part be read by somebody else, some time. Whoever needs it earlier reads it himself.</summary>
    public Action<IThreadPoolWorkItem> Queue { get; init; } = static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);

    /// <summary>Called by whoever reads a batch of a part, before it is made, for tests: may throw.</summary>
    public Action? BeforeBatch { get; init; }
}
