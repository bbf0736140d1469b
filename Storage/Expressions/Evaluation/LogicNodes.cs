namespace Helios.Pipeline.Storage;

/// <summary>NOT: NULL stays NULL.</summary>
internal sealed class NotNode(ExpressionNode operand, int position) : ExpressionNode(ExpressionType.Boolean, position)
{
    public ExpressionNode Operand => operand;

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var value = operand.Evaluate(frame);
        return value.HasValue ? ExpressionValue.Of(!value.Boolean) : value;
    }
}

/// <summary>AND and OR: from left to right, up to the first operand that decides (FALSE, TRUE) or fails; NULL does not end it.</summary>
internal sealed class JunctionNode(ExpressionNode[] items, bool isOr, int position) : ExpressionNode(ExpressionType.Boolean, position)
{
    public ReadOnlySpan<ExpressionNode> Items => items;

    public bool IsOr => isOr;

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var sawNull = false;
        foreach (var item in items)
        {
            var value = item.Evaluate(frame);
            if (value.IsFailure || (value.HasValue && value.Boolean == isOr))
                return value;
            sawNull |= value.IsNull;
        }

        return sawNull ? default : ExpressionValue.Of(!isOr);
    }
}

/// <summary>IS [NOT] NULL: never NULL itself.</summary>
internal sealed class NullTestNode(ExpressionNode operand, bool isNegated, int position) : ExpressionNode(ExpressionType.Boolean, position)
{
    public ExpressionNode Operand => operand;

    public bool IsNegated => isNegated;

    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        var value = operand.Evaluate(frame);
        return value.IsFailure ? value : ExpressionValue.Of(value.IsNull != isNegated);
    }
}

/// <summary>CASE: the result of the first condition that is TRUE; no other result is looked at.</summary>
internal sealed class CaseNode(ExpressionNode[] conditions, ExpressionNode[] results, ExpressionNode? otherwise, ExpressionType type, int position)
    : ExpressionNode(type, position)
{
    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        for (var i = 0; i < conditions.Length; i++)
        {
            var condition = conditions[i].Evaluate(frame);
            if (condition.IsFailure)
                return condition;
            if (condition.HasValue && condition.Boolean)
                return results[i].Evaluate(frame);
        }

        return otherwise is null ? default : otherwise.Evaluate(frame);
    }
}

/// <summary>coalesce: the first operand that is not NULL; none behind it is looked at.</summary>
internal sealed class CoalesceNode(ExpressionNode[] items, ExpressionType type, int position) : ExpressionNode(type, position)
{
    public override ExpressionValue Evaluate(scoped in EvaluationFrame frame)
    {
        foreach (var item in items)
        {
            var value = item.Evaluate(frame);
            if (!value.IsNull)
                return value;
        }

        return default;
    }
}
