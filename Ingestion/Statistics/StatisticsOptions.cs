using Helios.Pipeline.Maintenance;

namespace Helios.Pipeline.Ingestion;

/// <summary>When statistics of tables are gathered again in the background, and how many are kept in memory.</summary>
/// <remarks>Only tables that <see cref="HeliosEngine.AnalyzeAsync"/> was called for once are read again: who never asks for statistics never pays for them.</remarks>
public sealed record StatisticsOptions
{
    /// <summary>Are they gathered again by themselves?</summary>
    /// <value>The default is true.</value>
    public bool IsRefreshed { get; init; } = true;

    /// <summary>How often the background looks for tables that have changed enough.</summary>
    /// <value>100 ms to one day; the default is 60 s. Each other value throws an <see cref="ArgumentOutOfRangeException"/>.</value>
    public TimeSpan RefreshInterval
    {
        get;
        init => field = value >= TimeSpan.FromMilliseconds(100) && value <= TimeSpan.FromDays(1) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "RefreshInterval is 100 ms to one day.");
    } = TimeSpan.FromSeconds(60);

    /// <summary>Rows of a table that are written, changed or deleted before its statistics are gathered again, however small it is.</summary>
    /// <value>1 or more; the default is 50. Each other value throws an <see cref="ArgumentOutOfRangeException"/>.</value>
    public long RefreshChanges
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "RefreshChanges is 1 or more.");
    } = 50;

    /// <summary>The same as a share of the table's rows: the larger of both counts.</summary>
    /// <value>0 to 100; the default is 0.1. Each other value throws an <see cref="ArgumentOutOfRangeException"/>.</value>
    public double RefreshShare
    {
        get;
        init => field = value is >= 0 and <= 100 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "RefreshShare is 0 to 100.");
    } = 0.1;

    /// <summary>Share of the machine's processors in use above which the background waits.</summary>
    /// <value>0 to 1; the default is 0.15. It never waits longer than <see cref="RefreshMaxWait"/>. Each other value throws an <see cref="ArgumentOutOfRangeException"/>.</value>
    public double RefreshMaxCpu
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "RefreshMaxCpu is 0 to 1.");
    } = 0.15;

    /// <summary>How long the background waits at most for a processor.</summary>
    /// <value>0 to one day; the default is 300 s. Each other value throws an <see cref="ArgumentOutOfRangeException"/>.</value>
    public TimeSpan RefreshMaxWait
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromDays(1) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "RefreshMaxWait is 0 to one day.");
    } = TimeSpan.FromSeconds(300);

    /// <summary>Tables whose statistics are kept in memory; those of others are read when they are asked for.</summary>
    /// <value>1 to 10,000; the default is 100. Those of one table take up to some 100 KiB. Each other value throws an <see cref="ArgumentOutOfRangeException"/>.</value>
    public int CacheEntries
    {
        get;
        init => field = value is >= 1 and <= 10_000 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "CacheEntries is 1 to 10,000.");
    } = 100;

    /// <summary>Changes of a table's rows after which its statistics leave memory. They leave it anyhow after 5 to 120 s, the earlier the more its rows change.</summary>
    /// <value>1 or more; the default is 100. Each other value throws an <see cref="ArgumentOutOfRangeException"/>.</value>
    public int CacheChanges
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "CacheChanges is 1 or more.");
    } = 100;

    internal StatisticsRefreshOptions Refresh(double maxCpu) => new(RefreshInterval, RefreshChanges, RefreshShare, Math.Min(RefreshMaxCpu, maxCpu), RefreshMaxWait);

    internal StatisticsCacheOptions Cache => new(CacheEntries, CacheChanges);
}
