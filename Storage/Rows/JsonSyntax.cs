namespace Helios.Pipeline.Storage;

/// <summary>Checks JSON text without throwing or allocating, as rows from users must be checked.</summary>
internal static class JsonSyntax
{
    /// <summary>Arrays and objects inside one another; a bit each.</summary>
    public const int MaxDepth = 64;

    /// <summary>Digits of an exponent that are still numbers to reckon with.</summary>
    private const int MaxExponentDigits = 6;

    /// <summary>Is this one JSON value, with blanks around it at most?</summary>
    /// <remarks>
    /// Refused besides what RFC 8259 refuses: escaped surrogates without their pair (they have no UTF-8 form),
    /// exponents of more than 6 digits and more than 64 levels. The bytes must be valid UTF-8 already.
    /// </remarks>
    public static bool IsValid(ReadOnlySpan<byte> utf8)
    {
        var at = 0;
        var depth = 0;
        ulong objects = 0; // bit per level: 1 = object, 0 = array
        while (true)
        {
            // Here a value begins.
            SkipBlanks(utf8, ref at);
            if (at == utf8.Length)
                return false;
            switch (utf8[at])
            {
                case (byte)'{':
                case (byte)'[':
                    if (depth == MaxDepth)
                        return false;
                    var isObject = utf8[at++] == '{';
                    objects = isObject ? objects | (1UL << depth) : objects & ~(1UL << depth);
                    depth++;
                    SkipBlanks(utf8, ref at);
                    if (at < utf8.Length && utf8[at] == (isObject ? '}' : ']'))
                        break;
                    if (isObject && !TryName(utf8, ref at))
                        return false;
                    continue;
                case (byte)'"':
                    if (!TryString(utf8, ref at))
                        return false;
                    break;
                case (byte)'t':
                    if (!TryWord(utf8, ref at, "true"u8))
                        return false;
                    break;
                case (byte)'f':
                    if (!TryWord(utf8, ref at, "false"u8))
                        return false;
                    break;
                case (byte)'n':
                    if (!TryWord(utf8, ref at, "null"u8))
                        return false;
                    break;
                default:
                    if (!TryNumber(utf8, ref at))
                        return false;
                    break;
            }

            // Here a value has ended, or stands before the bracket that ends an empty one.
            while (true)
            {
                SkipBlanks(utf8, ref at);
                if (depth == 0)
                    return at == utf8.Length;
                if (at == utf8.Length)
                    return false;
                var inObject = (objects & (1UL << (depth - 1))) != 0;
                var b = utf8[at++];
                if (b == (inObject ? '}' : ']'))
                {
                    depth--;
                    continue;
                }

                if (b != ',')
                    return false;
                if (inObject && !TryName(utf8, ref at))
                    return false;
                break;
            }
        }
    }

    /// <summary>Has the inside of a JSON string that is otherwise sound no escaped surrogate without its pair?</summary>
    public static bool HasPairedSurrogates(ReadOnlySpan<byte> inside)
    {
        for (var at = 0; at < inside.Length;)
            if (inside[at++] == '\\' && !TryEscape(inside, ref at))
                return false;
        return true;
    }

    private static void SkipBlanks(ReadOnlySpan<byte> utf8, ref int at)
    {
        while (at < utf8.Length && utf8[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            at++;
    }

    private static bool TryName(ReadOnlySpan<byte> utf8, ref int at)
    {
        SkipBlanks(utf8, ref at);
        if (at == utf8.Length || utf8[at] != '"' || !TryString(utf8, ref at))
            return false;
        SkipBlanks(utf8, ref at);
        return at < utf8.Length && utf8[at++] == ':';
    }

    private static bool TryWord(ReadOnlySpan<byte> utf8, ref int at, ReadOnlySpan<byte> word)
    {
        if (!utf8[at..].StartsWith(word))
            return false;
        at += word.Length;
        return true;
    }

    private static bool TryString(ReadOnlySpan<byte> utf8, ref int at)
    {
        at++;
        while (at < utf8.Length)
        {
            var b = utf8[at++];
            if (b == '"')
                return true;
            if (b < 0x20)
                return false;
            if (b == '\\' && !TryEscape(utf8, ref at))
                return false;
        }

        return false;
    }

    private static bool TryEscape(ReadOnlySpan<byte> utf8, ref int at)
    {
        if (at == utf8.Length)
            return false;
        var b = utf8[at++];
        if (b != 'u')
            return "\"\\/bfnrt"u8.Contains(b);
        if (!TryUnit(utf8, ref at, out var unit) || char.IsLowSurrogate((char)unit))
            return false;
        if (!char.IsHighSurrogate((char)unit))
            return true;
        if (!utf8[at..].StartsWith("\\u"u8))
            return false;
        at += 2;
        return TryUnit(utf8, ref at, out unit) && char.IsLowSurrogate((char)unit);
    }

    private static bool TryUnit(ReadOnlySpan<byte> utf8, ref int at, out int unit)
    {
        unit = 0;
        if (utf8.Length - at < 4)
            return false;
        for (var end = at + 4; at < end; at++)
        {
            var digit = (char)utf8[at];
            if (!char.IsAsciiHexDigit(digit))
                return false;
            unit = (unit << 4) | (char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return true;
    }

    private static bool TryNumber(ReadOnlySpan<byte> utf8, ref int at)
    {
        if (utf8[at] == '-')
            at++;
        var first = at;
        var whole = TakeDigits(utf8, ref at);
        if (whole == 0 || (whole > 1 && utf8[first] == '0'))
            return false;
        if (at < utf8.Length && utf8[at] == '.')
        {
            at++;
            if (TakeDigits(utf8, ref at) == 0)
                return false;
        }

        if (at < utf8.Length && utf8[at] is (byte)'e' or (byte)'E')
        {
            at++;
            if (at < utf8.Length && utf8[at] is (byte)'+' or (byte)'-')
                at++;
            while (at < utf8.Length - 1 && utf8[at] == '0' && char.IsAsciiDigit((char)utf8[at + 1]))
                at++;
            return TakeDigits(utf8, ref at) is > 0 and <= MaxExponentDigits;
        }

        return true;
    }

    private static int TakeDigits(ReadOnlySpan<byte> utf8, ref int at)
    {
        var start = at;
        while (at < utf8.Length && char.IsAsciiDigit((char)utf8[at]))
            at++;
        return at - start;
    }
}
