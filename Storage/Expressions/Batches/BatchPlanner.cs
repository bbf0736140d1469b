namespace Helios.Pipeline.Storage;

/// <summary>Chooses for each part of a condition how it is evaluated over a batch. What no kernel does stays a node, evaluated row by row.</summary>
internal sealed partial class BatchPlanner(ColumnOffsets offsets)
{
    /// <summary>Ranges that a list is compared with one after the other; a longer list is looked up in.</summary>
    private const int MaxRanges = 8;

    private readonly List<ColumnNumbers> _numbers = [];

    /// <summary>The columns that the items read as integers.</summary>
    public ColumnNumbers[] Numbers => [.. _numbers];

    /// <summary>Parts of the condition that no kernel does.</summary>
    public int ItemsByRow { get; private set; }

    public BatchItem PlanCondition(CompiledExpression condition)
    {
        var item = Plan(condition.Root);
        // A source of UUIDs gives another one at each call: the calls must come row by row, as they do where one item alone makes them.
        return condition.IsDeterministic || ItemsByRow < 2 ? item : new RowItem(condition.Root);
    }

    private BatchItem Plan(ExpressionNode node) => node switch
    {
        JunctionNode junction => PlanJunction(junction),
        NotNode not => PlanNot(not),
        NullTestNode { Operand: ColumnNode column } test => new NullTestItem(offsets.SlotOf(column.Ordinal), test.IsNegated),
        ColumnNode { Type: ExpressionType.Boolean } column => new RangeItem(NumbersOf(column, column.Type), [LongRange.Between(1, 1)], isNegated: false, hasNull: false, new RowItem(node)),
        LiteralNode => new ConstantItem(node.Evaluate(default) is { HasValue: true } value ? value.Boolean : null),
        CompareNode compare => PlanCompare(compare),
        BetweenNode between => PlanBetween(between),
        InNode inside => PlanIn(inside),
        DistinctNode distinct => PlanDistinct(distinct),
        LikeNode like => PlanLike(like),
        BinaryFunctionNode call => PlanCall(call),
        _ => null,
    } ?? ByRow(node);

    private RowItem ByRow(ExpressionNode node)
    {
        ItemsByRow++;
        return new RowItem(node);
    }

    private BatchItem PlanJunction(JunctionNode junction)
    {
        var items = new BatchItem[junction.Items.Length];
        for (var i = 0; i < items.Length; i++)
            items[i] = Plan(junction.Items[i]);
        if (!Array.TrueForAll(items, item => item is RowItem))
            return new JunctionItem(items, junction.IsOr);
        ItemsByRow -= items.Length - 1;
        return new RowItem(junction); // row by row anyway: in one go
    }

    private BatchItem PlanNot(NotNode not)
    {
        var operand = Plan(not.Operand);
        return operand is RowItem ? new RowItem(not) : new NotItem(operand);
    }

    private BatchItem? PlanCompare(CompareNode compare) =>
        PlanRange(compare, compare.Left, compare.Right) ?? PlanRange(compare, compare.Right, compare.Left) ?? PlanPair(compare) ?? PlanTextCompare(compare);

    private BatchItem? PlanBetween(BetweenNode between)
    {
        var needsContext = false;
        return ConstantRange.ColumnOf(between.Operand) is { } column
            && ConstantRange.IsConstant(between.Low, ref needsContext) && ConstantRange.IsConstant(between.High, ref needsContext)
            ? PlanRange(between, column, between.Operand, needsContext)
            : PlanTextBetween(between);
    }

    private BatchItem? PlanRange(CompareNode compare, ExpressionNode side, ExpressionNode constant)
    {
        var needsContext = false;
        return ConstantRange.ColumnOf(side) is { } column && ConstantRange.IsConstant(constant, ref needsContext)
            ? PlanRange(compare, column, side, needsContext)
            : null;
    }

