using System.Buffers.Binary;
using System.Globalization;

namespace Helios.Pipeline.Storage;

/// <summary>
/// A value as 64 bits whose order is the order of <see cref="ExpressionValue.Compare"/>: where x is less than y, the code of x is not greater.
/// <code>
/// column                              code                                                          equal codes are equal values
/// Boolean, Int2, Int4, Int8, dates,   the number with its sign bit flipped                          yes
/// times, Interval
/// Float4, Float8                      bits of the double; below zero all flipped, else the sign     yes
///                                     bit; -0 as +0; one NaN, last
/// Numeric                             2^63 ± (38 + e) · 2^56 ± d1…d16, where the value is           no
///                                     ± 0.d1d2… × 10^e; 2^63 for zero
/// Varchar, Text, Bytea, Uuid          the first 8 bytes, big-endian, zeros behind a shorter one     no
/// Char                                the same, without trailing blanks                             no
/// Json, Jsonb, Array, Vector          none: they are never compared
/// </code>
/// Stored in the histograms of statistics alone, whose format covers it (<see cref="StatisticsCodec"/>): whoever changes a code makes a new format there.
/// </summary>
internal static class ZoneCode
{
    /// <summary>The code of every zero.</summary>
    public const ulong Zero = 1UL << 63;

    private const int NumericDigits = 16; // 10^16 is below 2^56, and what is left holds a sign and 76 exponents
    private const int NumericDigitBits = 56;

    public static bool IsDefined(ColumnType type) => type is not (ColumnType.Json or ColumnType.Jsonb or ColumnType.Array or ColumnType.Vector);

    /// <summary>Are values with one code equal?</summary>
    public static bool IsExact(ColumnType type) =>
        type is not (ColumnType.Numeric or ColumnType.Varchar or ColumnType.Text or ColumnType.Char or ColumnType.Bytea or ColumnType.Uuid) && IsDefined(type);

    /// <summary>The code of a value that is there; <see cref="IsDefined"/> holds for the type.</summary>
    public static ulong Of(ColumnType type, ValueView value) => type switch
    {
        ColumnType.Boolean => Of(value.GetBoolean() ? 1L : 0L),
        ColumnType.Float4 => Of((double)value.GetSingle()),
        ColumnType.Float8 => Of(value.GetDouble()),
        ColumnType.Numeric => Of(value.GetNumeric()),
        ColumnType.Varchar or ColumnType.Text => Of(value.GetUtf8()),
        ColumnType.Char => Of(value.GetUtf8().TrimEnd((byte)' ')),
        ColumnType.Bytea or ColumnType.Uuid => Of(value.GetBytes()),
        _ => Of(value.GetInt64()),
    };

    public static ulong Of(long value) => (ulong)value ^ Zero;

    public static ulong Of(double value) => Of(OrderedDouble.Key(value));

    /// <summary>The double of a code.</summary>
    public static double ToDouble(ulong code) => BitConverter.UInt64BitsToDouble((code & Zero) != 0 ? code ^ Zero : ~code);

    public static ulong Of(in Numeric38 value)
    {
        if (value.IsZero)
            return Zero;
        var digits = value.DigitCount;
        var leading = digits <= NumericDigits
            ? (ulong)value.Magnitude * (ulong)Numeric38.PowerOfTen(NumericDigits - digits)
            : (ulong)(value.Magnitude / Numeric38.PowerOfTen(digits - NumericDigits));
        return OfDigits(leading, digits - value.Scale, value.IsNegative);
    }

    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= sizeof(ulong))
            return BinaryPrimitives.ReadUInt64BigEndian(bytes);
        Span<byte> padded = stackalloc byte[sizeof(ulong)];
        padded.Clear();
        bytes.CopyTo(padded);
        return BinaryPrimitives.ReadUInt64BigEndian(padded);
    }

    /// <summary>Where a finite double stands among the codes of Numerics: those with a lower code are less, those with a higher one greater.</summary>
    /// <remarks>The digits are those of the double itself, all of them: one that was rounded could lie on the other side of a Numeric. Slow: for constants.</remarks>
    public static ulong AmongNumerics(double value)
    {
        if (value == 0)
            return Zero;
        const int mostDigits = 766; // behind the first one: no double has more
        var text = Math.Abs(value).ToString($"E{mostDigits}", CultureInfo.InvariantCulture);
        var leading = ulong.Parse(text.AsSpan(2, NumericDigits - 1), CultureInfo.InvariantCulture)
            + ((ulong)(text[0] - '0') * (ulong)Numeric38.PowerOfTen(NumericDigits - 1));
        var exponent = int.Parse(text.AsSpan(text.IndexOf('E', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture) + 1;
        // No Numeric has an exponent below -37 or above 38: beyond, all that counts is to be outside them.
        return OfDigits(leading, Math.Clamp(exponent, -Numeric38.MaxScale, Numeric38.MaxDigits + 1), value < 0);
    }

    private static ulong OfDigits(ulong leading, int exponent, bool isNegative)
    {
        var distance = ((ulong)(Numeric38.MaxScale + exponent) << NumericDigitBits) | leading;
        return isNegative ? Zero - distance : Zero + distance;
    }
}
