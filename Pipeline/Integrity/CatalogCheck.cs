using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Reads every definition in the store and asks whether they fit together.</summary>
internal static class CatalogCheck
{
    public static KnownTables Run(Findings findings, RocksStore store, Lsn applied)
    {
        var tables = new KnownTables();
        findings.Complete(() =>
        {
            using var records = store.OpenMeta([KeySpace.Catalog]);
            while (records.MoveNext())
                Read(findings, tables, records, applied);
        });

        FindTwins(findings, tables, "name", t => t.Name);
        FindTwins(findings, tables, "partition", t => t.Partition);
        return tables;
    }

    private static void Read(Findings findings, KnownTables tables, MetaCursor record, Lsn applied)
    {
        findings.Items++;
        findings.Try(() =>
        {
            if (Check(findings, record, applied) is { } definition)
                tables.Add(definition);
        });
    }

    /// <summary>Checks one; null where it is another table's.</summary>
    public static TableDefinition? Check(Findings findings, MetaCursor record, Lsn applied)
    {
        var (table, lsn) = KeyReader.Catalog(record.Key);
        if (lsn > applied || lsn == Lsn.Zero)
            findings.Add($"the definition of table {table} says LSN {lsn}, the store is at {applied}");
        var definition = Decode(record.Value, table, lsn);
        if (definition.Id == table)
            return definition;
        findings.Add($"the definition of table {table} says that it is table {definition.Id}");
        return null;
    }

    private static TableDefinition Decode(ReadOnlySpan<byte> value, TableId table, Lsn lsn)
    {
        try
        {
            return CreateTableOperation.Read(value);
        }
        catch (HeliosException error) when (error.Code == "corrupt")
        {
            throw StoreErrors.Corrupt($"The definition of table {table} of LSN {lsn} in the store does not decode: {error.Message}");
        }
    }

    private static void FindTwins<TKey>(Findings findings, KnownTables tables, string what, Func<TableDefinition, TKey> key)
    {
        foreach (var twins in tables.All.GroupBy(key).Where(g => g.Count() > 1))
            findings.Add($"tables {string.Join(" and ", twins.Select(t => t.Id))} have the same {what}, {twins.Key}");
    }
}