    private BatchItem? PlanRange(ExpressionNode node, ColumnNode column, ExpressionNode side, bool needsContext)
    {
        var numbers = NumbersOf(column, column.Type);
        if (needsContext && side is ColumnNode)
            return new MomentItem(numbers, new RowItem(node));
        return !needsContext && ConstantRange.TryMake(node, default, out var range, out var isNegated)
            ? new RangeItem(numbers, [range], isNegated, hasNull: false, new RowItem(node))
            : null;
    }

    private BatchItem? PlanPair(CompareNode compare)
    {
        // Integer against Numeric is left to the nodes: no integer of 64 bits holds both.
        if (compare.Operands == ExpressionType.Numeric || ConstantRange.ColumnOf(compare.Left) is not { } left || ConstantRange.ColumnOf(compare.Right) is not { } right)
            return null;
        var (a, b) = (NumbersOf(left, compare.Operands), NumbersOf(right, compare.Operands));
        var byRow = new RowItem(compare);
        return compare.Operation switch
        {
            BinaryOperator.Equal => new PairItem<EqualPair>(a, b, false, byRow),
            BinaryOperator.NotEqual => new PairItem<EqualPair>(a, b, true, byRow),
            BinaryOperator.Less => new PairItem<LessPair>(a, b, false, byRow),
            BinaryOperator.GreaterOrEqual => new PairItem<LessPair>(a, b, true, byRow),
            BinaryOperator.Greater => new PairItem<LessPair>(b, a, false, byRow),
            _ => new PairItem<LessPair>(b, a, true, byRow),
        };
    }

    private BatchItem? PlanIn(InNode inside)
    {
        if (ConstantRange.ColumnOf(inside.Operand) is not { } column)
            return PlanTextIn(inside);
        var ranges = new List<LongRange>();
        var hasNull = false;
        foreach (var item in inside.Items)
        {
            var needsContext = false;
            if (!ConstantRange.IsConstant(item, ref needsContext) || needsContext || item.Evaluate(default).IsFailure)
                return null;
            if (ConstantRange.TryBounds(inside.Operand, item, default, out var first, out var behind))
                ranges.Add(LongRange.Between(first, behind - 1));
            else
                hasNull = true;
        }

        ranges.RemoveAll(range => range.IsEmpty);
        var numbers = NumbersOf(column, column.Type);
        if (ranges.Count <= MaxRanges)
            return new RangeItem(numbers, [.. ranges], inside.IsNegated, hasNull, new RowItem(inside));
        return ranges.TrueForAll(range => range.Width == 0)
            ? new MemberItem(numbers, [.. ranges.Select(range => range.Low)], inside.IsNegated, hasNull, new RowItem(inside))
            : null;
    }

    private BatchItem? PlanDistinct(DistinctNode distinct)
    {
        // The equality with the same operands has a kernel, or this has none either.
        var isTurned = distinct.Left is not (ColumnNode or ConvertNode { Operand: ColumnNode });
        var (side, constant) = isTurned ? (distinct.Right, distinct.Left) : (distinct.Left, distinct.Right);
        var needsContext = false;
        if (!ConstantRange.IsConstant(constant, ref needsContext) || needsContext || !constant.Evaluate(default).HasValue)
            return null;
        return PlanCompare(new CompareNode(BinaryOperator.Equal, side, constant, distinct.Operands, distinct.Position)) is { } equal
            ? new DistinctItem(equal, distinct.IsNegated)
            : null;
    }

    private ColumnNumbers NumbersOf(ColumnNode column, ExpressionType comparedAs)
    {
        var form = column.Column.Type switch
        {
            ColumnType.Boolean => NumberForm.Boolean,
            ColumnType.Float4 => NumberForm.Float4,
            ColumnType.Float8 => NumberForm.Float8,
            _ => comparedAs == ExpressionType.Float ? NumberForm.IntegerAsFloat : NumberForm.Integer,
        };
        var slot = offsets.SlotOf(column.Ordinal);
        var numbers = _numbers.Find(other => other.Slot == slot && other.Form == form);
        if (numbers is null)
            _numbers.Add(numbers = new ColumnNumbers(slot, form));
        return numbers;
    }
}
