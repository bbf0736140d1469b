using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>How many rows meet a query's condition, about.</summary>
/// <param name="Rows">Of all rows of the table; a limit is not looked at.</param>
/// <param name="TableRows">Rows of the table now.</param>
/// <param name="AsOf">The commit that the statistics are from.</param>
/// <param name="ChangesSince">Rows written, changed and deleted since, about.</param>
public sealed record RowEstimate(long Rows, long TableRows, Lsn AsOf, long ChangesSince)
{
    /// <param name="plan">The query's.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="note">Why statistics that are there say nothing; null otherwise.</param>
    internal static RowEstimate? Of(QueryPlan plan, HeliosEngine engine, out string? note)
    {
        note = null;
        var table = plan.Request.Table.Definition;
        if (table.IsSystem || Known(table.Id, engine, out note) is not { } statistics)
            return null;
        var rows = engine.Parts.Published.Rows(table.Id);
        var share = plan.Path switch
        {
            AccessPath.Table or AccessPath.Index or AccessPath.Lookup => plan.Condition is null ? 1 : new ConditionEstimate(statistics, plan.Context).Of(plan.Condition.Root),
            _ => 0,
        };
        var estimate = (long)Math.Round(share * rows);
        if (plan.Path is AccessPath.Lookup lookup)
            estimate = Math.Min(estimate, lookup.Keys.Length); // no two rows have one key
        return new RowEstimate(estimate, rows, statistics.AsOf, engine.Statistics.Cache.ChangesSince(table.Id).GetValueOrDefault());
    }

    private static TableStatistics? Known(TableId table, HeliosEngine engine, out string? note)
    {
        note = null;
        try
        {
            return engine.Statistics.Cache.Find(table);
        }
        catch (HeliosException error) when (error.Kind == HeliosErrorKind.Corrupt || error.Code == "format_too_new")
        {
            note = error.Message; // the query needs none of it
            return null;
        }
    }
}
