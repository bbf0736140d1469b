namespace Helios.Pipeline.Ingestion;

/// <summary>What all background stages of an engine may take together, beside the bounds that each has of its own (docs/maintenance.md).</summary>
/// <remarks>What somebody asks for (<see cref="HeliosEngine.VacuumAsync"/>, <see cref="HeliosEngine.AnalyzeAsync"/>, <see cref="HeliosEngine.ScrubAsync"/>, <see cref="HeliosEngine.CollectVersionsAsync"/>, <see cref="HeliosEngine.ConsolidateFiltersAsync"/>) waits for neither.</remarks>
public sealed record MaintenanceOptions
{
    /// <summary>Bytes of rows, keys and versions that the stages read or remove in a second, uncompressed.</summary>
    /// <value>0, which is no bound, or 64 KiB to 1 TiB; the default is 64 MiB. Each other value throws an <see cref="ArgumentOutOfRangeException"/>.</value>
    /// <remarks>
    /// What was not taken in a second may be taken in the next. Whoever waits longest goes first. The collection of versions does not wait once a quarter of
    /// <see cref="VersionOptions.MaxLogBytes"/> waits for it, and an analysis waits 10 s at most in all, because its snapshot keeps old versions.
    /// </remarks>
    public long BytesPerSecond
    {
        get;
        init => field = value is 0 or (>= 64 << 10 and <= 1L << 40) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "BytesPerSecond is 0, or 64 KiB to 1 TiB.");
    } = 64 << 20;

    /// <summary>Share of the machine's processors in use above which every stage waits, also where its own bound is higher. None waits for ever: each has its longest wait.</summary>
    /// <value>0 to 1; the default is 1: the bounds of each stage alone hold. Each other value throws an <see cref="ArgumentOutOfRangeException"/>.</value>
    public double MaxCpu
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "MaxCpu is 0 to 1.");
    } = 1;
}
