using System.Text.Unicode;

namespace Helios.Pipeline.Storage;

/// <summary>A password as people keep it: UTF-8 text, a newline behind it or not.</summary>
internal static class PasswordText
{
    /// <summary>More than anybody types, and less than a file that was named by mistake.</summary>
    public const int MaxLength = 1_024;

    /// <param name="text">What was given; never part of an error.</param>
    /// <param name="where">The place, for the error.</param>
    /// <exception cref="HeliosException">Invalid <c>invalid_key</c>.</exception>
    public static SecretBytes Parse(ReadOnlySpan<byte> text, string where)
    {
        if (text.EndsWith("\n"u8))
            text = text[..^1];
        if (text.EndsWith("\r"u8))
            text = text[..^1];
        if (text.IsEmpty)
            throw Invalid(where, "it is empty");
        if (text.Length > MaxLength)
            throw Invalid(where, $"it has more than {MaxLength} bytes");
        if (text.ContainsAny("\n\r\0"u8) || !Utf8.IsValid(text))
            throw Invalid(where, "it is no single line of UTF-8");
        return new SecretBytes(text);
    }

    private static HeliosException Invalid(string where, string what) =>
        new(HeliosErrorKind.Invalid, "invalid_key", $"{where}: no password: {what}. Nothing was changed.");
}
