namespace Helios.Pipeline.Storage;

/// <summary>One node of a parsed expression. Two are equal if they say the same; where it stands in the text does not count.</summary>
/// <param name="Position">The character of the text that an error names, from 0.</param>
/// <param name="Depth">Levels from here down, this one included.</param>
internal abstract record ExpressionSyntax(int Position, int Depth)
{
    public virtual bool Equals(ExpressionSyntax? other) => other is not null && EqualityContract == other.EqualityContract;

    public override int GetHashCode() => EqualityContract.GetHashCode();
}

/// <summary>A literal.</summary>
/// <param name="Type">Null, Boolean, Integer, Numeric, Float, Text, Bytea, Date to Interval, or Uuid.</param>
/// <param name="Text">The value in its one text form, without quotes; hex for Bytea.</param>
/// <param name="Position">Where it begins.</param>
internal sealed record LiteralSyntax(ExpressionType Type, string Text, int Position) : ExpressionSyntax(Position, 1);

/// <summary>The name of a column.</summary>
internal sealed record NameSyntax(string Name, int Position) : ExpressionSyntax(Position, 1);

/// <summary>An operator with one operand.</summary>
internal sealed record UnarySyntax(UnaryOperator Operator, ExpressionSyntax Operand, int Position)
    : ExpressionSyntax(Position, Operand.Depth + 1);

/// <summary>An operator with two operands.</summary>
internal sealed record BinarySyntax(BinaryOperator Operator, ExpressionSyntax Left, ExpressionSyntax Right, int Position)
    : ExpressionSyntax(Position, Math.Max(Left.Depth, Right.Depth) + 1);

/// <summary>An operator that is written between any number of operands: one level, however many there are.</summary>
internal sealed record ChainSyntax(ChainOperator Operator, SyntaxList Items, int Position) : ExpressionSyntax(Position, Items.Depth + 1);

internal sealed record BetweenSyntax(ExpressionSyntax Operand, ExpressionSyntax Low, ExpressionSyntax High, bool IsNegated, int Position)
    : ExpressionSyntax(Position, Math.Max(Operand.Depth, Math.Max(Low.Depth, High.Depth)) + 1);

internal sealed record InSyntax(ExpressionSyntax Operand, SyntaxList Items, bool IsNegated, int Position)
    : ExpressionSyntax(Position, Math.Max(Operand.Depth, Items.Depth) + 1);

/// <summary>LIKE.</summary>
/// <param name="Operand">The text.</param>
/// <param name="Pattern">What it is compared with.</param>
/// <param name="Escape">One character, or null for none.</param>
/// <param name="IsNegated">NOT LIKE.</param>
/// <param name="Position">Where LIKE, or its NOT, stands.</param>
internal sealed record LikeSyntax(ExpressionSyntax Operand, ExpressionSyntax Pattern, string? Escape, bool IsNegated, int Position)
    : ExpressionSyntax(Position, Math.Max(Operand.Depth, Pattern.Depth) + 1);

/// <summary>CASE.</summary>
/// <param name="Conditions">After WHEN.</param>
/// <param name="Results">After THEN, one for each condition.</param>
/// <param name="Otherwise">After ELSE, or null.</param>
/// <param name="Position">Where CASE stands.</param>
internal sealed record CaseSyntax(SyntaxList Conditions, SyntaxList Results, ExpressionSyntax? Otherwise, int Position)
    : ExpressionSyntax(Position, Math.Max(Math.Max(Conditions.Depth, Results.Depth), Otherwise?.Depth ?? 0) + 1);

/// <summary>A call.</summary>
/// <param name="Function">Its name in lower case.</param>
/// <param name="Arguments">What stands between the parentheses.</param>
/// <param name="Position">Where the name begins.</param>
internal sealed record CallSyntax(string Function, SyntaxList Arguments, int Position) : ExpressionSyntax(Position, Arguments.Depth + 1);

internal enum UnaryOperator
{
    Negate,
    Not,
    IsNull,
    IsNotNull,
}

internal enum BinaryOperator
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    IsDistinctFrom,
    IsNotDistinctFrom,
}

internal enum ChainOperator
{
    Or,
    And,
    Concatenate,
}
