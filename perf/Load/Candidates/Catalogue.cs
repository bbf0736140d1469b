namespace Helios.Pipeline.Load;

/// <summary>A candidate as the report names it.</summary>
/// <param name="Workload">The workload it takes part in.</param>
/// <param name="Name">Its name there.</param>
/// <param name="Promise">What has happened to a row when its answer comes.</param>
/// <param name="Make">Makes one, once per run.</param>
/// <param name="ByName">Does it run only where <c>--only</c> names it?</param>
internal sealed record Entry(string Workload, string Name, string Promise, Func<Candidate> Make, bool ByName = false);

/// <summary>All candidates; within a workload the reference comes first.</summary>
internal static class Catalogue
{
    public const string UnsyncedReference = "rocks-unsynced";
    public const string SyncedReference = "rocks-synced";
    public const string SyncReference = "fdatasync";

    public static IReadOnlyList<Entry> All { get; } =
    [
        new(Workload.Bulk, UnsyncedReference, "written to its log", () => new RocksBulk(sync: false, writers: 1)),
        new(Workload.Bulk, SyncedReference, "synced, one batch at a time", () => new RocksBulk(sync: true, writers: 1)),
        new(Workload.Bulk, "rocks-synced-8", "synced, 8 threads with a batch each", () => new RocksBulk(sync: true, writers: 8)),
        new(Workload.Bulk, "sqlite-normal", "written to its log", () => new SqliteBulk(full: false)),
        new(Workload.Bulk, "sqlite-full", "synced, one transaction at a time", () => new SqliteBulk(full: true)),
        .. HeliosEntries.Bulk,
        new(Workload.Single, SyncReference, "synced, one thread whatever the producers", () => new RawSync(filled: false)),
        new(Workload.Single, "fdatasync-filled", "the same in a file that does not grow", () => new RawSync(filled: true)),
        new(Workload.Single, "rocks-synced-put", "synced, a thread per producer", () => new RocksSinglePut()),
        new(Workload.Single, "sqlite-full", "synced, a transaction per row", () => new SqliteSingle()),
        .. HeliosEntries.Single,
        .. HeliosEntries.Overload,
    ];

    public static Entry Find(string workload, string name) =>
        All.FirstOrDefault(entry => entry.Workload == workload && entry.Name == name)
        ?? throw new UsageException($"There is no candidate {name} in workload {workload}.");
}
