namespace Helios.Pipeline.Storage;

/// <summary>Text: [-]digits[.digits], read with an exponent too.</summary>
internal readonly partial struct Numeric38
{
    /// <summary>Characters of the longest text of <see cref="Format"/>: sign, 0, point, 38 digits.</summary>
    public const int MaxTextBytes = 41;

    /// <summary>Reads digits with a sign, a point and an exponent where there are any; every digit counts, 1.00 has a scale of 2.</summary>
    /// <returns>False where it is no number, or needs more than 38 digits or a scale beyond 38.</returns>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out Numeric38 value)
    {
        value = default;
        var at = 0;
        var isNegative = utf8.Length > 0 && utf8[0] == '-';
        if (utf8.Length > 0 && utf8[0] is (byte)'-' or (byte)'+')
            at++;

        UInt128 magnitude = 0;
        var (digits, scale, hasPoint) = (0, 0, false);
        for (; at < utf8.Length; at++)
        {
            if (utf8[at] == '.' && !hasPoint)
            {
                hasPoint = true;
                continue;
            }

            var digit = (uint)(utf8[at] - '0');
            if (digit > 9)
                break;
            if (magnitude >= Powers[MaxDigits - 1])
                return false; // the 39th digit
            magnitude = (magnitude * 10) + digit;
            digits++;
            scale += hasPoint ? 1 : 0;
        }

        if (digits == 0 || !TryParseExponent(utf8[at..], out var exponent))
            return false;
        return TryMake(magnitude, scale - exponent, isNegative, out value);
    }

    /// <summary>Writes the number plain, with its scale; returns the length.</summary>
    public int Format(Span<byte> utf8)
    {
        Span<byte> digits = stackalloc byte[MaxDigits + 1];
        var first = digits.Length;
        var rest = _magnitude;
        while (rest != 0 || digits.Length - first <= _scale)
        {
            (rest, var digit) = UInt128.DivRem(rest, 10);
            digits[--first] = (byte)('0' + (int)digit);
        }

        var at = 0;
        if (_isNegative)
            utf8[at++] = (byte)'-';
        var whole = digits[first..^_scale];
        whole.CopyTo(utf8[at..]);
        at += whole.Length;
        if (_scale > 0)
        {
            utf8[at++] = (byte)'.';
            digits[^_scale..].CopyTo(utf8[at..]);
            at += _scale;
        }

        return at;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> utf8 = stackalloc byte[MaxTextBytes];
        return System.Text.Encoding.ASCII.GetString(utf8[..Format(utf8)]);
    }

    private static bool TryParseExponent(ReadOnlySpan<byte> utf8, out int exponent)
    {
        exponent = 0;
        return utf8.IsEmpty || (utf8[0] is (byte)'e' or (byte)'E' && utf8.Length <= 8
            && System.Buffers.Text.Utf8Parser.TryParse(utf8[1..], out exponent, out var used) && used == utf8.Length - 1);
    }

    /// <summary>Makes a number whose scale may lie outside 0 to 38, if it has an exact form inside.</summary>
    private static bool TryMake(UInt128 magnitude, int scale, bool isNegative, out Numeric38 value)
    {
        value = default;
        for (; scale < 0 && magnitude != 0; scale++)
        {
            if (magnitude >= Powers[MaxDigits - 1])
                return false;
            magnitude *= 10;
        }

        for (; scale > MaxScale; scale--)
        {
            (magnitude, var digit) = UInt128.DivRem(magnitude, 10);
            if (digit != 0)
                return false;
            if (magnitude == 0)
                scale = MaxScale + 1;
        }

        value = new Numeric38(magnitude, Math.Max(scale, 0), isNegative);
        return true;
    }
}
