using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Operators whose operands must go together.</summary>
internal sealed partial class ExpressionBinder
{
    private ExpressionNode BindBinary(BinarySyntax binary)
    {
        var (left, right) = (Bind(binary.Left), Bind(binary.Right));
        if (binary.Operator <= BinaryOperator.Modulo)
            return BindArithmetic(binary, left, right);
        ExpressionNode[] sides = [left, right];
        var type = Unify(sides, ExpressionPrinter.Symbol(binary.Operator), isCompared: true, binary.Position);
        return binary.Operator is BinaryOperator.IsDistinctFrom or BinaryOperator.IsNotDistinctFrom
            ? new DistinctNode(sides[0], sides[1], type, binary.Operator == BinaryOperator.IsNotDistinctFrom, binary.Position)
            : new CompareNode(binary.Operator, sides[0], sides[1], type, binary.Position);
    }

    private static ExpressionNode BindArithmetic(BinarySyntax binary, ExpressionNode left, ExpressionNode right)
    {
        var isMinus = binary.Operator == BinaryOperator.Subtract;
        if ((isMinus || binary.Operator == BinaryOperator.Add) && TimeArithmeticNode.ResultOf(left.Type, right.Type, isMinus) is { } time)
            return new TimeArithmeticNode(left, right, isMinus, time, binary.Position);
        if (IsNumberOrNull(left.Type) && IsNumberOrNull(right.Type) && ExpressionTypes.Common(left.Type, right.Type) is { } type)
            return new ArithmeticNode(binary.Operator, ExpressionConversion.To(type, left), ExpressionConversion.To(type, right), type, binary.Position);
        throw ExpressionErrors.At(binary.Position, $"{ExpressionPrinter.Symbol(binary.Operator)} does not go with {left.Type} and {right.Type}");
    }

    private BetweenNode BindBetween(BetweenSyntax between)
    {
        ExpressionNode[] all = [Bind(between.Operand), Bind(between.Low), Bind(between.High)];
        var type = Unify(all, "BETWEEN", isCompared: true);
        return new BetweenNode(all[0], all[1], all[2], type, between.IsNegated, between.Position);
    }

    private InNode BindIn(InSyntax inside)
    {
        ExpressionNode[] all = [Bind(inside.Operand), .. Bind(inside.Items)];
        var type = Unify(all, "IN", isCompared: true);
        return new InNode(all[0], all[1..], type, inside.IsNegated, inside.Position);
    }

    private LikeNode BindLike(LikeSyntax like)
    {
        var (text, pattern) = (BindText(like.Operand, "LIKE"), BindText(like.Pattern, "LIKE"));
        var escape = like.Escape is null ? [] : Encoding.UTF8.GetBytes(like.Escape);
        if (pattern is LiteralNode { Type: ExpressionType.Text } && !LikePattern.IsWhole(pattern.Evaluate(default).Bytes, escape))
            throw ExpressionErrors.At(like.Pattern.Position, "the pattern ends with its escape character");
        return new LikeNode(text, pattern, escape, like.IsNegated, like.Position);
    }

    private ExpressionNode BindText(ExpressionSyntax syntax, string owner) => AsText(Bind(syntax), owner);

    private static ExpressionNode AsText(ExpressionNode node, string owner) => node.Type.IsText() || node.Type == ExpressionType.Null
        ? ExpressionConversion.To(ExpressionType.Text, node)
        : throw Mismatch(node.Position, owner, "Text", node.Type);

    private static bool IsNumberOrNull(ExpressionType type) => type.IsNumber() || type == ExpressionType.Null;

    /// <summary>Gives all nodes the one type in which they go together.</summary>
    /// <param name="nodes">One or more; those of another type are replaced.</param>
    /// <param name="owner">For the message.</param>
    /// <param name="isCompared">Are the values compared, or is one of them chosen?</param>
    /// <param name="position">What the message names; where it is not given, the node that does not go with those before it.</param>
    private static ExpressionType Unify(ExpressionNode[] nodes, string owner, bool isCompared, int? position = null)
    {
        var type = ExpressionType.Null;
        var hasChar = false;
        foreach (var node in nodes)
        {
            // A choice of arrays would have to know what they hold; nobody has needed one yet.
            if (isCompared ? !node.Type.IsComparable() : node.Type == ExpressionType.Array)
                throw ExpressionErrors.At(position ?? node.Position, $"{owner} does not take {node.Type}");
            type = ExpressionTypes.Common(type, node.Type)
                ?? throw ExpressionErrors.At(position ?? node.Position, $"{owner} does not go with {type} and {node.Type}{LiteralAdvice.For(nodes, type == ExpressionType.Text ? node.Type : type)}");
            hasChar |= node.Type == ExpressionType.Char;
        }

        if (isCompared && hasChar)
            return ExpressionType.Char; // compares both sides without trailing blanks; nothing needs converting
        for (var i = 0; i < nodes.Length; i++)
            nodes[i] = ExpressionConversion.To(type, nodes[i]);
        return type;
    }
}
