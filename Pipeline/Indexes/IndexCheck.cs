using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Holds trees that came from a snapshot against the store: as many keys as rows, and chosen keys name rows that have them.</summary>
internal sealed class IndexCheck(RocksStore store, TablePlans plans, StoreCounters counters)
{
    /// <summary>Returns how many entries were compared.</summary>
    /// <exception cref="HeliosException">They do not agree.</exception>
    public int Run(IReadOnlyList<IndexSample> samples)
    {
        foreach (var plan in plans.All)
            CheckCounts(plan);
        using var row = new ByteBuffer();
        using var key = new ByteBuffer();
        return samples.Count(sample => Check(sample, row, key));
    }

    private void CheckCounts(TablePlan plan)
    {
        var rows = counters[plan.Definition.Id].Rows;
        for (var i = 0; i < plan.Trees.Length; i++)
        {
            if (plan.Incomplete[i])
                continue;
            // A row with NULL in a key has none.
            var mayLack = plan.Definition.Indexes[i].Ordinals.Any(ordinal => plan.Definition.Schema.Columns[ordinal].IsNullable);
            var keys = plan.Trees[i].Count + plan.Trees[i].Spilled;
            if (mayLack ? keys > rows : keys != rows)
                throw Differs(plan, i, $"it has {keys} keys, and the table {rows} rows");
        }
    }

    /// <summary>False where the key was freed after the snapshot.</summary>
    private bool Check(IndexSample sample, ByteBuffer row, ByteBuffer key)
    {
        var plan = sample.Plan;
        if (plan.Trees[sample.Index].Find(sample.Key, Lsn.Max, out var version) != KeyLookup.Live)
            return false;
        row.Truncate(0);
        if (!store.TryGetRow(plan.Definition.Partition, version.Row, version.Lsn, row))
            throw Differs(plan, sample.Index, $"it names row {version.Row} of LSN {version.Lsn}, which the store does not have");
        var offsets = new int[plan.Definition.Schema.Columns.Length];
        key.Truncate(0);
        if (!RowRules.TryValidate(plan.Definition.Schema, row.Written, offsets, out _) || plan.Encoders[sample.Index].Append(row.Written, offsets, key).HasNull
            || !sample.Key.AsSpan().StartsWith(key.Written)) // an index that is not unique has more behind the values
        {
            throw Differs(plan, sample.Index, $"it names row {version.Row} of LSN {version.Lsn}, which has another key");
        }

        return true;
    }

    private static HeliosException Differs(TablePlan plan, int index, string why) => new(HeliosErrorKind.Corrupt, "corrupt",
        $"The index {plan.IndexName(index)} of table {plan.Definition.Name} from the snapshot does not agree with the store: {why}.");
}
