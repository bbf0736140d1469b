using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Takes the entries that an index has no room for when it is filled at open, and writes them to the store: nobody reads or writes yet, so they need
/// not come into the tree first, and opening takes no more memory than working does.
/// </summary>
internal sealed class LoadedSpill(RocksStore store, TablePlan plan) : IDisposable
{
    private const int BatchBytes = 1 << 20;

    private readonly StoreBatch _batch = store.NewBatch();

    /// <summary>Takes an entry where its index is as full as a spill leaves it.</summary>
    public bool TryTake(int index, ReadOnlySpan<byte> key, KeyVersion version)
    {
        var tree = plan.Trees[index];
        if (!tree.CanSpill || tree.LiveBytes < tree.SpillTarget)
            return false;
        tree.BeginSpill();
        tree.CountSpilled(1);
        SpilledKeys.Put(_batch, plan.Definition.Indexes[index].Id, key, version);
        if (_batch.Bytes >= BatchBytes)
            Write();
        return true;
    }

    public void Write()
    {
        store.Write(_batch);
        _batch.Clear();
        if (store.FlushDue)
            store.Flush(); // everything else in the store is in its files already: nothing gets ahead of the log
    }

    public void Dispose() => _batch.Dispose();
}
