using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>The unique keys that a group entered into the trees, in the order it entered them.</summary>
internal static class GroupKeys
{
    public static IReadOnlyList<(ArtTree Tree, byte[] Key, Lsn Lsn)> Of(CommitGroup group, OrderState state)
    {
        var entered = new List<(ArtTree, byte[], Lsn)>();
        var commits = new CommitReader(group.Payload);
        for (var lsn = group.First; commits.TryNext(out var operations); lsn = lsn.Next)
        {
            while (operations.TryNext(out var operation))
            {
                if (operation.Kind == OperationKind.Insert)
                    AddInsert(entered, operation.AsInsert(), state, lsn);
                else if (operation.Kind == OperationKind.Delete && operation.AsDelete() is var delete)
                    AddVacated(entered, delete.Table, delete.GetEnumerator(), state, lsn);
                else if (operation.Kind == OperationKind.Update)
                    AddUpdate(entered, operation.AsUpdate(), state, lsn);
            }
        }

        return entered;
    }

    private static void AddInsert(List<(ArtTree, byte[], Lsn)> entered, InsertView insert, OrderState state, Lsn lsn)
    {
        if (!state.Plans.TryGet(insert.Table, out var plan) || plan.Trees.IsEmpty)
            return;
        var row = 0;
        foreach (var bytes in insert)
        {
            if (!insert.IsDropped(row))
                AddRow(entered, plan, bytes, new RowId(insert.FirstRow.Value + (ulong)row), lsn);
            row++;
        }
    }

    private static void AddUpdate(List<(ArtTree, byte[], Lsn)> entered, UpdateView update, OrderState state, Lsn lsn)
    {
        AddVacated(entered, update.Table, update.GetEnumerator(), state, lsn);
        if (state.Plans.TryGet(update.Table, out var plan))
            AddRow(entered, plan, update.After, update.Row, lsn);
    }

    private static void AddVacated(List<(ArtTree, byte[], Lsn)> entered, TableId table, VacatedKeyEnumerator keys, OrderState state, Lsn lsn)
    {
        while (keys.MoveNext())
        {
            if (state.TreeOf(table, keys.Index, out var plan) is >= 0 and var place)
                entered.Add((plan.Trees[place], keys.Key.ToArray(), lsn));
        }
    }

    private static void AddRow(List<(ArtTree, byte[], Lsn)> entered, TablePlan plan, ReadOnlySpan<byte> row, RowId id, Lsn lsn)
    {
        var offsets = new int[plan.Definition.Schema.Columns.Length];
        RowView.ReadOffsets(row, offsets);
        using var key = new ByteBuffer();
        using var treeKey = new ByteBuffer();
        for (var i = 0; i < plan.Encoders.Length; i++)
        {
            key.Truncate(0);
            if (!plan.Encoders[i].Append(row, offsets, key).HasNull)
                entered.Add((plan.Trees[i], plan.TreeKey(i, key.Written, id, treeKey).ToArray(), lsn));
        }
    }
}
