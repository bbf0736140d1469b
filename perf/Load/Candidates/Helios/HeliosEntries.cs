using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Load;

/// <summary>Helios as a candidate, at each safety level.</summary>
internal static class HeliosEntries
{
    private const int InFlight = 8;

    public static IReadOnlyList<Entry> Bulk { get; } =
    [
        new(Workload.Bulk, "helios-full", "synced and visible, up to 8 commits in flight", () => new HeliosBulk(SafetyLevel.Full, InFlight)),
        new(Workload.Bulk, "helios-full-1", "synced and visible, one commit at a time", () => new HeliosBulk(SafetyLevel.Full, 1)),
        new(Workload.Bulk, "helios-batched", "written and visible, synced within 100 ms, up to 8 in flight", () => new HeliosBulk(SafetyLevel.Batched, InFlight)),
        new(Workload.Bulk, "helios-async", "written and visible, synced within 1 s, up to 8 in flight", () => new HeliosBulk(SafetyLevel.Async, InFlight)),
        new(Workload.Bulk, "helios-unsafe", "written to its log and visible, up to 8 in flight", () => new HeliosBulk(SafetyLevel.Unsafe, InFlight)),
        new(Workload.Bulk, "helios-no-log", "visible, in memory until a flush, up to 8 in flight", () => new HeliosBulk(SafetyLevel.Unsafe, InFlight, withoutLog: true)),
        new(Workload.Bulk, "helios-full-encrypted", "as helios-full, in an encrypted database", () => new HeliosBulk(SafetyLevel.Full, InFlight, encrypted: true), ByName: true),
        new(Workload.Bulk, "helios-unsafe-unfiltered", "as helios-unsafe, without filters of blocks", () => new HeliosBulk(SafetyLevel.Unsafe, InFlight, filters: new BlockFilterOptions { IsEnabled = false }), ByName: true),
        new(Workload.Bulk, "helios-unsafe-kept", "as helios-unsafe, with filters kept up at any rate", () => new HeliosBulk(SafetyLevel.Unsafe, InFlight, filters: new BlockFilterOptions { BulkRowsPerSecond = long.MaxValue }), ByName: true),
        new(Workload.Bulk, "helios-unsafe-encrypted", "as helios-unsafe, in an encrypted database", () => new HeliosBulk(SafetyLevel.Unsafe, InFlight, encrypted: true), ByName: true),
    ];

    public static IReadOnlyList<Entry> Single { get; } =
    [
        new(Workload.Single, "helios-full", "synced and visible", () => new HeliosSingle()),
    ];

    public static IReadOnlyList<Entry> Overload { get; } =
    [
        new(Workload.Overload, "helios-full", "synced and visible", () => new HeliosOverload()),
    ];
}
