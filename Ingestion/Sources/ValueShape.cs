using System.Buffers.Text;
using System.Text;

namespace Helios.Pipeline.Ingestion;

/// <summary>What a value, or all values of a column seen so far, look like.</summary>
[Flags]
internal enum ValueShape
{
    /// <summary>Nothing but NULL.</summary>
    None = 0,

    /// <summary>true or false in any case.</summary>
    Boolean = 1,

    /// <summary>An integer of 64 bits.</summary>
    Integer = 2,

    /// <summary>An integer beyond 64 bits, of up to 38 digits.</summary>
    WideInteger = 4,

    /// <summary>Besides the integer shapes: its magnitude is beyond 2^53, so a double may not hold it exactly.</summary>
    InexactInteger = 8,

    /// <summary>A number with fraction or exponent that a double can hold.</summary>
    Float = 16,

    /// <summary>Besides Float: it has an exponent or more than 38 digits, so Numeric cannot take it.</summary>
    FloatBeyondNumeric = 32,

    /// <summary>A day.</summary>
    Date = 64,

    /// <summary>A time of day.</summary>
    Time = 128,

    /// <summary>A date and time without a zone.</summary>
    Timestamp = 256,

    /// <summary>A date and time with a zone.</summary>
    Timestamptz = 512,

    /// <summary>A JSON object or array.</summary>
    Json = 1024,

    /// <summary>Anything else.</summary>
    Text = 2048,
}

/// <summary>Finds the shape of single values.</summary>
internal static class ValueShapes
{
    private const int NumericDigits = 38;

    /// <summary>The shape of a CSV field that is not NULL; quotes around it play no part.</summary>
    public static ValueShape OfText(ReadOnlySpan<byte> value)
    {
        if (Ascii.EqualsIgnoreCase(value, "true"u8) || Ascii.EqualsIgnoreCase(value, "false"u8))
            return ValueShape.Boolean;
        var shape = OfNumber(value);
        return shape != ValueShape.None ? shape : OfString(value);
    }

    /// <summary>The shape of a JSON string: a date or time, or text.</summary>
    public static ValueShape OfString(ReadOnlySpan<byte> value) =>
        Iso8601.Classify(value) is var shape and not ValueShape.None ? shape : ValueShape.Text;

    /// <summary>The shape of a JSON number: one that is too large for a double and for Numeric is text.</summary>
    public static ValueShape OfJsonNumber(ReadOnlySpan<byte> value) =>
        OfNumber(value) is var shape and not ValueShape.None ? shape : ValueShape.Text;

    // Numbers are written as in JSON: no plus, no leading zero, digits on both sides of the point. So what is more
    // likely a name (a postcode, a telephone number) stays text.
    private static ValueShape OfNumber(ReadOnlySpan<byte> value)
    {
        var unsigned = value.StartsWith((byte)'-') ? value[1..] : value;
        var whole = Digits(unsigned);
        if (whole == 0 || (whole > 1 && unsigned[0] == '0'))
            return ValueShape.None;

        var rest = unsigned[whole..];
        if (rest.IsEmpty)
            return OfInteger(value, whole);

        var fraction = 0;
        if (rest[0] == '.')
        {
            fraction = Digits(rest[1..]);
            if (fraction == 0)
                return ValueShape.None;
            rest = rest[(1 + fraction)..];
        }

        var hasExponent = !rest.IsEmpty;
        if (hasExponent && !IsExponent(rest))
            return ValueShape.None;
        if (!Utf8Parser.TryParse(value, out double number, out var used) || used != value.Length || !double.IsFinite(number))
            return ValueShape.None;
        return hasExponent || whole + fraction > NumericDigits ? ValueShape.Float | ValueShape.FloatBeyondNumeric : ValueShape.Float;
    }

    private static ValueShape OfInteger(ReadOnlySpan<byte> value, int digits)
    {
        const long LargestExact = 1L << 53;
        if (Utf8Parser.TryParse(value, out long number, out var used) && used == value.Length)
            return number is >= -LargestExact and <= LargestExact ? ValueShape.Integer : ValueShape.Integer | ValueShape.InexactInteger;
        return digits <= NumericDigits ? ValueShape.WideInteger | ValueShape.InexactInteger : ValueShape.None;
    }

    private static bool IsExponent(ReadOnlySpan<byte> rest)
    {
        if (rest[0] is not ((byte)'e' or (byte)'E'))
            return false;
        rest = rest[1..];
        if (rest is [(byte)'+' or (byte)'-', ..])
            rest = rest[1..];
        return !rest.IsEmpty && Digits(rest) == rest.Length;
    }

    private static int Digits(ReadOnlySpan<byte> value)
    {
        var end = value.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return end < 0 ? value.Length : end;
    }
}
