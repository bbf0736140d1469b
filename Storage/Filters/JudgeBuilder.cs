namespace Helios.Pipeline.Storage;

/// <summary>Makes the judge of a condition from its nodes. What it does not know may give anything.</summary>
internal sealed partial class JudgeBuilder(EvaluationContext? context)
{
    private readonly EvaluationContext _context = context.GetValueOrDefault();
    private readonly bool _hasContext = context is not null;

    /// <summary>Ordinals of columns whose zones are looked at.</summary>
    public SortedSet<int> ZoneColumns { get; } = [];

    /// <summary>Ordinals of columns whose bloom filters are looked at, where there are some.</summary>
    public SortedSet<int> BloomColumns { get; } = [];

    public JudgeNode Build(ExpressionNode node)
    {
        if (IsConstant(node))
            return Fixed(Evaluate(node));
        return node switch
        {
            ColumnNode { Type: ExpressionType.Boolean } column => Compare(BinaryOperator.Equal, column, ExpressionValue.Of(true), ExpressionType.Boolean),
            NotNode not => new NotJudge(Build(not.Operand)),
            JunctionNode junction => Junction(junction),
            CompareNode compare => Compare(compare.Operation, compare.Left, compare.Right, compare.Operands),
            DistinctNode distinct => Distinct(distinct),
            BetweenNode between => Negated(between.IsNegated, new JunctionJudge(
                [
                    Compare(BinaryOperator.GreaterOrEqual, between.Operand, between.Low, between.Operands),
                    Compare(BinaryOperator.LessOrEqual, between.Operand, between.High, between.Operands),
                ], isOr: false)),
            InNode inside => Negated(inside.IsNegated, In(inside)),
            LikeNode like => Negated(like.IsNegated, Like(like)),
            NullTestNode test => NullTest(test),
            BinaryFunctionNode call when call.Function == ScalarFunctions.StartsWith => StartsWith(call),
            _ => FixedJudge.Unknown,
        };
    }

    private static JudgeNode Negated(bool isNegated, JudgeNode node) => isNegated ? new NotJudge(node) : node;

    private static FixedJudge Fixed(scoped in ExpressionValue value)
    {
        if (value.IsFailure)
            return FixedJudge.Unknown; // a row has to be looked at, so that the failure is raised
        return new FixedJudge(value.HasValue ? OutcomeLogic.Of(value.Boolean) : Outcomes.Null);
    }

    private JunctionJudge Junction(JunctionNode junction)
    {
        var items = new JudgeNode[junction.Items.Length];
        for (var i = 0; i < items.Length; i++)
            items[i] = Build(junction.Items[i]);
        return new JunctionJudge(items, junction.IsOr);
    }

    private JudgeNode NullTest(NullTestNode test)
    {
        if (ColumnOf(test.Operand) is { } column)
        {
            ZoneColumns.Add(column.Ordinal);
            return new NullJudge(column.Ordinal, test.IsNegated);
        }

        return test.Operand.Type == ExpressionType.Boolean && Build(test.Operand) is var operand && operand != FixedJudge.Unknown
            ? new NullConditionJudge(operand, test.IsNegated) : FixedJudge.Unknown;
    }

    /// <summary>The column that a node gives, as it is or converted; null where it gives something else.</summary>
    public static ColumnNode? ColumnOf(ExpressionNode node) => node as ColumnNode ?? (node as ConvertNode)?.Operand as ColumnNode;

    /// <summary>Is it the same in every row of the statement? uuid() never is.</summary>
    public bool IsConstant(ExpressionNode node) => node switch
    {
        LiteralNode => true,
        ConvertNode convert => IsConstant(convert.Operand),
        NegateNode negate => IsConstant(negate.Operand),
        ArithmeticNode sum => IsConstant(sum.Left) && IsConstant(sum.Right),
        TimeArithmeticNode sum => IsConstant(sum.Left) && IsConstant(sum.Right),
        NotNode not => IsConstant(not.Operand),
        CompareNode compare => IsConstant(compare.Left) && IsConstant(compare.Right),
        NullTestNode test => IsConstant(test.Operand),
        BinaryFunctionNode call => IsConstant(call.First) && IsConstant(call.Second),
        ContextNode => _hasContext && node.Type != ExpressionType.Uuid,
        _ => false,
    };

    public ExpressionValue Evaluate(ExpressionNode node) => node.Evaluate(new EvaluationFrame(default, default, _context));
}
