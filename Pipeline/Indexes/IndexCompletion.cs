using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Fills indexes that the store's catalog had as pending and the log, read behind it, as valid: their trees were left out until all rows are there. Rare: it takes an
/// end of the process between the two. Used once, before commits are admitted.
/// </summary>
internal sealed class IndexCompletion(RocksStore store, Lsn asOf)
{
    /// <exception cref="HeliosException">Corrupt: rows share a key of a constraint that is valid.</exception>
    public void Run(TablePlans plans)
    {
        foreach (var plan in plans.All)
        {
            for (var i = 0; i < plan.Trees.Length; i++)
            {
                if (plan.Incomplete[i] && !plan.Definition.Pending.Contains(plan.IndexName(i)))
                    Fill(plan, i);
            }
        }
    }

    private void Fill(TablePlan plan, int index)
    {
        var offsets = new int[plan.Definition.Schema.Columns.Length];
        using var key = new ByteBuffer();
        using var treeKey = new ByteBuffer();
        using var rows = store.OpenCursor(plan.Definition.Partition, asOf, longScan: true);
        while (rows.MoveNext())
        {
            RowView.ReadOffsets(rows.Row, offsets);
            key.Truncate(0);
            if (plan.Encoders[index].Append(rows.Row, offsets, key).HasNull)
                continue;
            if (!plan.Trees[index].TryPushFree(plan.TreeKey(index, key.Written, rows.RowId, treeKey), new KeyVersion(rows.RowId, rows.Version, Vacated: false), out var holder))
                throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt", $"Table {plan.Definition.Name}: rows {holder.Row} and {rows.RowId} share a key of {plan.IndexName(index)}, which is valid.") { Table = plan.Definition.Name };
        }

        plan.Incomplete[index] = false;
    }
}
