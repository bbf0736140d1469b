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
            var (table, lsn) = KeyReader.Catalog(record.Key);
            if (lsn > applied || lsn == Lsn.Zero)
                findings.Add($"the definition of table {table} says LSN {lsn}, the store is at {applied}");
            var definition = CreateTableOperation.Read(record.Value);
            if (definition.Id != table)
                findings.Add($"the definition of table {table} says that it is table {definition.Id}");
            else
                tables.Add(definition);
        });
    }

    private static void FindTwins<TKey>(Findings findings, KnownTables tables, string what, Func<TableDefinition, TKey> key)
    {
        foreach (var twins in tables.All.GroupBy(key).Where(g => g.Count() > 1))
            findings.Add($"tables {string.Join(" and ", twins.Select(t => t.Id))} have the same {what}, {twins.Key}");
    }
}
