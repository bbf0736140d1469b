using Helios.Pipeline.Maintenance;

namespace Helios.Pipeline.Ingestion;

/// <summary>How the store is scrubbed: read whole, slowly, in the background, so that damage of the disk is known while there is still a backup without it (docs/maintenance.md).</summary>
public sealed record ScrubOptions
{
    /// <summary>Time from the open, or from the end of a pass over the whole store, to the next pass.</summary>
    /// <value>Zero, which is never by itself, or 1 s to 366 days; the default is 7 days. Each other value throws an <see cref="ArgumentOutOfRangeException"/>.</value>
    /// <remarks>It counts from the open: a process that runs for less never comes to it. <see cref="HeliosEngine.ScrubAsync"/> does it at once.</remarks>
    public TimeSpan Interval
    {
        get;
        init => field = value == TimeSpan.Zero || (value >= TimeSpan.FromSeconds(1) && value <= TimeSpan.FromDays(366)) ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Interval is zero, or 1 s to 366 days.");
    } = TimeSpan.FromDays(7);

    /// <summary>Bytes of keys and values, uncompressed, that a pass reads in a second; less where <see cref="MaintenanceOptions.BytesPerSecond"/> leaves it less.</summary>
    /// <value>64 KiB to 1 TiB; the default is 8 MiB: 100 GiB in four hours. Each other value throws an <see cref="ArgumentOutOfRangeException"/>.</value>
    public long BytesPerSecond
    {
        get;
        init => field = value is >= 64 << 10 and <= 1L << 40 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "BytesPerSecond is 64 KiB to 1 TiB.");
    } = 8 << 20;

    /// <summary>Share of the machine's processors in use above which a pass waits.</summary>
    /// <value>0 to 1; the default is 0.5. It never waits longer than <see cref="MaxWait"/> for its next piece. Each other value throws an <see cref="ArgumentOutOfRangeException"/>.</value>
    public double MaxCpu
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "MaxCpu is 0 to 1.");
    } = 0.5;

    /// <summary>How long a pass waits at most for a processor, before each piece.</summary>
    /// <value>0 to one day; the default is 60 s. Each other value throws an <see cref="ArgumentOutOfRangeException"/>.</value>
    public TimeSpan MaxWait
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromDays(1) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "MaxWait is 0 to one day.");
    } = TimeSpan.FromSeconds(60);

    internal ScrubRules Rules(double maxCpu) => new(Interval, BytesPerSecond, Math.Min(MaxCpu, maxCpu), MaxWait);
}
