using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// Key components whose byte order is the order of their values, and of which none is the beginning of another.
/// <code>
/// component   tag 0 = NULL, or tag 1 and a body
/// Boolean     1 byte
/// integers    big-endian in the width of the type, sign bit flipped
/// floats      big-endian bits; positive: sign bit flipped; negative: all bits flipped; -0 as +0; one NaN, last
/// Numeric     0x80 for zero; else 0x80 ± (38 + e) and 16 bytes, where the value is ± 0.d1d2...d38 × 10^e
///             and the 16 bytes are d1...d38 as one big-endian integer; all bits flipped if negative
/// bytes       each 0x00 as 0x00 0xFF, then 0x00 0x00
/// list        per element tag 1 = NULL, or tag 2 and a body; then 0x00
/// </code>
/// Escaped bytes: where two differ first, either both bytes are plain and decide, or one side has 0x00 there. That 0x00
/// begins the end (0x00 0x00) or a zero byte (0x00 0xFF): the end sorts before every plain byte but 0x00, and before
/// 0x00 0xFF by its second byte. No end stands inside an escaped run, so no component is the beginning of another, and
/// components one after the other compare component by component. The same holds for the 0x00 that ends a list.
/// </summary>
internal static class OrderedEncoding
{
    public const byte NullTag = 0;
    public const byte ValueTag = 1;
    public const byte ListEnd = 0;
    public const byte ListNullTag = 1;
    public const byte ListValueTag = 2;

    /// <summary>The first byte of zero, in the middle between negative and positive numbers.</summary>
    private const byte NumericZero = 0x80;

    public static void AppendInt16(ByteBuffer into, short value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(into.GetSpan(2), (ushort)(value ^ short.MinValue));
        into.Advance(2);
    }

    public static void AppendInt32(ByteBuffer into, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(into.GetSpan(4), value ^ int.MinValue);
        into.Advance(4);
    }

    public static void AppendInt64(ByteBuffer into, long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(into.GetSpan(8), value ^ long.MinValue);
        into.Advance(8);
    }

    public static void AppendSingle(ByteBuffer into, float value)
    {
        // The canonical NaN of the CLR has its sign bit set, which would sort it first.
        var bits = float.IsNaN(value) ? 0x7fc0_0000u : value == 0 ? 0u : BitConverter.SingleToUInt32Bits(value);
        BinaryPrimitives.WriteUInt32BigEndian(into.GetSpan(4), (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000);
        into.Advance(4);
    }

    public static void AppendDouble(ByteBuffer into, double value)
    {
        const ulong sign = 1UL << 63;
        var bits = double.IsNaN(value) ? 0x7ff8_0000_0000_0000 : value == 0 ? 0 : BitConverter.DoubleToUInt64Bits(value);
        BinaryPrimitives.WriteUInt64BigEndian(into.GetSpan(8), (bits & sign) != 0 ? ~bits : bits | sign);
        into.Advance(8);
    }

    public static void AppendNumeric(ByteBuffer into, in Numeric38 value)
    {
        if (value.IsZero)
        {
            into.Append(NumericZero);
            return;
        }

        var digits = value.DigitCount;
        var exponent = digits - value.Scale;              // -37 to 38
        var header = Numeric38.MaxScale + exponent;       // 1 to 76
        var mantissa = value.Magnitude * Numeric38.PowerOfTen(Numeric38.MaxDigits - digits); // 38 digits: the scale is gone
        var at = into.GetSpan(17);
        at[0] = (byte)(value.IsNegative ? NumericZero - header : NumericZero + header);
        BinaryPrimitives.WriteUInt128BigEndian(at[1..], value.IsNegative ? ~mantissa : mantissa);
        into.Advance(17);
    }

    /// <summary>Appends bytes of any length, escaped and ended.</summary>
    public static void AppendBytes(ByteBuffer into, ReadOnlySpan<byte> value)
    {
        int zero;
        while ((zero = value.IndexOf((byte)0)) >= 0)
        {
            into.Append(value[..zero]);
            into.Append([0x00, 0xff]);
            value = value[(zero + 1)..];
        }

        var at = into.GetSpan(value.Length + 2);
        value.CopyTo(at);
        at[value.Length] = 0;
        at[value.Length + 1] = 0;
        into.Advance(value.Length + 2);
    }
}
