namespace Helios.Pipeline.Ingestion;

/// <summary>Puts the plan of a query, and what running it took, into words.</summary>
internal static class QueryExplainer
{
    /// <param name="definition">The query.</param>
    /// <param name="isRun">Is it carried out to its end? Its rows are read and thrown away.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static QueryExplanation Explain(QueryDefinition definition, bool isRun, CancellationToken cancellationToken)
    {
        using var cursor = new QueryCursor(definition, cancellationToken);
        while (isRun && cursor.MoveNext())
        {
        }

        var plan = cursor.Plan;
        var table = plan.Request.Table;
        var (place, ranges) = plan.Path switch
        {
            AccessPath.Lookup lookup => (lookup.Place, lookup.Keys.Length),
            AccessPath.Index index => (index.Place, index.Ranges.Length),
            _ => (-1, 0),
        };
        var order = plan.Request.Order.Select(o => table.Definition.Schema.Columns[o.Ordinal].Name + (o.IsDescending ? " descending" : ""));
        var estimate = RowEstimate.Of(plan, definition.Engine, out var note);
        return new QueryExplanation(table.Definition.Name, AccessOf(plan), place < 0 ? null : table.IndexName(place), ranges, plan.Condition?.ToString(), [.. order], plan.SortsInMemory, Filters(cursor), note is null ? plan.Notes : plan.Notes.Add(note), isRun ? Figures(cursor) : null)
        {
            Estimate = estimate,
        };
    }

    public static QueryAccess AccessOf(QueryPlan plan) => plan.Path switch
    {
        AccessPath.Lookup => QueryAccess.Lookup,
        AccessPath.Index => QueryAccess.IndexRange,
        AccessPath.Table => QueryAccess.TableScan,
        _ => QueryAccess.Nothing,
    };

    /// <summary>As metrics have it.</summary>
    public static string Name(QueryAccess access) => access switch
    {
        QueryAccess.Lookup => "lookup",
        QueryAccess.IndexRange => "range",
        QueryAccess.TableScan => "scan",
        _ => "nothing",
    };

    private static IReadOnlyList<string> Filters(QueryCursor cursor)
    {
        if (cursor.Judge is not { } judge)
            return [];
        var schema = cursor.Schema;
        return [.. judge.ZoneColumns.Select(o => $"{schema.Columns[o].Name} (zones)"), .. cursor.Blooms.Select(o => $"{schema.Columns[o].Name} (bloom)")];
    }

    private static QueryFigures Figures(QueryCursor cursor)
    {
        var counts = cursor.Counts;
        return new QueryFigures(cursor.Lsn, counts.RowsRead, counts.RowsMatched, counts.RowsReturned, counts.KeysRead, counts.BlocksRead, counts.BlocksSkipped, counts.Steps, counts.Seeks, cursor.Elapsed) { BlocksSkippedByBlooms = counts.BlocksSkippedByBlooms };
    }
}
