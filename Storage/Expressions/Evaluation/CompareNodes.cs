namespace Helios.Pipeline.Storage;

/// <summary>= &lt;&gt; &lt; &lt;= &gt; &gt;=, both sides of one type.</summary>
internal sealed class CompareNode(BinaryOperator operation, ExpressionNode left, ExpressionNode right, ExpressionType operands, int position)
    : ExpressionNode(ExpressionType.Boolean, position)
{
    public BinaryOperator Operation => operation;

    public ExpressionNode Left => left;

    public ExpressionNode Right => right;

    public ExpressionType Operands => operands;

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var a = left.Evaluate(frame);
        if (!a.HasValue)
            return a;
        var b = right.Evaluate(frame);
        if (!b.HasValue)
            return b;
        var order = ExpressionValue.Compare(operands, a, b);
        return ExpressionValue.Of(operation switch
        {
            BinaryOperator.Equal => order == 0,
            BinaryOperator.NotEqual => order != 0,
            BinaryOperator.Less => order < 0,
            BinaryOperator.LessOrEqual => order <= 0,
            BinaryOperator.Greater => order > 0,
            _ => order >= 0,
        });
    }
}

/// <summary>IS [NOT] DISTINCT FROM: NULL is a value here, so both sides are always looked at.</summary>
internal sealed class DistinctNode(ExpressionNode left, ExpressionNode right, ExpressionType operands, bool isNegated, int position)
    : ExpressionNode(ExpressionType.Boolean, position)
{
    public ExpressionNode Left => left;

    public ExpressionNode Right => right;

    public ExpressionType Operands => operands;

    public bool IsNegated => isNegated;

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var a = left.Evaluate(frame);
        if (a.IsFailure)
            return a;
        var b = right.Evaluate(frame);
        if (b.IsFailure)
            return b;
        var isDistinct = a.HasValue && b.HasValue ? ExpressionValue.Compare(operands, a, b) != 0 : a.HasValue != b.HasValue;
        return ExpressionValue.Of(isDistinct != isNegated);
    }
}

/// <summary>BETWEEN: <c>x &gt;= low AND x &lt;= high</c>, with x looked at once.</summary>
internal sealed class BetweenNode(ExpressionNode operand, ExpressionNode low, ExpressionNode high, ExpressionType operands, bool isNegated, int position)
    : ExpressionNode(ExpressionType.Boolean, position)
{
    public ExpressionNode Operand => operand;

    public ExpressionNode Low => low;

    public ExpressionNode High => high;

    public ExpressionType Operands => operands;

    public bool IsNegated => isNegated;

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var value = operand.Evaluate(frame);
        if (!value.HasValue)
            return value;
        var from = low.Evaluate(frame);
        if (from.IsFailure)
            return from;
        if (from.HasValue && ExpressionValue.Compare(operands, value, from) < 0)
            return ExpressionValue.Of(isNegated);
        var to = high.Evaluate(frame);
        if (to.IsFailure)
            return to;
        if (to.HasValue && ExpressionValue.Compare(operands, value, to) > 0)
            return ExpressionValue.Of(isNegated);
        return from.HasValue && to.HasValue ? ExpressionValue.Of(!isNegated) : default;
    }
}

/// <summary>IN: equal to one of the list; NULL where none is equal and one is NULL. The list is looked at up to the first that is equal.</summary>
internal sealed class InNode(ExpressionNode operand, ExpressionNode[] items, ExpressionType operands, bool isNegated, int position)
    : ExpressionNode(ExpressionType.Boolean, position)
{
    public ExpressionNode Operand => operand;

    public ReadOnlySpan<ExpressionNode> Items => items;

    public ExpressionType Operands => operands;

    public bool IsNegated => isNegated;

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var value = operand.Evaluate(frame);
        if (!value.HasValue)
            return value;
        var sawNull = false;
        foreach (var node in items)
        {
            var item = node.Evaluate(frame);
            if (item.IsFailure)
                return item;
            if (item.HasValue && ExpressionValue.Compare(operands, value, item) == 0)
                return ExpressionValue.Of(!isNegated);
            sawNull |= item.IsNull;
        }

        return sawNull ? default : ExpressionValue.Of(isNegated);
    }
}

/// <summary>nullif: the first, or NULL where it equals the second.</summary>
/// <param name="result">The first as it is.</param>
/// <param name="left">The first as it is compared.</param>
/// <param name="right">The second as it is compared.</param>
/// <param name="operands">The type of both.</param>
/// <param name="position">Where the call begins.</param>
internal sealed class NullIfNode(ExpressionNode result, ExpressionNode left, ExpressionNode right, ExpressionType operands, int position)
    : ExpressionNode(result.Type, position)
{
    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var a = left.Evaluate(frame);
        if (!a.HasValue)
            return a;
        var b = right.Evaluate(frame);
        if (b.IsFailure)
            return b;
        if (b.HasValue && ExpressionValue.Compare(operands, a, b) == 0)
            return default;
        return ReferenceEquals(result, left) ? a : result.Evaluate(frame);
    }
}

/// <summary>greatest and least: NULLs do not count; NULL where there is nothing else.</summary>
internal sealed class ExtremeNode(ExpressionNode[] items, bool isGreatest, ExpressionType type, int position) : ExpressionNode(type, position)
{
    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        ExpressionValue best = default;
        foreach (var item in items)
        {
            var value = item.Evaluate(frame);
            if (value.IsFailure)
                return value;
            if (value.HasValue && (best.IsNull || (isGreatest ? ExpressionValue.Compare(Type, value, best) > 0 : ExpressionValue.Compare(Type, value, best) < 0)))
                best = value;
        }

        return best;
    }
}

/// <summary>LIKE.</summary>
internal sealed class LikeNode(ExpressionNode operand, ExpressionNode pattern, byte[] escape, bool isNegated, int position)
    : ExpressionNode(ExpressionType.Boolean, position)
{
    public ExpressionNode Operand => operand;

    public ExpressionNode Pattern => pattern;

    public ReadOnlySpan<byte> Escape => escape;

    public bool IsNegated => isNegated;

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var text = operand.Evaluate(frame);
        if (!text.HasValue)
            return text;
        var like = pattern.Evaluate(frame);
        if (!like.HasValue)
            return like;
        return LikePattern.IsWhole(like.Bytes, escape)
            ? ExpressionValue.Of(LikePattern.Matches(text.Bytes, like.Bytes, escape) != isNegated)
            : ExpressionValue.Failed("a LIKE pattern that ends with its escape character", Position);
    }
}

/// <summary>Makes a node give another type.</summary>
internal static class ExpressionConversion
{
    /// <param name="type">A type that <see cref="ExpressionTypes.Common"/> gave for the node's.</param>
    /// <param name="node">Literals are converted here, once.</param>
    public static ExpressionNode To(ExpressionType type, ExpressionNode node)
    {
        if (node.Type == type || node.Type == ExpressionType.Null)
            return node;
        var converted = new ConvertNode(node, type);
        if (node is not LiteralNode)
            return converted;
        var value = converted.Evaluate(default);
        return type switch
        {
            ExpressionType.Numeric => new LiteralNode(value.Numeric, node.Position),
            ExpressionType.Float => new LiteralNode(value.Double, node.Position),
            _ => converted,
        };
    }
}
