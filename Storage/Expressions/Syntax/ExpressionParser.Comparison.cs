namespace Helios.Pipeline.Storage;

/// <summary>Comparisons: all on one level, and none follows another without parentheses.</summary>
internal sealed partial class ExpressionParser
{
    private ExpressionSyntax ParseComparison()
    {
        var left = ParseConcatenation();
        var compared = TryParseComparison(left);
        if (compared is null)
            return left;
        if (IsComparison())
            throw ExpressionErrors.At(Current.Start, $"{Current.Describe()} cannot follow another comparison: write parentheses around the first");
        return Bounded(compared);
    }

    private bool IsComparison() => ComparisonOf(Current) is not null || Current.IsWord("IS") || Current.IsWord("BETWEEN") || Current.IsWord("IN")
        || Current.IsWord("LIKE") || (Current.IsWord("NOT") && (Following.IsWord("BETWEEN") || Following.IsWord("IN") || Following.IsWord("LIKE")));

    private ExpressionSyntax? TryParseComparison(ExpressionSyntax left)
    {
        var position = Current.Start;
        if (ComparisonOf(Current) is { } comparison)
        {
            _at++;
            return new BinarySyntax(comparison, left, ParseConcatenation(), position);
        }

        if (TryWord("IS"))
            return ParseIs(left, position);
        if (!IsComparison())
            return Current.IsWord("NOT") ? throw Expected("an operator or the end") : null;
        var isNegated = TryWord("NOT");
        if (TryWord("BETWEEN"))
        {
            var low = ParseConcatenation();
            RequireWord("AND");
            return new BetweenSyntax(left, low, ParseConcatenation(), isNegated, position);
        }

        if (TryWord("IN"))
        {
            RequireSymbol("(");
            return new InSyntax(left, ParseList(), isNegated, position);
        }

        RequireWord("LIKE");
        return new LikeSyntax(left, ParseConcatenation(), TryWord("ESCAPE") ? ParseEscape() : null, isNegated, position);
    }

    private ExpressionSyntax ParseIs(ExpressionSyntax left, int position)
    {
        var isNegated = TryWord("NOT");
        if (TryWord("NULL"))
            return new UnarySyntax(isNegated ? UnaryOperator.IsNotNull : UnaryOperator.IsNull, left, position);
        if (!TryWord("DISTINCT"))
            throw Expected(isNegated ? "NULL or DISTINCT FROM" : "NULL, NOT NULL or [NOT] DISTINCT FROM");
        RequireWord("FROM");
        return new BinarySyntax(isNegated ? BinaryOperator.IsNotDistinctFrom : BinaryOperator.IsDistinctFrom, left, ParseConcatenation(), position);
    }

    private string ParseEscape()
    {
        var escape = Current;
        if (escape.Kind != ExpressionTokenKind.Text || escape.Text.Length == 0 || escape.Text.Length != (char.IsHighSurrogate(escape.Text[0]) ? 2 : 1))
            throw Expected("a text of one character");
        return Take().Text;
    }

    private static BinaryOperator? ComparisonOf(ExpressionToken token) => token.Kind != ExpressionTokenKind.Symbol ? null : token.Text switch
    {
        "=" => BinaryOperator.Equal,
        "<>" or "!=" => BinaryOperator.NotEqual,
        "<" => BinaryOperator.Less,
        "<=" => BinaryOperator.LessOrEqual,
        ">" => BinaryOperator.Greater,
        ">=" => BinaryOperator.GreaterOrEqual,
        _ => null,
    };
}
