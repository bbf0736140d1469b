namespace Helios.Pipeline.Storage;

/// <summary>What stands between operators: literals, columns, calls, CASE, parentheses.</summary>
internal sealed partial class ExpressionParser
{
    private static readonly HashSet<string> s_reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "AND", "BETWEEN", "CASE", "DISTINCT", "ELSE", "END", "ESCAPE", "FALSE", "FROM", "IN", "IS", "LIKE", "NOT", "NULL", "OR", "THEN", "TRUE", "WHEN",
    };

    /// <summary>A column of this name must be quoted.</summary>
    public static bool IsReserved(string word) => s_reserved.Contains(word);

    private ExpressionSyntax ParsePrimary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case ExpressionTokenKind.Number:
                return ExpressionLiterals.Number(Take().Text, token.Start);
            case ExpressionTokenKind.Text:
                return new LiteralSyntax(ExpressionType.Text, Take().Text, token.Start);
            case ExpressionTokenKind.QuotedName:
                return new NameSyntax(Take().Text, token.Start);
            case ExpressionTokenKind.Word:
                return ParseWord(token);
            default:
                if (!TrySymbol("("))
                    throw Expected("a value");
                Enter();
                var inner = ParseOr();
                RequireSymbol(")");
                _nesting--;
                return inner;
        }
    }

    private ExpressionSyntax ParseWord(ExpressionToken word)
    {
        if (TryWord("NULL"))
            return new LiteralSyntax(ExpressionType.Null, "NULL", word.Start);
        if (TryWord("TRUE"))
            return new LiteralSyntax(ExpressionType.Boolean, "TRUE", word.Start);
        if (TryWord("FALSE"))
            return new LiteralSyntax(ExpressionType.Boolean, "FALSE", word.Start);
        if (TryWord("CASE"))
            return ParseCase(word.Start);
        if (IsReserved(word.Text))
            throw Expected("a value");
        _at++;
        if (Current.Kind == ExpressionTokenKind.Text && ExpressionLiterals.TryGetType(word.Text, out var type))
            return ExpressionLiterals.Typed(type, Take().Text, word.Start);
        return TrySymbol("(")
            ? Bounded(new CallSyntax(word.Text.ToLowerInvariant(), TrySymbol(")") ? new SyntaxList([]) : ParseList(), word.Start))
            : new NameSyntax(word.Text, word.Start);
    }

    private CaseSyntax ParseCase(int position)
    {
        Enter();
        var (conditions, results) = (new List<ExpressionSyntax>(), new List<ExpressionSyntax>());
        RequireWord("WHEN");
        do
        {
            conditions.Add(ParseOr());
            RequireWord("THEN");
            results.Add(ParseOr());
        }
        while (TryWord("WHEN"));

        var otherwise = TryWord("ELSE") ? ParseOr() : null;
        if (!TryWord("END"))
            throw Expected(otherwise is null ? "WHEN, ELSE or END" : "END");
        _nesting--;
        return Bounded(new CaseSyntax(new SyntaxList(conditions), new SyntaxList(results), otherwise, position));
    }

    /// <summary>One value or more up to the closing parenthesis, behind the opening one.</summary>
    private SyntaxList ParseList()
    {
        Enter();
        var items = new List<ExpressionSyntax>();
        do
            items.Add(ParseOr());
        while (TrySymbol(","));
        if (!TrySymbol(")"))
            throw Expected("',' or ')'");
        _nesting--;
        return new SyntaxList(items);
    }
}
