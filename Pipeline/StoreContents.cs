using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What the store holds besides rows, read at open; and the unique keys of all rows, entered into the trees.</summary>
internal sealed record StoreContents(CatalogSnapshot Catalog, TablePlans Plans, StoreCounters Counters, List<SourceProgress> Sources)
{
    public static StoreContents Load(RocksStore store, Lsn applied, long maxIndexBytes)
    {
        var catalog = LoadCatalog(store);
        SpilledKeys.Drop(store);
        var plans = new TablePlans(maxIndexBytes);
        var counters = new StoreCounters();
        foreach (var table in catalog.Tables)
        {
            var plan = plans.Add(table);
            var stored = store.Counters(table.Id) ?? default;
            var highest = LoadKeys(store, plan, applied);
            counters.Load(table.Id, stored with { HighestRowId = new RowId(Math.Max(stored.HighestRowId.Value, highest.Value)) });
        }

        return new StoreContents(catalog, plans, counters, LoadSources(store));
    }

    public static CatalogSnapshot LoadCatalog(RocksStore store)
    {
        var catalog = CatalogSnapshot.Initial;
        using var definitions = store.OpenMeta([KeySpace.Catalog]);
        // The newest version of a table's definition comes first.
        while (definitions.MoveNext())
        {
            var definition = CreateTableOperation.Read(definitions.Value);
            if (catalog.Find(definition.Id) is null)
                catalog = catalog.With(definition);
        }

        return catalog;
    }

    /// <summary>Every stored source position, oldest first.</summary>
    public static List<SourceProgress> LoadSources(RocksStore store)
    {
        var sources = new List<SourceProgress>();
        using var positions = store.OpenMeta([KeySpace.SourcePosition]);
        while (positions.MoveNext())
            sources.Add(SourceCodec.ReadStored(positions.Value));
        sources.Sort((a, b) => a.Lsn.CompareTo(b.Lsn));
        return sources;
    }

    /// <summary>Reads every row of a table with unique keys; returns the highest row id seen.</summary>
    private static RowId LoadKeys(RocksStore store, TablePlan plan, Lsn applied)
    {
        var highest = default(RowId);
        if (plan.Trees.IsEmpty)
            return highest;
        using var spill = plan.Trees[0].CanSpill ? new LoadedSpill(store, plan) : null;
        using var loader = new KeyLoader(plan, spill);
        using var rows = store.OpenCursor(plan.Definition.Partition, applied, longScan: true);
        while (rows.MoveNext())
        {
            loader.Load(rows.Row, rows.RowId, rows.Version);
            highest = rows.RowId;
        }

        spill?.Write();
        return highest;
    }
}
