using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What the store holds besides rows, read at open; and the unique keys of all rows, entered into the trees.</summary>
internal sealed record StoreContents(CatalogSnapshot Catalog, TablePlans Plans, StoreCounters Counters, List<SourceProgress> Sources, ulong CleanEpoch)
{
    public static StoreContents Load(RocksStore store, AppliedState applied, TimeProvider time)
    {
        var catalog = CatalogSnapshot.Initial;
        store.ForEachMeta(KeySpace.Kind.Catalog, (key, value) => catalog = catalog.With(CreateTableOperation.Read(value)));

        var plans = new TablePlans();
        var counters = new StoreCounters();
        foreach (var table in catalog.Tables)
        {
            var plan = plans.Add(table);
            var stored = store.ReadCounters(table.Id);
            var highest = LoadKeys(store, plan, applied.Lsn, time);
            counters.Load(table.Id, stored with { HighestRow = new RowId(Math.Max(stored.HighestRow.Value, highest.Value)) });
        }

        var sources = new List<SourceProgress>();
        store.ForEachMeta(KeySpace.Kind.Source, (_, value) => sources.Add(SourceCodec.ReadStored(value)));
        sources.Sort((a, b) => a.Lsn.CompareTo(b.Lsn));
        return new StoreContents(catalog, plans, counters, sources, store.ReadCleanEpoch());
    }

    /// <summary>Reads every row of a table with unique keys; returns the highest row id seen.</summary>
    private static RowId LoadKeys(RocksStore store, TablePlan plan, Lsn applied, TimeProvider time)
    {
        var highest = default(RowId);
        if (plan.Trees.IsEmpty)
            return highest;
        using var loader = new KeyLoader(plan);
        using var rows = store.OpenCursor(plan.Definition.Partition, applied, time);
        while (rows.MoveNext())
        {
            loader.Load(rows.Row, rows.RowId, rows.Lsn);
            highest = rows.RowId;
        }

        return highest;
    }
}
