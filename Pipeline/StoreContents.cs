using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What the store holds besides rows, read at open; and the keys of all rows, entered into the trees.</summary>
internal sealed record StoreContents(CatalogSnapshot Catalog, TablePlans Plans, StoreCounters Counters, List<SourceProgress> Sources)
{
    /// <summary>The commits of producers.</summary>
    public ProducerLedger Producers { get; init; } = new();

    public static StoreContents Load(RocksStore store, IndexRecovery indexes)
    {
        var catalog = LoadCatalog(store);
        var sources = LoadSources(store);
        var counters = new StoreCounters();
        foreach (var table in catalog.Tables)
            counters.Load(table.Id, store.Counters(table.Id) ?? default);
        var plans = indexes.Load(catalog, counters);
        counters.Follow(plans);
        foreach (var table in catalog.Tables)
            plans[table.Id].Numbers?.Raise(counters[table.Id].HighestNumber);
        return new StoreContents(catalog, plans, counters, sources);
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
}
