using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Takes a snapshot's trees from its LSN to what the store has, by the log. The log must have the very frame that the snapshot names.</summary>
/// <remarks>Only reads, and before the log is recovered: everything up to what the store has is proven to be durable. One thread at a time; used once: <see cref="FindFrame"/>, then <see cref="Run"/>.</remarks>
internal sealed class SnapshotCompletion(RecoveryOptions options, IndexSnapshotHeader header, Lsn applied) : IDisposable
{
    private WalReader? _frames;

    /// <summary>Commits taken in.</summary>
    public long Commits { get; private set; }

    /// <summary>Tables with indexes that the snapshot does not have, as it leaves those out that are partly in the store: for each index, whether it is one.</summary>
    public List<(TablePlan Plan, bool[] Indexes)> Lacking { get; } = [];

    /// <summary>Looks whether the log has the frame, and stands behind it then.</summary>
    /// <exception cref="HeliosException">It does not, or the store is not that far.</exception>
    public void FindFrame()
    {
        if (header.Lsn > applied)
            throw Stale($"it is of LSN {header.Lsn}, and the store is at {applied}");
        _frames = new WalReader(options.Files, options.LogDirectory, options.DatabaseId, header.Lsn, options.Keys?.Frames);
        if (!_frames.TryRead(applied, out var frame) || frame.Last != header.Lsn || frame.First != header.FrameFirst || frame.Epoch != header.FrameEpoch || frame.Crc != header.FrameCrc)
            throw Stale($"the log does not have the frame of LSN {header.Lsn} that it names");
    }

    /// <summary>Enters the keys of all later commits that the store has, by the way that recovery goes; returns the highest row ids then.</summary>
    public Func<TableId, RowId> Run(CatalogSnapshot catalog, TablePlans plans, SnapshotLoad loaded)
    {
        // Catalog, positions and the rest are the store's: what is observed of them here is left behind with the order.
        var order = new OrderState(plans, new UniqueKeys(() => applied), catalog, header.Lsn, clock: 0);
        foreach (var plan in plans.All)
            order.RaiseRows(plan.Definition.Id, loaded.HighestRow(plan.Definition.Id));
        var created = new HashSet<TableId>();
        while (header.Lsn < applied && Recovery.TryMakeGroup(_frames!, applied) is { } group)
        {
            order.Observe(group);
            order.Keys.Trim();
            if (group.Created.Any(static table => table.Revision > 0))
                throw Stale($"a table has been altered since its LSN {header.Lsn}"); // an index of now may have been added, and its rows may have shared keys then
            created.UnionWith(group.Created.Select(static table => table.Id));
            Commits += group.Commits;
            group.Recycle();
            if (plans.BeyondLimit is { } full)
                throw Stale($"with what the log has, index {full.IndexName(full.BeyondLimit)} of table {full.Definition.Name} is larger than it may be");
        }

        if (order.Head != applied)
            throw Stale($"the log reaches from it to LSN {order.Head}, and the store is at {applied}");
        order.Keys.TrimAll();
        CheckAllThere(plans, loaded, created);
        return order.HighestRow;
    }

    public void Dispose() => _frames?.Dispose();

    /// <summary>A tree that the snapshot does not have is whole only where its table came later, so that all of it was in the log.</summary>
    private void CheckAllThere(TablePlans plans, SnapshotLoad loaded, HashSet<TableId> created)
    {
        foreach (var plan in plans.All.Where(plan => !created.Contains(plan.Definition.Id)))
        {
            var lacking = plan.Definition.Indexes.Select((index, i) => !plan.Incomplete[i] && !loaded.Has(plan.Definition.Id, index.Id)).ToArray();
            for (var i = 0; i < lacking.Length; i++)
            {
                if (lacking[i] && !plan.Trees[i].CanSpill)
                    throw Stale($"it does not have index {plan.IndexName(i)} of table {plan.Definition.Name}");
            }

            if (lacking.Contains(true))
                Lacking.Add((plan, lacking));
        }
    }

    private static HeliosException Stale(string why) => new(HeliosErrorKind.Corrupt, "corrupt", $"The index snapshot does not fit: {why}.");
}
