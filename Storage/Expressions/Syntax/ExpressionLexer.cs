using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Cuts the text of an expression into words.</summary>
internal ref struct ExpressionLexer(string text)
{
    private static readonly string[] s_symbols = ["<=", ">=", "<>", "!=", "||", "(", ")", ",", "+", "-", "*", "/", "%", "=", "<", ">"];

    private readonly string _text = text;
    private int _at = 0;
    private int _counted = 0;
    private int _pairs = 0; // of surrogates before it

    /// <summary>All words, the end among them.</summary>
    /// <exception cref="HeliosException">Invalid: something is no word.</exception>
    public static List<ExpressionToken> Read(string text)
    {
        CheckSurrogates(text);
        var lexer = new ExpressionLexer(text);
        var tokens = new List<ExpressionToken>();
        do
            tokens.Add(lexer.Next());
        while (tokens[^1].Kind != ExpressionTokenKind.End);
        return tokens;
    }

    /// <summary>May stand in a name that is written without quotes.</summary>
    public static bool IsNamePart(char c, bool isFirst) => c == '_' || char.IsLetter(c) || (!isFirst && char.IsDigit(c));

    private ExpressionToken Next()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
        var (start, place) = (_at, PlaceOf(_at));
        if (start == _text.Length)
            return new ExpressionToken(ExpressionTokenKind.End, "", place);
        var c = _text[start];
        if (IsNamePart(c, isFirst: true))
        {
            while (_at < _text.Length && IsNamePart(_text[_at], isFirst: false))
                _at++;
            return new ExpressionToken(ExpressionTokenKind.Word, _text[start.._at], place);
        }

        if (char.IsAsciiDigit(c) || (c == '.' && IsDigit(start + 1)))
            return ReadNumber(start, place);
        return c switch
        {
            '\'' => new ExpressionToken(ExpressionTokenKind.Text, ReadQuoted(start, place), place),
            '"' => new ExpressionToken(ExpressionTokenKind.QuotedName, ReadQuoted(start, place), place),
            _ => ReadSymbol(start, place),
        };
    }

    /// <summary>Which character stands there, from 0: people count one where a text has two surrogates.</summary>
    /// <param name="at">Where it stands; never before the last one that was asked for.</param>
    private int PlaceOf(int at)
    {
        for (; _counted < at; _counted++)
            _pairs += char.IsLowSurrogate(_text[_counted]) ? 1 : 0;
        return at - _pairs;
    }

    private ExpressionToken ReadNumber(int start, int place)
    {
        SkipDigits();
        if (_at < _text.Length && _text[_at] == '.' && IsDigit(_at + 1))
        {
            _at++;
            SkipDigits();
        }

        if (_at < _text.Length && _text[_at] is 'e' or 'E')
        {
            var digits = _at + 1 < _text.Length && _text[_at + 1] is '+' or '-' ? _at + 2 : _at + 1;
            if (IsDigit(digits))
            {
                _at = digits;
                SkipDigits();
            }
        }

        // 1.2.3 and 12abc are no number that somebody meant.
        if (_at < _text.Length && (_text[_at] == '.' || IsNamePart(_text[_at], isFirst: false)))
            throw ExpressionErrors.At(PlaceOf(_at), $"'{_text[_at]}' cannot follow the number '{ExpressionErrors.Excerpt(_text[start.._at])}'");
        return new ExpressionToken(ExpressionTokenKind.Number, _text[start.._at], place);
    }

    /// <summary>What stands between two quotes; a quote in it is written twice.</summary>
    private string ReadQuoted(int start, int place)
    {
        var quote = _text[start];
        var content = new StringBuilder();
        for (_at++; _at < _text.Length; _at++)
        {
            if (_text[_at] == quote)
            {
                _at++;
                if (_at == _text.Length || _text[_at] != quote)
                    return content.ToString();
            }

            content.Append(_text[_at]);
        }

        throw ExpressionErrors.At(place, quote == '"' ? "the name has no closing quote" : "the text has no closing quote");
    }

    private ExpressionToken ReadSymbol(int start, int place)
    {
        var rest = _text.AsSpan(start);
        if (rest.StartsWith("--") || rest.StartsWith("/*"))
            throw ExpressionErrors.At(place, $"'{rest[..2]}' would begin a comment in SQL; expressions have none: write a blank between the two");
        foreach (var symbol in s_symbols)
        {
            if (!rest.StartsWith(symbol))
                continue;
            _at += symbol.Length;
            return new ExpressionToken(ExpressionTokenKind.Symbol, symbol, place);
        }

        throw ExpressionErrors.At(place, $"'{Rune.GetRuneAt(_text, start)}' has no meaning here");
    }

    private void SkipDigits()
    {
        while (IsDigit(_at))
            _at++;
    }

    private readonly bool IsDigit(int at) => at < _text.Length && char.IsAsciiDigit(_text[at]);

    /// <summary>A lone surrogate has no UTF-8 form: such a text could be neither stored nor compared.</summary>
    private static void CheckSurrogates(string text)
    {
        var pairs = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                throw ExpressionErrors.At(i - pairs, "a surrogate stands without its pair");
            i++;
            pairs++;
        }
    }
}
