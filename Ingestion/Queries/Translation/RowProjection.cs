using System.Collections.Immutable;
using System.Linq.Expressions;

namespace Helios.Pipeline.Ingestion;

/// <summary>A lambda that makes something of each row, compiled so that only the columns it needs are decoded. Immutable; any thread.</summary>
/// <remarks>
/// The lambda runs in the caller's process, over decoded values: any C# may stand in it. A property is taken as it is stored, without a call of its
/// getter. Where the row itself is used (returned, passed on, asked for a property that is no column), all columns are needed and an object is made.
/// Compiling costs milliseconds: one for a query, not for a row.
/// </remarks>
internal sealed class RowProjection<T, TResult> : IRowDecoding<TResult>
{
    private readonly RowShape<T> _shape;
    private readonly Func<ColumnSlot[], TResult> _make;
    private ProjectedReader<TResult>? _spare;

    public RowProjection(Expression<Func<T, TResult>> lambda, RowShape<T> shape)
    {
        ArgumentNullException.ThrowIfNull(lambda);
        _shape = shape;
        var needs = new ColumnNeeds(lambda.Parameters[0], shape.Columns);
        needs.Visit(lambda.Body);
        NeedsRow = needs.NeedsRow;
        Ordinals = NeedsRow ? [.. Enumerable.Range(0, shape.Columns.Count)] : [.. needs.Ordinals];
        _make = NeedsRow ? OfRow(lambda, shape) : OfColumns(lambda, shape, Ordinals);
    }

    /// <summary>The columns that are decoded, ascending.</summary>
    public ImmutableArray<int> Ordinals { get; }

    /// <summary>Is an object made of each row?</summary>
    public bool NeedsRow { get; }

    /// <summary>A reader for one scan; give it back afterwards.</summary>
    public ProjectedReader<TResult> Rent() =>
        Interlocked.Exchange(ref _spare, null) ?? new ProjectedReader<TResult>(Ordinals, [.. Ordinals.Select(_shape.MakeSlot)], _make);

    public void Return(ProjectedReader<TResult> reader) => Volatile.Write(ref _spare, reader);

    IRowDecoder<TResult> IRowDecoding<TResult>.Rent() => Rent();

    void IRowDecoding<TResult>.Return(IRowDecoder<TResult> decoder) => Return((ProjectedReader<TResult>)decoder);

    private static Func<ColumnSlot[], TResult> OfRow(Expression<Func<T, TResult>> lambda, RowShape<T> shape)
    {
        var make = lambda.Compile();
        return slots => make(shape.Make(slots));
    }

    private static Func<ColumnSlot[], TResult> OfColumns(Expression<Func<T, TResult>> lambda, RowShape<T> shape, ImmutableArray<int> ordinals)
    {
        var slots = Expression.Parameter(typeof(ColumnSlot[]), "slots");
        // Variables, not the slots: a function that the lambda gives away must keep the values of its row.
        var values = ordinals.Select(o => Expression.Variable(shape.Columns[o].Property.PropertyType, shape.Columns[o].Property.Name)).ToArray();
        var filled = values.Select((value, i) => (Expression)Expression.Assign(value, Expression.Field(
            Expression.Convert(Expression.ArrayIndex(slots, Expression.Constant(i)), typeof(ColumnSlot<>).MakeGenericType(value.Type)), nameof(ColumnSlot<int>.Value))));
        var body = new ColumnValues(new LambdaColumns(lambda.Parameters[0], shape.Columns), o => values[ordinals.IndexOf(o)]).Visit(lambda.Body);
        return Expression.Lambda<Func<ColumnSlot[], TResult>>(Expression.Block(values, filled.Append(body)), slots).Compile();
    }

    /// <summary>Finds which columns are read, and whether the row is used in any other way.</summary>
    private sealed class ColumnNeeds(ParameterExpression row, IReadOnlyList<RowColumn> columns) : ExpressionVisitor
    {
        private readonly LambdaColumns _columns = new(row, columns);

        public SortedSet<int> Ordinals { get; } = [];

        public bool NeedsRow { get; private set; }

        protected override Expression VisitMember(MemberExpression node)
        {
            var ordinal = _columns.OrdinalOf(node);
            if (ordinal < 0)
                return base.VisitMember(node);
            Ordinals.Add(ordinal);
            return node;
        }

        protected override Expression VisitParameter(ParameterExpression node)
        {
            NeedsRow |= node == row;
            return node;
        }
    }

    /// <summary>Puts values in the place of columns.</summary>
    private sealed class ColumnValues(LambdaColumns columns, Func<int, Expression> valueOf) : ExpressionVisitor
    {
        protected override Expression VisitMember(MemberExpression node) =>
            columns.OrdinalOf(node) is >= 0 and var ordinal ? valueOf(ordinal) : base.VisitMember(node);
    }
}
