namespace Helios.Pipeline.Storage;

/// <summary>What is wrong with the text of an expression, and where.</summary>
internal static class ExpressionErrors
{
    /// <param name="position">The character, from 0; people count from 1.</param>
    /// <param name="what">What is wrong, without a full stop.</param>
    public static HeliosException At(int position, string what) =>
        new(HeliosErrorKind.Invalid, "invalid_expression", $"The expression is wrong at position {position + 1}: {what}.");

    /// <summary>Text of a message that quotes what a user wrote, and never all of a long text.</summary>
    public static string Excerpt(string text)
    {
        const int limit = 40;
        if (text.Length <= limit)
            return text;
        return text[..(char.IsHighSurrogate(text[limit - 1]) ? limit - 1 : limit)] + "...";
    }
}
