using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>An expression that fits a table, ready for its rows. Immutable; any number of threads may use it.</summary>
/// <remarks>
/// <see cref="ExpressionBinder"/> makes it. A row is one that <see cref="RowRules.TryValidate"/> took, with the offsets that it filled
/// (or <see cref="RowView.ReadOffsets"/>); a constant needs neither. Comparisons, arithmetic, LIKE and the functions allocate
/// nothing, but for ||, lower, upper, uuid and the message of a failure.
/// </remarks>
internal sealed class CompiledExpression
{
    private readonly ExpressionNode _root;
    private readonly string _canonical;

    internal CompiledExpression(ExpressionNode root, string canonical, ImmutableArray<int> references, bool isDeterministic)
    {
        _root = root;
        _canonical = canonical;
        References = references;
        IsDeterministic = isDeterministic;
    }

    /// <summary>What is evaluated: for those who ask what must hold of a row before they look at it.</summary>
    internal ExpressionNode Root => _root;

    /// <summary>Of every value it gives; <see cref="ExpressionType.Null"/> where it always is NULL.</summary>
    public ExpressionType ResultType => _root.Type;

    /// <summary>Ordinals of the columns it reads, ascending.</summary>
    public ImmutableArray<int> References { get; }

    /// <summary>Does one row always give one value? Not where now(), today() or uuid() is called: a CHECK must not then.</summary>
    public bool IsDeterministic { get; }

    /// <summary>Is the value the same whatever the row, always?</summary>
    public bool IsConstant => IsDeterministic && References.IsEmpty;

    /// <summary>Computes the value for a row.</summary>
    /// <returns>A value, NULL, or a failure: look at <see cref="ExpressionValue.IsFailure"/> before anything else.</returns>
    public ExpressionValue Evaluate(ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets, in EvaluationContext context) =>
        _root.Evaluate(new EvaluationFrame(row, offsets, context));

    /// <summary>Says whether a condition holds for a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="offsets">Where its columns begin.</param>
    /// <param name="context">For what is not in the row.</param>
    /// <param name="fault">Why it could not be computed; its code is null where it could.</param>
    /// <returns>Null where it is NULL, or could not be computed. A CHECK takes NULL, a filter does not.</returns>
    public bool? EvaluateCondition(ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets, in EvaluationContext context, out RowFault fault)
    {
        if (ResultType is not (ExpressionType.Boolean or ExpressionType.Null))
            throw new InvalidOperationException($"An expression that gives {ResultType} is no condition.");
        var value = Evaluate(row, offsets, context);
        fault = value.Fault;
        return value.HasValue ? value.Boolean : null;
    }

    /// <summary>Is there a value of this expression's type that the column may hold?</summary>
    public bool CanWrite(Column column) => ResultType == ExpressionType.Array
        ? column.Type == ColumnType.Array && column.ElementType == (_root as ColumnNode)?.Column.ElementType
        : ExpressionAssignment.IsPossible(ResultType, column.Type);

    /// <summary>Computes the value for a row and writes it as a value of a column.</summary>
    /// <param name="column">For which <see cref="CanWrite"/> holds.</param>
    /// <param name="row">The row. Never bytes that <paramref name="writer"/> is writing to: they move.</param>
    /// <param name="offsets">Where its columns begin.</param>
    /// <param name="context">For what is not in the row.</param>
    /// <param name="writer">Takes the value; where it is refused, the row must be abandoned.</param>
    /// <param name="fault">Why there is none; its ordinal is for the caller to set.</param>
    public bool TryWrite(Column column, scoped ReadOnlySpan<byte> row, scoped ReadOnlySpan<int> offsets, in EvaluationContext context, ref RowWriter writer, out RowFault fault)
    {
        if (!CanWrite(column))
            throw new InvalidOperationException($"An expression that gives {ResultType} is no value of column {column.Name}.");
        if (_root is ColumnNode { Column.Type: ColumnType.Float4 } && column.Type == ColumnType.Float4
            && new ValueView(row[offsets[References[0]]..]) is { IsNull: false } single)
        {
            fault = default;
            writer.WriteRaw(single.Raw); // not by way of double, which would change some NaNs
            return true;
        }

        return ExpressionAssignment.TryWrite(column, Evaluate(row, offsets, context), ref writer, out fault);
    }

    /// <summary>The expression in its one form: it compiles to the same again.</summary>
    public override string ToString() => _canonical;
}
