namespace Helios.Pipeline.Storage;

/// <summary>Comparisons of a column with constants, as ranges of the integers that the column is read as.</summary>
internal static class ConstantRange
{
    private static readonly Int128 s_end = (Int128)long.MaxValue + 1;

    /// <summary>The column that a side of a comparison is, read as an Integer or converted from one; null where it is none.</summary>
    public static ColumnNode? ColumnOf(ExpressionNode node) => node switch
    {
        ColumnNode column when IsNumber(column.Type) => column,
        ConvertNode { Operand: ColumnNode { Type: ExpressionType.Integer } integer, Type: ExpressionType.Numeric or ExpressionType.Float } => integer,
        _ => null,
    };

    /// <summary>Is it one value for all rows? Only what is cheap to ask: literals, now(), today(), and arithmetic with them.</summary>
    /// <param name="node">The node.</param>
    /// <param name="needsContext">Set where the value is not known before there is a context.</param>
    public static bool IsConstant(ExpressionNode node, ref bool needsContext)
    {
        switch (node)
        {
            case LiteralNode: return true;
            case ContextNode { Type: ExpressionType.Timestamptz or ExpressionType.Date }:
                needsContext = true;
                return true;
            case ConvertNode convert: return IsConstant(convert.Operand, ref needsContext);
            case NegateNode negate: return IsConstant(negate.Operand, ref needsContext);
            case ArithmeticNode arithmetic: return IsConstant(arithmetic.Left, ref needsContext) && IsConstant(arithmetic.Right, ref needsContext);
            case TimeArithmeticNode time: return IsConstant(time.Left, ref needsContext) && IsConstant(time.Right, ref needsContext);
            default: return false;
        }
    }

    /// <summary>Makes the range of a comparison or BETWEEN.</summary>
    /// <param name="node">One whose sides are a column and constants.</param>
    /// <param name="context">For constants that need it.</param>
    /// <param name="range">Where the column must lie.</param>
    /// <param name="isNegated">Must it lie outside instead?</param>
    /// <returns>False where a constant is NULL or fails: each row then says what that means for it.</returns>
    public static bool TryMake(ExpressionNode node, in EvaluationContext context, out LongRange range, out bool isNegated)
    {
        range = default;
        isNegated = false;
        var frame = new EvaluationFrame(default, default, context);
        switch (node)
        {
            case CompareNode compare:
                var isTurned = ColumnOf(compare.Left) is null;
                var operation = isTurned ? Turn(compare.Operation) : compare.Operation;
                if (!TryBounds(isTurned ? compare.Right : compare.Left, isTurned ? compare.Left : compare.Right, frame, out var first, out var behind))
                    return false;
                isNegated = operation == BinaryOperator.NotEqual;
                range = operation switch
                {
                    BinaryOperator.Equal or BinaryOperator.NotEqual => LongRange.Between(first, behind - 1),
                    BinaryOperator.Less => LongRange.Between(long.MinValue, first - 1),
                    BinaryOperator.LessOrEqual => LongRange.Between(long.MinValue, behind - 1),
                    BinaryOperator.Greater => LongRange.Between(behind, long.MaxValue),
                    _ => LongRange.Between(first, long.MaxValue),
                };
                return true;
            case BetweenNode between:
                isNegated = between.IsNegated;
                if (!TryBounds(between.Operand, between.Low, frame, out var low, out _) || !TryBounds(between.Operand, between.High, frame, out _, out var high))
                    return false;
                range = LongRange.Between(low, high - 1);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The integers of a column that equal a constant: those from <paramref name="first"/> to before <paramref name="behind"/>.</summary>
    public static bool TryBounds(ExpressionNode side, ExpressionNode constant, scoped in EvaluationFrame frame, out Int128 first, out Int128 behind)
    {
        (first, behind) = (0, 0);
        var value = constant.Evaluate(frame);
        if (!value.HasValue)
            return false;
        if (side is ConvertNode)
        {
            // Conversion keeps the order, so those that equal the constant are neighbours, and asking it finds where they begin and end.
            first = FirstNotBefore(side.Type, value, 0);
            behind = FirstNotBefore(side.Type, value, 1);
            return true;
        }

        first = side.Type == ExpressionType.Float ? OrderedDouble.Key(value.Double) : value.Int64;
        behind = first + 1;
        return true;
    }

    /// <summary>Which operator says the same with its sides exchanged.</summary>
    public static BinaryOperator Turn(BinaryOperator operation) => operation switch
    {
        BinaryOperator.Less => BinaryOperator.Greater,
        BinaryOperator.LessOrEqual => BinaryOperator.GreaterOrEqual,
        BinaryOperator.Greater => BinaryOperator.Less,
        BinaryOperator.GreaterOrEqual => BinaryOperator.LessOrEqual,
        _ => operation,
    };

    private static Int128 FirstNotBefore(ExpressionType type, scoped in ExpressionValue constant, int order)
    {
        Int128 low = long.MinValue, high = s_end;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            var converted = ExpressionConversion.To(type, new LiteralNode((long)middle, ExpressionType.Integer, 0)).Evaluate(default);
            if (ExpressionValue.Compare(type, converted, constant) >= order)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    private static bool IsNumber(ExpressionType type) => type is ExpressionType.Boolean or ExpressionType.Integer or ExpressionType.Float or ExpressionType.Date
        or ExpressionType.Time or ExpressionType.Timestamp or ExpressionType.Timestamptz or ExpressionType.Interval;
}
