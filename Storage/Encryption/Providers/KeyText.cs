namespace Helios.Pipeline.Storage;

/// <summary>A key as people keep it: 32 raw bytes or 64 hex digits, a newline behind it or not.</summary>
internal static class KeyText
{
    /// <summary>Longest form: 64 digits and a newline of two characters.</summary>
    public const int MaxLength = 2 * KekId.KeySize + 2;

    /// <param name="text">What was given; never part of an error.</param>
    /// <param name="raw">Are 32 raw bytes a key too?</param>
    /// <param name="where">The place, for the error.</param>
    /// <exception cref="HeliosException">Invalid <c>invalid_key</c>.</exception>
    public static SecretBytes Parse(ReadOnlySpan<byte> text, bool raw, string where)
    {
        // Exactly 32 bytes are a raw key, also when the last of them happens to be a line feed.
        var trimmed = raw && text.Length == KekId.KeySize ? text : TrimNewline(text);
        if (trimmed.Length == 2 * KekId.KeySize)
            return ParseHex(trimmed, where);
        if (!raw || trimmed.Length != KekId.KeySize)
        {
            throw Invalid(where, trimmed.Length == KekId.KeySize && IsHex(trimmed)
                ? "32 hex digits are a key of 16 bytes"
                : $"it has {(text.Length > MaxLength ? "more than " + MaxLength : trimmed.Length)} bytes", raw);
        }

        // Random bytes that are all hex digits do not occur; a key of 128 bits in hex does.
        if (IsHex(trimmed))
            throw Invalid(where, "32 hex digits are a key of 16 bytes", raw);
        return new SecretBytes(trimmed);
    }

    private static SecretBytes ParseHex(ReadOnlySpan<byte> digits, string where)
    {
        var key = new SecretBytes(KekId.KeySize);
        if (Convert.FromHexString(digits, key.Span, out _, out _) == System.Buffers.OperationStatus.Done)
            return key;
        key.Dispose();
        throw Invalid(where, "it has 64 characters that are not all hex digits", raw: false);
    }

    private static ReadOnlySpan<byte> TrimNewline(ReadOnlySpan<byte> text)
    {
        if (text.EndsWith("\n"u8))
            text = text[..^1];
        return text.EndsWith("\r"u8) ? text[..^1] : text;
    }

    private static bool IsHex(ReadOnlySpan<byte> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiHexDigit((char)c))
                return false;
        }

        return true;
    }

    private static HeliosException Invalid(string where, string what, bool raw) => new(HeliosErrorKind.Invalid, "invalid_key",
        $"{where}: no key for AES-256: {what}. It must be {(raw ? "32 raw bytes or " : "")}64 hex digits. Nothing was changed.");
}
