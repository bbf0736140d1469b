namespace Helios.Pipeline.Storage.Tests;

/// <summary>What an expression cannot compute.</summary>
internal sealed class OracleFailure : Exception;

/// <summary>The kinds of values of the oracle; numbers in the order in which one holds the other.</summary>
internal enum Kind
{
    Null,
    Integer,
    Numeric,
    Float,
    Text,
    Boolean,
}

/// <summary>An expression as text, and what it means as a function of the row's values: bool, long, decimal, double, string or null.</summary>
/// <param name="Text">In parentheses wherever that could matter.</param>
/// <param name="Kind">Of its values.</param>
/// <param name="IsBlankPadded">Do trailing blanks not compare?</param>
/// <param name="Value">Throws <see cref="OracleFailure"/>.</param>
internal sealed record OracleExpression(string Text, Kind Kind, bool IsBlankPadded, Func<object?[], object?> Value)
{
    public OracleExpression(string text, Kind kind, Func<object?[], object?> value) : this(text, kind, false, value)
    {
    }

    /// <summary>The text without trailing blanks where they do not compare.</summary>
    public string? Plain(object?[] row)
    {
        var text = (string?)Value(row);
        return IsBlankPadded ? text?.TrimEnd(' ') : text;
    }
}
