namespace Helios.Pipeline.Ingestion;

/// <summary>
/// How filters of blocks are kept. A table's rows lie in blocks by their row ids; of each block the engine knows, for each column, the least and the greatest value and
/// whether there is a NULL; for columns whose single values are often looked for without an index, a bloom filter too. A scan with a condition passes the blocks of which
/// that says that no row can meet it.
/// </summary>
/// <remarks>
/// Filters are in memory, of all tables, kept up with every commit before it becomes visible, and made again in the background after an open, a bulk load or many
/// changes. A block without one is read, so they never change an answer, and they never make a commit wait.
/// </remarks>
public sealed partial record BlockFilterOptions
{
    /// <summary>Are they kept?</summary>
    /// <value>The default is true.</value>
    public bool IsEnabled { get; init; } = true;

    /// <summary>Row ids of a block.</summary>
    /// <value>100 to 65,536; the default is 1,000. Smaller blocks let a scan pass more, and take more memory.</value>
    public int BlockRows
    {
        get;
        init => field = value is >= 100 and <= 65_536 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "BlockRows is 100 to 65,536.");
    } = 1_000;

    /// <summary>Memory of the filters of all tables; blocks beyond it get none. Bloom filters are made in the first three quarters of it and go first where it is short.</summary>
    /// <value>0 to 64 GiB; the default is 64 MiB. A block takes some 17 bytes a column: the default is enough for 400 million rows of ten columns.</value>
    public long MaxBytes
    {
        get;
        init => field = value is >= 0 and <= 64L << 30 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "MaxBytes is 0 to 64 GiB.");
    } = 64L << 20;

    /// <summary>Rows of one table in one commit from which their blocks are left to the background, so that a bulk load does not pay for filters.</summary>
    /// <value>1 to 2,147,483,647; the default is 10,000.</value>
    public int BulkRows
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "BulkRows is 1 or more.");
    } = 10_000;

    /// <summary>Rows a second into one table from which their blocks are left to the background: a load that takes all processors does not pay for filters either.</summary>
    /// <value>1 or more; the default is 500,000, at which keeping filters takes some six hundredths of a processor. Measured over tenths of a second.</value>
    public long BulkRowsPerSecond
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "BulkRowsPerSecond is 1 or more.");
    } = 500_000;

    /// <summary>How often the background looks for filters to make.</summary>
    /// <value>10 ms to one day; the default is 10 s.</value>
    public TimeSpan ConsolidationInterval
    {
        get;
        init => field = value >= TimeSpan.FromMilliseconds(10) && value <= TimeSpan.FromDays(1) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "ConsolidationInterval is 10 ms to one day.");
    } = TimeSpan.FromSeconds(10);

    /// <summary>Changes of a block's rows after which its filter is made anew, narrower.</summary>
    /// <value>1 or more; the default is 1,000.</value>
    public int ConsolidationChanges
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "ConsolidationChanges is 1 or more.");
    } = 1_000;

    /// <summary>Time after which the filter of a block with fewer changes is made anew too.</summary>
    /// <value>0 to 30 days; the default is 300 s.</value>
    public TimeSpan ConsolidationAge
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromDays(30) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "ConsolidationAge is 0 to 30 days.");
    } = TimeSpan.FromSeconds(300);

    /// <summary>Blocks whose filters the background makes at most each <see cref="ConsolidationInterval"/>; a sixteenth of it where it has waited for the processors in vain.</summary>
    /// <value>1 to 1,000,000; the default is 4,096, some seconds of one processor.</value>
    public int ConsolidationBlocks
    {
        get;
        init => field = value is >= 1 and <= 1_000_000 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "ConsolidationBlocks is 1 to 1,000,000.");
    } = 4_096;

    /// <summary>Share of the machine's processors in use above which the background waits.</summary>
    /// <value>0 to 1; the default is 0.15. It never waits longer than <see cref="ConsolidationMaxWait"/>.</value>
    public double ConsolidationMaxCpu
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "ConsolidationMaxCpu is 0 to 1.");
    } = 0.15;

    /// <summary>How long the background waits at most for a processor.</summary>
    /// <value>0 to one day; the default is 300 s.</value>
    public TimeSpan ConsolidationMaxWait
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromDays(1) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "ConsolidationMaxWait is 0 to one day.");
    } = TimeSpan.FromSeconds(300);

    internal FilterOptions Kept => new()
    {
        IsEnabled = IsEnabled && MaxBytes > 0,
        BlockRows = BlockRows,
        MaxBytes = MaxBytes,
        BulkRows = BulkRows,
        BulkRowsPerSecond = BulkRowsPerSecond,
        FalsePositives = BloomFalsePositives,
        ChoosesBlooms = ChoosesBlooms,
        BloomMinQueries = BloomMinQueries,
        BloomMaxSelectivity = BloomMaxSelectivity,
        BloomMinTime = BloomMinTime,
        BloomMaxColumns = BloomMaxColumns,
        BloomWindow = BloomWindow,
        BloomMaxIdle = BloomMaxIdle,
    };
}
