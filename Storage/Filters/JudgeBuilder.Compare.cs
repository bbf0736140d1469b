namespace Helios.Pipeline.Storage;

/// <summary>Comparisons with constants.</summary>
internal sealed partial class JudgeBuilder
{
    private JudgeNode Compare(BinaryOperator operation, ExpressionNode left, ExpressionNode right, ExpressionType operands)
    {
        if (ColumnOf(left) is { } column && IsConstant(right))
            return Compare(operation, column, Evaluate(right), operands);
        if (ColumnOf(right) is { } mirrored && IsConstant(left))
            return Compare(Mirror(operation), mirrored, Evaluate(left), operands);
        return IsConstant(left) && IsConstant(right) ? Fixed(Evaluate(new CompareNode(operation, left, right, operands, left.Position))) : FixedJudge.Unknown;
    }

    private JudgeNode Compare(BinaryOperator operation, ColumnNode column, scoped in ExpressionValue constant, ExpressionType operands)
    {
        if (!constant.HasValue)
            return Fixed(constant); // NULL beside every value, or a failure
        var less = OutcomeLogic.Of(operation is BinaryOperator.Less or BinaryOperator.LessOrEqual or BinaryOperator.NotEqual);
        var equal = OutcomeLogic.Of(operation is BinaryOperator.Equal or BinaryOperator.LessOrEqual or BinaryOperator.GreaterOrEqual);
        var greater = OutcomeLogic.Of(operation is BinaryOperator.Greater or BinaryOperator.GreaterOrEqual or BinaryOperator.NotEqual);
        return new CompareJudge(column.Ordinal, Range(column, constant, operands), less, equal, greater, Outcomes.Null);
    }

    private JudgeNode Distinct(DistinctNode node)
    {
        var column = ColumnOf(node.Left) ?? ColumnOf(node.Right);
        var other = column is not null && ColumnOf(node.Left) == column ? node.Right : node.Left;
        if (column is null || !IsConstant(other))
            return FixedJudge.Unknown;
        var constant = Evaluate(other);
        if (constant.IsFailure)
            return FixedJudge.Unknown;
        var (isDistinct, isSame) = (OutcomeLogic.Of(!node.IsNegated), OutcomeLogic.Of(node.IsNegated));
        if (constant.HasValue)
            return new CompareJudge(column.Ordinal, Range(column, constant, node.Operands), isDistinct, isSame, isDistinct, isDistinct);
        ZoneColumns.Add(column.Ordinal);
        return new NullJudge(column.Ordinal, isNegated: !node.IsNegated); // distinct from NULL: not NULL
    }

    private JudgeNode In(InNode node)
    {
        var column = ColumnOf(node.Operand);
        var others = new List<JudgeNode>();
        var ranges = new List<ZoneRange>();
        var hasNull = false;
        foreach (var item in node.Items)
        {
            if (column is null || !IsConstant(item) || Evaluate(item) is not { IsFailure: false } constant)
                others.Add(Compare(BinaryOperator.Equal, node.Operand, item, node.Operands));
            else if (constant.IsNull)
                hasNull = true;
            else
                ranges.Add(Range(column, constant, node.Operands));
        }

        if (column is not null && (ranges.Count > 0 || hasNull))
        {
            ranges.Sort(static (a, b) => (a.Low, a.High).CompareTo((b.Low, b.High)));
            others.Add(new ListJudge(column.Ordinal, [.. ranges], hasNull ? Outcomes.Null : Outcomes.False)); // last: the others may fail
        }

        return new JunctionJudge([.. others], isOr: true);
    }

    private ZoneRange Range(ColumnNode column, scoped in ExpressionValue constant, ExpressionType operands)
    {
        var range = ZoneRange.Of(column.Column, operands, constant);
        ZoneColumns.Add(column.Ordinal);
        if (range.Hash is not null)
            BloomColumns.Add(column.Ordinal);
        return range;
    }

    public static BinaryOperator Mirror(BinaryOperator operation) => operation switch
    {
        BinaryOperator.Less => BinaryOperator.Greater,
        BinaryOperator.LessOrEqual => BinaryOperator.GreaterOrEqual,
        BinaryOperator.Greater => BinaryOperator.Less,
        BinaryOperator.GreaterOrEqual => BinaryOperator.LessOrEqual,
        _ => operation,
    };
}
