using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>What a commit leaves behind: of an updated row the version before, of a deleted one that and the deletion, and the keys that both gave up.</summary>
internal static class DeadVersions
{
    public static void Add(CollectRequest request, OperationReader operations, Lsn lsn)
    {
        while (operations.TryNext(out var operation))
        {
            if (operation.Kind == OperationKind.Update)
                AddUpdate(request, operation.AsUpdate(), lsn);
            else if (operation.Kind == OperationKind.Delete)
                AddDelete(request, operation.AsDelete(), lsn);
        }
    }

    private static void AddUpdate(CollectRequest request, UpdateView update, Lsn lsn)
    {
        if (update.RowLsn < lsn) // what one commit writes twice has one version
        {
            request.AddVersion(update.Partition, update.Row, update.RowLsn);
            request.Bytes += KeySpace.RowKeySize + update.Before.Length;
        }

        AddKeys(request, update.GetEnumerator(), lsn);
    }

    private static void AddDelete(CollectRequest request, DeleteView delete, Lsn lsn)
    {
        if (delete.RowLsn < lsn)
            request.AddVersion(delete.Partition, delete.Row, delete.RowLsn);
        request.AddVersion(delete.Partition, delete.Row, lsn);
        request.Bytes += (2 * KeySpace.RowKeySize) + delete.Before.Length;
        AddKeys(request, delete.GetEnumerator(), lsn);
    }

    private static void AddKeys(CollectRequest request, VacatedKeyEnumerator keys, Lsn lsn)
    {
        while (keys.MoveNext())
        {
            request.AddVacated(keys.Index, keys.Key, lsn);
            request.Bytes += KeySpace.VacatedOverhead + keys.Key.Length + sizeof(ulong);
        }
    }
}
