using System.Collections.Immutable;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Chooses how a query is carried out: by the condition, the order and the indexes alone, so that one query has one plan.</summary>
internal static class QueryPlanner
{
    /// <summary>Rows that are sorted in memory where no index has them in the order asked for.</summary>
    public const int MaxSorted = 100_000;

    /// <param name="request">What is asked.</param>
    /// <param name="lsn">What the query reads as of.</param>
    /// <param name="context">The moment it begins.</param>
    /// <exception cref="HeliosException">Invalid <c>invalid_expression</c>: the condition does not fit the table; <c>invalid_query</c>: the order cannot be had.</exception>
    public static QueryPlan Make(QueryRequest request, Lsn lsn, in EvaluationContext context)
    {
        var schema = request.Table.Definition.Schema;
        var moment = context;
        if (request.Condition is { } whole)
            CheckCondition(ExpressionBinder.Compile(whole, schema), whole); // what is wrong is told in the words of the caller
        var syntax = request.Condition is null ? null : ConstantFolding.Fold(request.Condition, schema, context);
        var condition = syntax is null ? null : ExpressionBinder.Compile(syntax, schema);
        var columns = syntax is null ? ImmutableDictionary<int, ColumnBounds>.Empty : BoundsReader.Read(syntax, schema);
        var notes = ImmutableArray.CreateBuilder<string>();
        if (request.Most == 0 || syntax is LiteralSyntax { Text: not "TRUE" } || columns.Values.Any(b => b.IsEmpty))
            return new QueryPlan(request, new AccessPath.Nothing(), condition, syntax, context, false, []);

        var indexes = Usable(request, lsn, columns, notes);
        var best = indexes.Where(i => i.Worth > 0).MaxBy(i => i.Worth);
        if (request.Order.IsEmpty)
            return Plan(PathOf(request, best, null), sorts: false);
        if (best is { IsLookup: true }) // a thousand rows at most: no walk in order is worth more
        {
            return best.IsInOrder(request.Table, request.Order, !request.After.IsEmpty, out var isDownwards)
                ? Plan(PathOf(request, best, isDownwards), sorts: false)
                : Plan(PathOf(request, best, null), sorts: true);
        }

        // The order is worth more than the narrowing: a walk in order stops when it has enough.
        foreach (var index in indexes.OrderByDescending(i => i.Worth))
        {
            if (index.IsInOrder(request.Table, request.Order, !request.After.IsEmpty, out var isDescending))
                return Plan(PathOf(request, index, isDescending), sorts: false);
        }

        if (request.Most > MaxSorted)
            throw CannotSort(request);
        notes.Add($"no index has the rows in this order: the first {request.Most} are kept sorted in memory while all others are looked at");
        return Plan(PathOf(request, best, null), sorts: true);

        QueryPlan Plan(AccessPath path, bool sorts) => new(request, path, condition, syntax, moment, sorts, notes.ToImmutable());
    }

    /// <param name="request">What is asked.</param>
    /// <param name="index">The index; null for the table.</param>
    /// <param name="isDescending">Which way it is walked to have the rows in order; null where their order does not matter.</param>
    private static AccessPath PathOf(QueryRequest request, IndexBounds? index, bool? isDescending)
    {
        if (index is null)
            return new AccessPath.Table();
        var (ranges, keys) = isDescending is { } direction && !request.After.IsEmpty ? index.Behind(request.Table, request, direction) : (index.Ranges, index.Keys);
        return index.IsLookup ? (keys.IsEmpty ? new AccessPath.Nothing() : new AccessPath.Lookup(index.Place, keys, isDescending ?? false))
            : ranges.IsEmpty ? new AccessPath.Nothing() : new AccessPath.Index(index.Place, ranges, isDescending ?? false);
    }

    private static List<IndexBounds> Usable(QueryRequest request, Lsn lsn, IReadOnlyDictionary<int, ColumnBounds> columns, ImmutableArray<string>.Builder notes)
    {
        var table = request.Table;
        var usable = new List<IndexBounds>();
        for (var place = 0; place < table.Trees.Length; place++)
        {
            if (IndexBounds.Of(table, place, columns) is not { } index)
                continue;
            var isWanted = index.Worth > 0 || (!request.Order.IsEmpty && index.IsInOrder(table, request.Order, !request.After.IsEmpty, out _));
            if (isWanted && WhyNot(table, place, lsn, index.IsLookup) is { } why)
                notes.Add($"{table.IndexName(place)} cannot be used: {why}");
            else
                usable.Add(index);
        }

        return usable;
    }

    /// <summary>Why an index does not answer, or null.</summary>
    private static string? WhyNot(TablePlan table, int place, Lsn lsn, bool isLookup) =>
        table.Incomplete[place] ? "it does not have the rows from before it was added yet"
        : !table.CompleteSince.IsDefault && table.CompleteSince[place] > lsn ? $"it has all rows since commit {table.CompleteSince[place]} only, and this reads as of commit {lsn}"
        : !isLookup && table.Trees[place].CanSpill ? "with MaxIndexBytes a part of it may be in the store, without order"
        : null;

    private static void CheckCondition(CompiledExpression condition, ExpressionSyntax syntax)
    {
        if (condition.ResultType is not (ExpressionType.Boolean or ExpressionType.Null))
            throw ExpressionErrors.At(syntax.Position, $"a condition is needed, and this gives {condition.ResultType}");
    }

    private static HeliosException CannotSort(QueryRequest request)
    {
        var table = request.Table.Definition;
        var order = string.Join(", ", request.Order.Select(o => table.Schema.Columns[o.Ordinal].Name + (o.IsDescending ? " descending" : "")));
        return new HeliosException(HeliosErrorKind.Invalid, "invalid_query",
            $"Table {table.Name}: no index has the rows in the order of {order}, and more than {MaxSorted:N0} rows are not sorted in memory. Ask for at most as many, or add a unique constraint that begins with these columns.") { Table = table.Name };
    }
}
