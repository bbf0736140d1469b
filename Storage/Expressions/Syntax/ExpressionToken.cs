namespace Helios.Pipeline.Storage;

internal enum ExpressionTokenKind
{
    End,

    /// <summary>A keyword, a column, a function, or the beginning of a typed literal.</summary>
    Word,
    QuotedName,
    Number,
    Text,
    Symbol,
}

/// <summary>One word of an expression.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As written; of a quoted name or text what is between the quotes, each doubled one once.</param>
/// <param name="Start">Its first character, from 0.</param>
internal readonly record struct ExpressionToken(ExpressionTokenKind Kind, string Text, int Start)
{
    public bool IsSymbol(string symbol) => Kind == ExpressionTokenKind.Symbol && Text == symbol;

    public bool IsWord(string keyword) => Kind == ExpressionTokenKind.Word && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    /// <summary>For messages.</summary>
    public string Describe() => Kind switch
    {
        ExpressionTokenKind.End => "the end",
        ExpressionTokenKind.Text => $"the text '{ExpressionErrors.Excerpt(Text)}'",
        ExpressionTokenKind.QuotedName => $"\"{ExpressionErrors.Excerpt(Text)}\"",
        _ => $"'{ExpressionErrors.Excerpt(Text)}'",
    };
}
