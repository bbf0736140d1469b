using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// Writes values so that the order of the bytes is the order of the values, and no key is the beginning of another.
/// <code>
/// component    tag 00 = NULL (nothing follows), 01 = value
/// integers     big-endian at the width of the type, sign bit flipped; dates and ticks too
/// floats       IEEE bits big-endian; positive: sign bit flipped, negative: all bits; -0 as 0; one NaN, behind everything
/// numeric      01 negative (what follows is complemented), 02 zero, 03 positive; then the decimal exponent (1 byte, biased
///              by 128), the significant digits (a byte each, digit plus 1), and 00 as the end
/// text, bytes  00 becomes 00 FF, the end is 00 00
/// uuid         16 bytes
/// </code>
/// </summary>
internal static class OrderedEncoding
{
    public const byte NullTag = 0x00;
    public const byte ValueTag = 0x01;

    public static void Boolean(ByteBuffer into, bool value) => into.Append(value ? (byte)1 : (byte)0);

    public static void Int2(ByteBuffer into, short value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(into.GetSpan(2), (ushort)(value ^ short.MinValue));
        into.Advance(2);
    }

    public static void Int4(ByteBuffer into, int value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(into.GetSpan(4), (uint)(value ^ int.MinValue));
        into.Advance(4);
    }

    public static void Int8(ByteBuffer into, long value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(into.GetSpan(8), (ulong)(value ^ long.MinValue));
        into.Advance(8);
    }

    public static void Single(ByteBuffer into, float value)
    {
        var bits = float.IsNaN(value) ? 0x7fffffffu : BitConverter.SingleToUInt32Bits(value == 0 ? 0f : value);
        bits = (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
        BinaryPrimitives.WriteUInt32BigEndian(into.GetSpan(4), bits);
        into.Advance(4);
    }

    public static void Double(ByteBuffer into, double value)
    {
        var bits = double.IsNaN(value) ? 0x7fff_ffff_ffff_fffful : BitConverter.DoubleToUInt64Bits(value == 0 ? 0d : value);
        bits = (bits & 0x8000_0000_0000_0000) != 0 ? ~bits : bits | 0x8000_0000_0000_0000;
        BinaryPrimitives.WriteUInt64BigEndian(into.GetSpan(8), bits);
        into.Advance(8);
    }

    public static void Numeric(ByteBuffer into, Numeric38 value)
    {
        if (value.Magnitude == 0)
        {
            into.Append(0x02);
            return;
        }

        Span<byte> digits = stackalloc byte[2 * Numeric38.MaxDigits];
        value.WriteAligned(digits);
        var first = digits.IndexOfAnyExcept((byte)0);
        var last = digits.LastIndexOfAnyExcept((byte)0);
        var flip = value.IsNegative ? (byte)0xff : (byte)0;
        into.Append(value.IsNegative ? (byte)0x01 : (byte)0x03);
        into.Append((byte)((byte)(Numeric38.MaxDigits - first + 128) ^ flip));
        for (var i = first; i <= last; i++)
            into.Append((byte)((digits[i] + 1) ^ flip));
        into.Append(flip);
    }

    public static void Bytes(ByteBuffer into, ReadOnlySpan<byte> value)
    {
        int zero;
        while ((zero = value.IndexOf((byte)0)) >= 0)
        {
            into.Append(value[..(zero + 1)]);
            into.Append(0xff);
            value = value[(zero + 1)..];
        }

        into.Append(value);
        into.Append(0);
        into.Append(0);
    }

    public static void Uuid(ByteBuffer into, ReadOnlySpan<byte> value) => into.Append(value);
}
