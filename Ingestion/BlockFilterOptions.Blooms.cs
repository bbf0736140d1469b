namespace Helios.Pipeline.Ingestion;

/// <content>Bloom filters: for columns without order in their blocks, whose single values are looked for (<c>=</c>, <c>IN</c>).</content>
public sealed partial record BlockFilterOptions
{
    /// <summary>Does the engine choose columns for bloom filters by the queries that it sees? <see cref="Table.CreateBloomFilter"/> makes them in any case.</summary>
    /// <value>The default is true.</value>
    public bool ChoosesBlooms { get; init; } = true;

    /// <summary>Share of the blocks without a value that a bloom filter says "perhaps" of.</summary>
    /// <value>0.0001 to 0.5; the default is 0.01: 1.2 KiB a column and block of 1,000 rows.</value>
    public double BloomFalsePositives
    {
        get;
        init => field = value is >= 0.0001 and <= 0.5 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "BloomFalsePositives is 0.0001 to 0.5.");
    } = 0.01;

    /// <summary>Scans for single values of a column within <see cref="BloomWindow"/> from which it is chosen; those with = and those with IN are counted apart.</summary>
    /// <value>1 or more; the default is 100.</value>
    public int BloomMinQueries
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "BloomMinQueries is 1 or more.");
    } = 100;

    /// <summary>Share of the rows that these scans may find in the mean: who finds more has to read most blocks anyhow.</summary>
    /// <value>0 to 1; the default is 0.1.</value>
    public double BloomMaxSelectivity
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "BloomMaxSelectivity is 0 to 1.");
    } = 0.1;

    /// <summary>Time that these scans take at least in the mean, from begin to end.</summary>
    /// <value>0 to one day; the default is 10 ms.</value>
    public TimeSpan BloomMinTime
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromDays(1) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "BloomMinTime is 0 to one day.");
    } = TimeSpan.FromMilliseconds(10);

    /// <summary>Columns of one table that are chosen at most, those first whose scans take most time together.</summary>
    /// <value>0 to 64; the default is 5.</value>
    public int BloomMaxColumns
    {
        get;
        init => field = value is >= 0 and <= 64 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "BloomMaxColumns is 0 to 64.");
    } = 5;

    /// <summary>Time within which scans are counted.</summary>
    /// <value>1 s to 30 days; the default is 24 h.</value>
    public TimeSpan BloomWindow
    {
        get;
        init => field = value >= TimeSpan.FromSeconds(1) && value <= TimeSpan.FromDays(30) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "BloomWindow is 1 s to 30 days.");
    } = TimeSpan.FromHours(24);

    /// <summary>A column that was chosen loses its bloom filters when no scan has looked for its values for so long.</summary>
    /// <value>1 s to 365 days; the default is 7 days.</value>
    public TimeSpan BloomMaxIdle
    {
        get;
        init => field = value >= TimeSpan.FromSeconds(1) && value <= TimeSpan.FromDays(365) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "BloomMaxIdle is 1 s to 365 days.");
    } = TimeSpan.FromDays(7);
}
