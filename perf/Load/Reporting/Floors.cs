namespace Helios.Pipeline.Load;

/// <summary>One floor with what was measured.</summary>
/// <param name="Text">What is demanded.</param>
/// <param name="Limit">The least, or the most where <paramref name="AtMost"/>.</param>
/// <param name="AtMost">True: the measured median may not be above it.</param>
/// <param name="Measured">Over rounds; null where it was not measured.</param>
/// <param name="Decides">False: shown beside the floor that decides.</param>
internal sealed record Floor(string Text, double Limit, bool AtMost, Spread? Measured, bool Decides = true)
{
    public bool? IsHeld => Measured is { } measured ? (AtMost ? measured.Median <= Limit : measured.Median >= Limit) : null;

    public bool IsMissed => Decides && IsHeld == false;
}

/// <summary>What Helios must not fall below, as ratios to rivals with the same promise.</summary>
internal static class Floors
{
    private const double Unsynced = 0.7;
    private const double Synced = 0.8;
    private const double Producers64 = 10;
    private const double AllocatedBytes = 64;

    public static IReadOnlyList<Floor> Of(Results results)
    {
        const string bulk = Workload.Bulk;
        const string many = $"{Workload.Single}-64";
        var floors = new List<Floor>
        {
            new("w1, written to the log: helios-unsafe / rocks-unsynced", Unsynced, false, results.Ratio(bulk, "helios-unsafe", Catalogue.UnsyncedReference)),
            new("the same with a sync each second: helios-async / rocks-unsynced", Unsynced, false, results.Ratio(bulk, "helios-async", Catalogue.UnsyncedReference), Decides: false),
            new("the same with a sync each 100 ms: helios-batched / rocks-unsynced", Unsynced, false, results.Ratio(bulk, "helios-batched", Catalogue.UnsyncedReference), Decides: false),
            new("w1, a synced commit of 1000 rows at a time: helios-full-1 / rocks-synced", Synced, false, results.Ratio(bulk, "helios-full-1", Catalogue.SyncedReference)),
            new("the same with up to 8 commits in flight: helios-full / rocks-synced", Synced, false, results.Ratio(bulk, "helios-full", Catalogue.SyncedReference), Decides: false),
            new("w3, 64 producers of single rows: helios-full / fdatasync", Producers64, false, results.Ratio(many, "helios-full", Catalogue.SyncReference)),
        };
        floors.AddRange(HeliosEntries.Bulk.Select(entry =>
            new Floor($"w1, bytes allocated a row: {entry.Name}", AllocatedBytes, true, results.Figure(bulk, entry.Name, run => run.AllocatedPerRow))));
        return floors;
    }
}
