namespace Helios.Pipeline.Storage;

/// <summary>Which share of a table's rows a condition is TRUE for, about: 0 to 1. One owner, one thread.</summary>
/// <remarks>
/// Each comparison of a column with a constant is asked of the statistics (<see cref="Selectivity"/>), what is not known is guessed, and columns are taken for independent. Two bounds of one
/// column that must both hold are one range. Nothing but what is told to people depends on it.
/// </remarks>
internal sealed class ConditionEstimate(TableStatistics statistics, EvaluationContext context)
{
    private readonly JudgeBuilder _constants = new(context);

    /// <param name="node">A condition of the table.</param>
    public double Of(ExpressionNode node) => Of(node, isNegated: false);

    /// <summary>The share for which it is TRUE, or where it is negated FALSE; NULL is neither.</summary>
    private double Of(ExpressionNode node, bool isNegated)
    {
        if (_constants.IsConstant(node))
            return _constants.Evaluate(node) is { HasValue: true } value && value.Boolean != isNegated ? 1 : 0;
        return node switch
        {
            ColumnNode { Type: ExpressionType.Boolean } column => Compare(isNegated ? BinaryOperator.NotEqual : BinaryOperator.Equal, column, ExpressionValue.Of(true), ExpressionType.Boolean),
            NotNode not => Of(not.Operand, !isNegated),
            JunctionNode junction => junction.IsOr == isNegated ? All(junction, isNegated) : Any(junction, isNegated),
            CompareNode compare => Compare(compare, isNegated),
            DistinctNode distinct => Distinct(distinct, isNegated != distinct.IsNegated),
            BetweenNode between => Between(between, isNegated != between.IsNegated),
            InNode inside => In(inside, isNegated != inside.IsNegated),
            LikeNode like => Like(like, isNegated != like.IsNegated),
            NullTestNode test when JudgeBuilder.ColumnOf(test.Operand) is { } column => isNegated != test.IsNegated ? Selectivity.IsNotNull(Known(column)) : Selectivity.IsNull(Known(column)),
            BinaryFunctionNode call when call.Function == ScalarFunctions.StartsWith => StartsWith(call, isNegated),
            _ => Selectivity.RangeGuess,
        };
    }

    private ColumnStatistics? Known(ColumnNode column) => statistics.Of(column.Ordinal, column.Column.Type);

    private double Any(JunctionNode junction, bool isNegated)
    {
        double none = 1;
        foreach (var share in Shares(junction, isNegated, isAll: false))
            none *= 1 - share;
        return 1 - none;
    }

    private double All(JunctionNode junction, bool isNegated)
    {
        var all = Shares(junction, isNegated, isAll: true);
        return Math.Min(all.Min(), Selectivity.All(all)); // the floor of several is none of one
    }

    /// <summary>Of each item, but of all bounds of one column together: they do depend on each other.</summary>
    private double[] Shares(JunctionNode junction, bool isNegated, bool isAll)
    {
        var shares = new List<double>();
        var bounds = new Dictionary<int, (double Below, double Above, ColumnStatistics? Known)>();
        foreach (var item in junction.Items)
        {
            var share = Of(item, isNegated);
            if (item is not CompareNode compare || Bound(compare, isNegated, out var isUpper) is not { } column)
            {
                shares.Add(share);
                continue;
            }

            var (below, above, known) = bounds.GetValueOrDefault(column.Ordinal, (double.NaN, double.NaN, Known(column)));
            bounds[column.Ordinal] = isUpper ? (Closer(below, share), above, known) : (below, Closer(above, share), known);
        }

        foreach (var (below, above, known) in bounds.Values)
        {
            var there = Selectivity.IsNotNull(known);
            shares.Add(double.IsNaN(below) ? above : double.IsNaN(above) ? below
                : !isAll ? Math.Clamp(below + above, Math.Max(below, above), Math.Max(there, Math.Max(below, above)))
                : Selectivity.KnowsRanges(known) ? Math.Clamp(below + above - there, 0, Math.Min(below, above))
                : Selectivity.Guess(known, Selectivity.BetweenGuess)); // of two guesses the sum says nothing
        }

        return [.. shares];

        double Closer(double a, double b) => double.IsNaN(a) ? b : isAll ? Math.Min(a, b) : Math.Max(a, b);
    }

    /// <summary>The column that a comparison bounds on one side; null where it does not.</summary>
    private ColumnNode? Bound(CompareNode compare, bool isNegated, out bool isUpper)
    {
        var (column, operation) = JudgeBuilder.ColumnOf(compare.Left) is { } left && _constants.IsConstant(compare.Right) ? (left, compare.Operation)
            : JudgeBuilder.ColumnOf(compare.Right) is { } right && _constants.IsConstant(compare.Left) ? (right, JudgeBuilder.Mirror(compare.Operation)) : (null, compare.Operation);
        operation = isNegated ? Opposite(operation) : operation;
        isUpper = operation is BinaryOperator.Less or BinaryOperator.LessOrEqual;
        return isUpper || operation is BinaryOperator.Greater or BinaryOperator.GreaterOrEqual ? column : null;
    }

    private double Compare(CompareNode compare, bool isNegated)
    {
        var operation = isNegated ? Opposite(compare.Operation) : compare.Operation;
        if (JudgeBuilder.ColumnOf(compare.Left) is { } column && _constants.IsConstant(compare.Right))
            return Compare(operation, column, _constants.Evaluate(compare.Right), compare.Operands);
        if (JudgeBuilder.ColumnOf(compare.Right) is { } mirrored && _constants.IsConstant(compare.Left))
            return Compare(JudgeBuilder.Mirror(operation), mirrored, _constants.Evaluate(compare.Left), compare.Operands);
        return operation switch
        {
            BinaryOperator.Equal => Selectivity.EqualGuess,
            BinaryOperator.NotEqual => Selectivity.NotEqualGuess,
            _ => Selectivity.RangeGuess,
        };
    }

