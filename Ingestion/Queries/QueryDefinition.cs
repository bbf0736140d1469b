using System.Collections.Immutable;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>What a query asks for, in the words of its caller. Immutable.</summary>
/// <param name="Engine">The engine.</param>
/// <param name="Table">Any plan of the table: the newest one is asked.</param>
internal sealed record QueryDefinition(HeliosEngine Engine, TablePlan Table)
{
    /// <summary>All must hold.</summary>
    public ImmutableArray<ExpressionSyntax> Conditions { get; init; } = [];

    public ImmutableArray<SortColumn> Order { get; init; } = [];

    public ImmutableArray<object?> After { get; init; } = [];

    public long Skip { get; init; }

    public long? Take { get; init; }

    /// <summary>How a scan of the whole table is divided.</summary>
    public ReadAhead ReadAhead { get; init; } = ReadAhead.Automatic;

    /// <summary>The columns that are given, in this order; empty for all.</summary>
    public ImmutableArray<int> Columns { get; init; } = [];

    /// <summary>Null for what is visible when the query begins.</summary>
    public ReadSnapshot? Snapshot { get; init; }

    public TableSchema Schema => Table.Newest.Definition.Schema;

    public QueryDefinition Where(ExpressionSyntax condition) => this with { Conditions = Conditions.Add(condition) };

    public QueryDefinition Where(string condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ExpressionBinder.CompileCondition(condition, Schema); // what is wrong with it is told here, not when the query runs
        return Where(ExpressionParser.Parse(condition));
    }

    /// <exception cref="ArgumentException">Rows have no order by the column, or there is no such one.</exception>
    public QueryDefinition OrderBy(int ordinal, bool isDescending, bool isFirst)
    {
        if (isFirst && !Order.IsEmpty)
            throw new InvalidOperationException("The query has an order already: go on with ThenBy.");
        if (!isFirst && Order.IsEmpty)
            throw new InvalidOperationException("The query has no order yet: begin with OrderBy.");
        if (!After.IsEmpty)
            throw new InvalidOperationException("After names a row of the order: give the whole order first.");
        var column = Schema.Columns[ordinal];
        if (!ExpressionTypes.Of(column.Type).IsComparable())
            throw new ArgumentException($"Column {column.Name} is {column.Type}, which has no order.");
        return this with { Order = Order.Add(new SortColumn(ordinal, isDescending)) };
    }

    public QueryDefinition Behind(ReadOnlySpan<object?> key)
    {
        if (Order.Length != key.Length || key.IsEmpty)
            throw new ArgumentException($"The query's order has {Order.Length} columns, and {key.Length} values were given: After takes the values of the last row seen, in the order of OrderBy.");
        var after = this with { After = [.. key] };
        after.Components(Schema); // a value of another type is told here
        return after;
    }

    public QueryDefinition Skipping(long rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        return this with { Skip = Take is null ? Math.Min(Skip, long.MaxValue - rows) + rows : throw new InvalidOperationException("Skip comes before Take.") };
    }

    public QueryDefinition Taking(long rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        return this with { Take = Math.Min(rows, Take ?? long.MaxValue) };
    }

    public QueryDefinition At(ReadSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return this with { Snapshot = snapshot.Engine == Engine ? snapshot : throw new ArgumentException("The snapshot is one of another engine.", nameof(snapshot)) };
    }

    public QueryDefinition Parallel(int workers, bool keepsOrder)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(workers);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(workers, 64);
        var all = workers == 0 ? Math.Min(Environment.ProcessorCount, 64) : workers;
        return this with { ReadAhead = all == 1 ? ReadAhead.None : new ReadAhead(all) { KeepsOrder = keepsOrder } };
    }

    /// <summary>The request for the table as it is now.</summary>
    public QueryRequest Request()
    {
        var table = Table.Newest;
        return new QueryRequest(table)
        {
            Condition = Conditions.Length <= 1 ? Conditions.FirstOrDefault() : new ChainSyntax(ChainOperator.And, new SyntaxList([.. Conditions]), 0),
            Order = Order,
            After = Components(table.Definition.Schema),
            Skip = Skip,
            Take = Take,
        };
    }

    private ImmutableArray<byte[]> Components(TableSchema schema)
    {
        var components = ImmutableArray.CreateBuilder<byte[]>(After.Length);
        using var value = new ByteBuffer();
        using var key = new ByteBuffer();
        for (var i = 0; i < After.Length; i++)
        {
            var column = schema.Columns[Order[i].Ordinal] with { IsNullable = true, Length = 0 };
            value.Truncate(0);
            key.Truncate(0);
            var writer = new RowWriter(value);
            writer.Begin(1, 1);
            if (!ColumnClr.TryWrite(column, After[i], ref writer, out var fault))
                throw new ArgumentException($"After, column {column.Name}: {(fault with { Ordinal = Order[i].Ordinal }).Describe(schema)}");
            writer.End();
            if (!KeyEncoder.TryAppendValue(column, new RowView(value.Written)[0].Raw, key))
                throw new ArgumentException($"After, column {column.Name}: the value is longer than a key may be.");
            components.Add(key.Written.ToArray());
        }

        return components.MoveToImmutable();
    }
}
