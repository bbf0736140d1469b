using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Testing;

/// <summary>Holds every index of an open database against the rows: each row is found by each of its keys, and each entry in memory names a row that has the key.</summary>
internal static class IndexFault
{
    /// <summary>The first thing that is wrong, or null. Commits and spilling may go on meanwhile: all is looked at as of one LSN.</summary>
    public static string? Find(HeliosEngine engine)
    {
        using var view = engine.OpenView();
        foreach (var plan in engine.Parts.Plans.All)
        {
            for (var index = 0; index < plan.Trees.Length; index++)
            {
                var isWhole = !plan.Incomplete[index] && (plan.CompleteSince.IsDefault || plan.CompleteSince[index] <= view.Lsn);
                if (isWhole && Find(view, plan, index) is { } fault)
                    return $"index {plan.IndexName(index)} of table {plan.Definition.Name}: {fault}";
            }
        }

        return null;
    }

    private static string? Find(ReadView view, TablePlan plan, int index)
    {
        var keys = new Dictionary<string, KeyVersion>();
        var offsets = new int[plan.Definition.Schema.Columns.Length];
        using var key = new ByteBuffer();
        using var scratch = new ByteBuffer();
        using var rows = view.Scan(plan);
        while (rows.MoveNext())
        {
            key.Truncate(0);
            if (!RowRules.TryValidate(plan.Definition.Schema, rows.Row, offsets, out var broken))
                return $"row {rows.RowId} breaks a rule: {broken.Code}";
            if (plan.Encoders[index].Append(rows.Row, offsets, key).HasNull)
                continue;
            var entry = plan.TreeKey(index, key.Written, rows.RowId, scratch);
            var row = new KeyVersion(rows.RowId, rows.Version, Vacated: false);
            var found = view.Look(plan, index, entry);
            if (found != row)
                return $"the key of row {row.Row} of LSN {row.Lsn} finds {Text(found)}";
            if (!keys.TryAdd(Convert.ToHexString(entry), row))
                return $"rows {keys[Convert.ToHexString(entry)].Row} and {row.Row} have the same key";
        }

        // What stands in the store has no order in which it could be walked; that part is dropped and made again by each open.
        var entries = plan.Trees[index].OpenCursor(view.Lsn);
        entries.SeekPrefix([]);
        var live = 0L;
        for (; entries.MoveNext(); live++)
        {
            if (!keys.TryGetValue(Convert.ToHexString(entries.Key), out var row) || row != entries.Version)
                return $"it has {Convert.ToHexString(entries.Key)} for {Text(entries.Version)}, and no such row has that key";
        }

        return live == keys.Count || plan.Trees[index].HasSpilled ? null : $"it has {live} keys, and {keys.Count} rows have one";
    }

    private static string Text(KeyVersion version) => version == default ? "nothing" : $"row {version.Row} of LSN {version.Lsn}";
}