    private double Compare(BinaryOperator operation, ColumnNode column, scoped in ExpressionValue constant, ExpressionType operands)
    {
        if (!constant.HasValue)
            return 0; // NULL beside every value, or a failure
        var (known, range) = (Known(column), StatisticsHash.Place(column.Column, operands, constant));
        return operation switch
        {
            BinaryOperator.Equal => Selectivity.Equal(known, range),
            BinaryOperator.NotEqual => Selectivity.NotEqual(known, range),
            BinaryOperator.Less or BinaryOperator.LessOrEqual => Selectivity.Less(known, range, operation == BinaryOperator.LessOrEqual),
            _ => Selectivity.Greater(known, range, operation == BinaryOperator.GreaterOrEqual),
        };
    }

    private double Distinct(DistinctNode node, bool isNegated)
    {
        var column = JudgeBuilder.ColumnOf(node.Left) ?? JudgeBuilder.ColumnOf(node.Right);
        var other = column is not null && JudgeBuilder.ColumnOf(node.Left) == column ? node.Right : node.Left;
        if (column is null || !_constants.IsConstant(other))
            return isNegated ? Selectivity.EqualGuess : Selectivity.NotEqualGuess;
        var constant = _constants.Evaluate(other);
        var same = constant.HasValue ? Selectivity.Equal(Known(column), StatisticsHash.Place(column.Column, node.Operands, constant)) : Selectivity.IsNull(Known(column));
        return isNegated ? same : 1 - same;
    }

    private double Between(BetweenNode node, bool isNegated)
    {
        if (JudgeBuilder.ColumnOf(node.Operand) is not { } column || !_constants.IsConstant(node.Low) || !_constants.IsConstant(node.High))
            return isNegated ? 1 - Selectivity.BetweenGuess : Selectivity.BetweenGuess;
        var low = _constants.Evaluate(node.Low);
        var high = _constants.Evaluate(node.High);
        if (!low.HasValue || !high.HasValue)
            return 0;
        var share = Selectivity.Between(Known(column), StatisticsHash.Place(column.Column, node.Operands, low), StatisticsHash.Place(column.Column, node.Operands, high));
        return isNegated ? Others(column, share) : share;
    }

    private double In(InNode node, bool isNegated)
    {
        if (JudgeBuilder.ColumnOf(node.Operand) is not { } column)
            return isNegated ? 1 - Selectivity.InGuess : Selectivity.InGuess;
        var constants = new HashSet<ZoneRange>();
        foreach (var item in node.Items)
        {
            if (!_constants.IsConstant(item))
                return isNegated ? 1 - Selectivity.InGuess : Selectivity.InGuess;
            var constant = _constants.Evaluate(item);
            if (constant.HasValue)
                constants.Add(StatisticsHash.Place(column.Column, node.Operands, constant));
            else if (isNegated)
                return 0; // not in a list with NULL: never TRUE
        }

        var share = Selectivity.In(Known(column), constants.ToArray());
        return isNegated ? Others(column, share) : share;
    }

    private double Like(LikeNode node, bool isNegated)
    {
        if (JudgeBuilder.ColumnOf(node.Operand) is not { } column || !_constants.IsConstant(node.Pattern))
            return isNegated ? 1 - Selectivity.LikeGuess : Selectivity.LikeGuess;
        var pattern = _constants.Evaluate(node.Pattern);
        if (!pattern.HasValue || !LikePattern.IsWhole(pattern.Bytes, node.Escape))
            return 0;
        var prefix = JudgeBuilder.Prefix(pattern.Bytes, node.Escape, out var rest);
        var share = rest.IsEmpty ? Selectivity.Equal(Known(column), StatisticsHash.Place(column.Column, node.Operand.Type, new ExpressionValue(node.Operand.Type, prefix)))
            : prefix.Length == 0 ? Selectivity.Guess(Known(column), Selectivity.LikeGuess)
            : Selectivity.Prefix(Known(column), prefix) * (rest.SequenceEqual("%"u8) ? 1 : Selectivity.RangeGuess);
        return isNegated ? Others(column, share) : share;
    }

    private double StartsWith(BinaryFunctionNode call, bool isNegated)
    {
        if (JudgeBuilder.ColumnOf(call.First) is not { } column || !_constants.IsConstant(call.Second))
            return isNegated ? 1 - Selectivity.LikeGuess : Selectivity.LikeGuess;
        var prefix = _constants.Evaluate(call.Second);
        if (!prefix.HasValue)
            return 0;
        var share = prefix.Bytes.IsEmpty ? Selectivity.IsNotNull(Known(column)) : Selectivity.Prefix(Known(column), prefix.Bytes);
        return isNegated ? Others(column, share) : share;
    }

    private double Others(ColumnNode column, double share) => Math.Max(Selectivity.IsNotNull(Known(column)) - share, 0);

    private static BinaryOperator Opposite(BinaryOperator operation) => operation switch
    {
        BinaryOperator.Equal => BinaryOperator.NotEqual,
        BinaryOperator.NotEqual => BinaryOperator.Equal,
        BinaryOperator.Less => BinaryOperator.GreaterOrEqual,
        BinaryOperator.LessOrEqual => BinaryOperator.Greater,
        BinaryOperator.Greater => BinaryOperator.LessOrEqual,
        BinaryOperator.GreaterOrEqual => BinaryOperator.Less,
        _ => operation,
    };
}
