using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Live rows, highest row id and highest number of the auto-increment column of a table, found by reading its rows.</summary>
internal readonly record struct RowCount(long Live, ulong HighestRow, long HighestNumber = 0);

/// <summary>Are the stored counters those of the rows?</summary>
internal static class CountersCheck
{
    /// <param name="findings">Takes what is found.</param>
    /// <param name="store">The store.</param>
    /// <param name="tables">Its catalog.</param>
    /// <param name="counted">By table id; null where not all rows could be read.</param>
    public static void Run(Findings findings, RocksStore store, KnownTables tables, IReadOnlyDictionary<uint, RowCount>? counted)
    {
        findings.Complete(() =>
        {
            using var counters = store.OpenMeta([KeySpace.Counters]);
            while (counters.MoveNext())
            {
                findings.Try(() =>
                {
                    if (KeyReader.Counters(counters.Key) is var table && !tables.Has(table))
                        findings.Add($"there are counters of table {table}, which the catalog does not have");
                });
            }
        });

        foreach (var table in tables.All)
        {
            findings.Items++;
            findings.Try(() => Compare(findings, table, store.Counters(table.Id) ?? default, counted));
        }

        if (counted is null)
            findings.Add("not recounted, because not every row can be read");
    }

    private static void Compare(Findings findings, TableDefinition table, TableCounters stored, IReadOnlyDictionary<uint, RowCount>? counted)
    {
        if (counted is null)
            return;
        var found = counted.GetValueOrDefault(table.Id.Value);
        if (stored.Rows != found.Live)
            findings.Add($"table {table.Name}: {stored.Rows} rows are counted, {found.Live} are there");
        if (stored.HighestRowId.Value < found.HighestRow)
            findings.Add($"table {table.Name}: row ids are said to end at {stored.HighestRowId}, row {found.HighestRow} is there");
        if (stored.HighestNumber < found.HighestNumber)
            findings.Add($"table {table.Name}: numbers are said to end at {stored.HighestNumber}, {found.HighestNumber} is there");
    }
}
