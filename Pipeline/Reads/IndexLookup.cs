using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Looks a key up in a unique index that may be in the store in part. Any thread but Constrain, which never waits on the disk.</summary>
internal static class IndexLookup
{
    /// <param name="plan">The table.</param>
    /// <param name="index">Which unique index.</param>
    /// <param name="key">The key.</param>
    /// <param name="asOf">An LSN that the caller has open in <see cref="SnapshotRegistry"/>.</param>
    /// <param name="store">Where the rest is.</param>
    /// <param name="version">Who had the key.</param>
    public static bool TryFind(TablePlan plan, int index, ReadOnlySpan<byte> key, Lsn asOf, RocksStore store, out KeyVersion version)
    {
        var tree = plan.Trees[index];
        var found = tree.Find(key, asOf, out version);
        if (found != KeyLookup.Absent || !tree.HasSpilled)
            return found == KeyLookup.Live;
        if (SpilledKeys.TryGet(store, plan.Definition.Indexes[index].Id, key, out version))
            return true;
        // It may have come back between the two looks: it is in the tree before the store loses it.
        return tree.Find(key, asOf, out version) == KeyLookup.Live;
    }
}
