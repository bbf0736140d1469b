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
                else if (operation.Kind == OperationKind.Delete)
                    AddDelete(entered, operation.AsDelete(), state, lsn);
            }
        }

        return entered;
    }

    private static void AddInsert(List<(ArtTree, byte[], Lsn)> entered, InsertView insert, OrderState state, Lsn lsn)
    {
        if (!state.Plans.TryGet(insert.Table, out var plan) || plan.Trees.IsEmpty)
            return;
        var offsets = new int[plan.Definition.Schema.Columns.Length];
        using var key = new ByteBuffer();
        var row = 0;
        foreach (var bytes in insert)
        {
            if (insert.IsDropped(row++))
                continue;
            RowView.ReadOffsets(bytes, offsets);
            for (var i = 0; i < plan.Encoders.Length; i++)
            {
                key.Truncate(0);
                if (!plan.Encoders[i].Append(bytes, offsets, key).HasNull)
                    entered.Add((plan.Trees[i], key.Written.ToArray(), lsn));
            }
        }
    }

    private static void AddDelete(List<(ArtTree, byte[], Lsn)> entered, DeleteView delete, OrderState state, Lsn lsn)
    {
        var keys = delete.GetEnumerator();
        while (keys.MoveNext())
            entered.Add((state.TreeOf(delete.Table, keys.Index), keys.Key.ToArray(), lsn));
    }
}
