namespace Helios.Pipeline;

/// <summary>How summaries of blocks are kept.</summary>
internal sealed record FilterOptions
{
    /// <summary>Are they kept at all?</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>Row ids of a block.</summary>
    public int BlockRows { get; init; } = 1_000;

    /// <summary>Memory of all summaries; blocks beyond it have none and are read.</summary>
    public long MaxBytes { get; init; } = 64L << 20;

    /// <summary>Rows of one commit and table from which its blocks are left to the background.</summary>
    public int BulkRows { get; init; } = 10_000;

    /// <summary>Rows a second into one table from which the blocks they go to are left to the background.</summary>
    public long BulkRowsPerSecond { get; init; } = 500_000;

    /// <summary>Share of wrong "perhaps" of a bloom filter.</summary>
    public double FalsePositives { get; init; } = 0.01;

    /// <summary>Do columns get bloom filters because of the queries that there are?</summary>
    public bool ChoosesBlooms { get; init; } = true;

    /// <summary>Queries within the window from which a column gets them.</summary>
    public int BloomMinQueries { get; init; } = 100;

    /// <summary>The mean share of rows that these may mean.</summary>
    public double BloomMaxSelectivity { get; init; } = 0.1;

    /// <summary>The mean time that these take at least.</summary>
    public TimeSpan BloomMinTime { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Columns of one table that get them so.</summary>
    public int BloomMaxColumns { get; init; } = 5;

    /// <summary>Within which queries are counted.</summary>
    public TimeSpan BloomWindow { get; init; } = TimeSpan.FromHours(24);

    /// <summary>A column that no query asked about for so long loses them.</summary>
    public TimeSpan BloomMaxIdle { get; init; } = TimeSpan.FromDays(7);
}
