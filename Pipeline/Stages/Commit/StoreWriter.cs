using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Translates a group's operations into keys of the store: one key per written row.</summary>
internal static class StoreWriter
{
    /// <summary>Returns whether rows were replaced or deleted: then something dead is left behind.</summary>
    public static bool Add(StoreBatch batch, CommitGroup group, TablePlans plans)
    {
        var leavesDead = false;
        var commits = new CommitReader(group.Payload);
        for (var lsn = group.First; commits.TryNext(out var operations); lsn = lsn.Next)
        {
            while (operations.TryNext(out var operation))
            {
                Add(batch, operation, lsn, plans);
                leavesDead |= operation.Kind is OperationKind.Update or OperationKind.Delete;
            }
        }

        return leavesDead;
    }

    private static void Add(StoreBatch batch, OperationView operation, Lsn lsn, TablePlans plans)
    {
        switch (operation.Kind)
        {
            case OperationKind.Insert:
                AddInsert(batch, operation.AsInsert(), lsn);
                break;
            case OperationKind.Delete:
                AddDelete(batch, operation.AsDelete(), lsn, plans);
                break;
            case OperationKind.Update:
                AddUpdate(batch, operation.AsUpdate(), lsn, plans);
                break;
            case OperationKind.CreateTable or OperationKind.AlterTable:
                AddTable(batch, operation.Body, lsn);
                break;
            case OperationKind.MoveSource:
                AddSource(batch, operation.Body, lsn);
                break;
            case OperationKind.ForgetSource:
                ForgetSourceOperation.Read(operation.Body, out var table, out var fingerprint);
                batch.DeleteSource(table, fingerprint);
                break;
            case OperationKind.Producer:
                ProducerWriter.Add(batch, new ProducerView(operation.Body), lsn);
                break;
            case OperationKind.ForgetProducer:
                ProducerWriter.Forget(batch, new ForgetProducerView(operation.Body));
                break;
            default:
                throw ChangeFormat.Damaged($"operation {(int)operation.Kind} is unknown");
        }
    }

    private static void AddInsert(StoreBatch batch, InsertView insert, Lsn lsn)
    {
        var row = 0;
        foreach (var bytes in insert)
        {
            if (!insert.IsDropped(row))
                batch.PutRow(insert.Partition, new RowId(insert.FirstRow.Value + (ulong)row), lsn, bytes);
            row++;
        }
    }

    private static void AddDelete(StoreBatch batch, DeleteView delete, Lsn lsn, TablePlans plans)
    {
        batch.DeleteRow(delete.Partition, delete.Row, lsn);
        AddVacated(batch, delete.GetEnumerator(), delete.Row, lsn, plans.SpillingOf(delete.Table));
    }

    private static void AddUpdate(StoreBatch batch, UpdateView update, Lsn lsn, TablePlans plans)
    {
        batch.PutRow(update.Partition, update.Row, lsn, update.After);
        AddVacated(batch, update.GetEnumerator(), update.Row, lsn, plans.SpillingOf(update.Table));
    }

    private static void AddVacated(StoreBatch batch, VacatedKeyEnumerator keys, RowId row, Lsn lsn, TablePlan? spilling)
    {
        while (keys.MoveNext())
        {
            batch.PutVacated(keys.Index, keys.Key, lsn, row);
            if (spilling?.HasSpilled(keys.Index) == true)
                SpilledKeys.Delete(batch, keys.Index, keys.Key);
        }
    }

    private static void AddTable(StoreBatch batch, ReadOnlySpan<byte> body, Lsn lsn)
    {
        var definition = CreateTableOperation.Read(body);
        Span<byte> key = stackalloc byte[KeySpace.CatalogKeySize];
        KeyWriter.Catalog(key, definition.Id, lsn);
        batch.PutMeta(key, body);
    }

    private static void AddSource(StoreBatch batch, ReadOnlySpan<byte> body, Lsn lsn)
    {
        var progress = SourceCodec.Read(body, lsn, out _);
        Span<byte> value = stackalloc byte[SourceCodec.StoredSize];
        SourceCodec.WriteStored(value, body, lsn);
        batch.PutSource(progress.Table, progress.Key.Fingerprint, value);
    }
}
