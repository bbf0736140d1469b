using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Reads the text of an expression; docs/expressions.md has the grammar. Each method is one line of it.</summary>
internal sealed partial class ExpressionParser
{
    /// <summary>Bytes of UTF-8 of the text, and of the text that is written back.</summary>
    public const int MaxTextBytes = 16 * 1024;

    /// <summary>Levels of operators, calls and CASE; binding and evaluation recurse as deep.</summary>
    public const int MaxDepth = 64;

    // What is written back has at most one pair of parentheses for each level, so it can always be read again.
    private const int MaxNesting = 2 * MaxDepth;

    private readonly List<ExpressionToken> _tokens;
    private int _at;
    private int _nesting;

    private ExpressionParser(string text)
    {
        _tokens = ExpressionLexer.Read(text);
    }

    private ExpressionToken Current => _tokens[_at];

    private ExpressionToken Following => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    /// <summary>Reads a whole expression.</summary>
    /// <exception cref="HeliosException">Invalid, <c>invalid_expression</c>: it is none; the message says where, and what was expected.</exception>
    public static ExpressionSyntax Parse(string text) => Parse(text, out _);

    /// <summary>Reads a whole expression and writes it in its one form.</summary>
    public static ExpressionSyntax Parse(string text, out string canonical)
    {
        ArgumentNullException.ThrowIfNull(text);
        CheckLength(text, "the expression");
        var parser = new ExpressionParser(text);
        var whole = parser.ParseOr();
        if (parser.Current.Kind != ExpressionTokenKind.End)
            throw parser.Expected("an operator or the end");
        canonical = ExpressionPrinter.Print(whole);
        CheckLength(canonical, "the expression, written out with blanks and quotes,"); // it is what gets stored
        return whole;
    }

    private static void CheckLength(string text, string what)
    {
        if (text.Length > MaxTextBytes || Encoding.UTF8.GetByteCount(text) > MaxTextBytes)
            throw ExpressionErrors.At(0, $"{what} has more than {MaxTextBytes:N0} bytes");
    }

    private ExpressionSyntax ParseOr()
    {
        var first = ParseAnd();
        return Current.IsWord("OR") ? ParseChain(ChainOperator.Or, first) : first;
    }

    private ExpressionSyntax ParseAnd()
    {
        var first = ParseNot();
        return Current.IsWord("AND") ? ParseChain(ChainOperator.And, first) : first;
    }

    private ExpressionSyntax ParseNot()
    {
        if (!Current.IsWord("NOT"))
            return ParseComparison();
        var position = Take().Start;
        Enter();
        var operand = ParseNot();
        _nesting--;
        return Bounded(new UnarySyntax(UnaryOperator.Not, operand, position));
    }

    private ExpressionSyntax ParseConcatenation()
    {
        var first = ParseSum();
        return Current.IsSymbol("||") ? ParseChain(ChainOperator.Concatenate, first) : first;
    }

    private ChainSyntax ParseChain(ChainOperator chain, ExpressionSyntax first)
    {
        var position = Current.Start;
        var items = new List<ExpressionSyntax> { first };
        while (chain == ChainOperator.Concatenate ? TrySymbol("||") : TryWord(chain == ChainOperator.Or ? "OR" : "AND"))
            items.Add(chain switch { ChainOperator.Or => ParseAnd(), ChainOperator.And => ParseNot(), _ => ParseSum() });
        return Bounded(new ChainSyntax(chain, new SyntaxList(items), position));
    }

    private ExpressionSyntax ParseSum()
    {
        var left = ParseProduct();
        while (Current.IsSymbol("+") || Current.IsSymbol("-"))
        {
            var sign = Take();
            left = Bounded(new BinarySyntax(sign.Text == "+" ? BinaryOperator.Add : BinaryOperator.Subtract, left, ParseProduct(), sign.Start));
        }

        return left;
    }

    private ExpressionSyntax ParseProduct()
    {
        var left = ParseUnary();
        while (Current.IsSymbol("*") || Current.IsSymbol("/") || Current.IsSymbol("%"))
        {
            var sign = Take();
            var operation = sign.Text switch { "*" => BinaryOperator.Multiply, "/" => BinaryOperator.Divide, _ => BinaryOperator.Modulo };
            left = Bounded(new BinarySyntax(operation, left, ParseUnary(), sign.Start));
        }

        return left;
    }

    private ExpressionSyntax ParseUnary()
    {
        if (!Current.IsSymbol("-"))
            return ParsePrimary();
        var position = Take().Start;
        if (Current.Kind == ExpressionTokenKind.Number)
            return ExpressionLiterals.Number("-" + Take().Text, position); // so that the least Integer can be written
        Enter();
        var operand = ParseUnary();
        _nesting--;
        return Bounded(new UnarySyntax(UnaryOperator.Negate, operand, position));
    }

    private TSyntax Bounded<TSyntax>(TSyntax made) where TSyntax : ExpressionSyntax =>
        made.Depth <= MaxDepth ? made : throw ExpressionErrors.At(made.Position, $"the expression has more than {MaxDepth} levels");

    private void Enter()
    {
        if (++_nesting > MaxNesting)
            throw ExpressionErrors.At(Current.Start, $"more than {MaxNesting} parentheses, calls and signs are inside each other");
    }

    private ExpressionToken Take() => _tokens[_at++];

    private bool TryWord(string keyword)
    {
        var isThere = Current.IsWord(keyword);
        _at += isThere ? 1 : 0;
        return isThere;
    }

    private bool TrySymbol(string symbol)
    {
        var isThere = Current.IsSymbol(symbol);
        _at += isThere ? 1 : 0;
        return isThere;
    }

    private void RequireWord(string keyword)
    {
        if (!TryWord(keyword))
            throw Expected(keyword);
    }

    private void RequireSymbol(string symbol)
    {
        if (!TrySymbol(symbol))
            throw Expected($"'{symbol}'");
    }

    private HeliosException Expected(string what) => ExpressionErrors.At(Current.Start, $"expected {what}, found {Current.Describe()}");
}
