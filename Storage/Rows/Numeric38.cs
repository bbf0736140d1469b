using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>An exact decimal of up to 38 digits: magnitude / 10^scale. Keeps its scale: 1.0 and 1.00 print differently and compare equal.</summary>
internal readonly struct Numeric38 : IComparable<Numeric38>
{
    public const int MaxDigits = 38;

    private static readonly UInt128 s_limit = Power(MaxDigits);

    public Numeric38(UInt128 magnitude, int scale, bool isNegative)
    {
        if (magnitude >= s_limit || scale is < 0 or > MaxDigits)
            throw new ArgumentOutOfRangeException(nameof(magnitude), "A Numeric has up to 38 digits and a scale of 0 to 38.");
        Magnitude = magnitude;
        Scale = (byte)scale;
        IsNegative = isNegative && magnitude != 0;
    }

    public UInt128 Magnitude { get; }

    /// <summary>Digits behind the point, 0 to 38.</summary>
    public byte Scale { get; }

    public bool IsNegative { get; }

    /// <summary>Reads content of the ext token: scale and sign, then the digits' integer.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> content, out Numeric38 value)
    {
        value = default;
        if (content.Length is < 1 or > 17)
            return false;
        var scale = content[0] & 0x7f;
        Span<byte> digits = stackalloc byte[16];
        digits.Clear();
        content[1..].CopyTo(digits[(17 - content.Length)..]);
        var magnitude = BinaryPrimitives.ReadUInt128BigEndian(digits);
        var negative = (content[0] & 0x80) != 0;
        // One form only: no leading zero byte, no negative zero.
        if (magnitude >= s_limit || scale > MaxDigits || (content.Length > 1 && content[1] == 0) || (negative && magnitude == 0))
            return false;
        value = new Numeric38(magnitude, scale, negative);
        return true;
    }

    /// <summary>Reads <c>[-+]digits[.digits]</c>; at most 38 digits in all, leading zeros not counted.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Numeric38 value)
    {
        value = default;
        var negative = text is [(byte)'-', ..];
        if (text is [(byte)'-' or (byte)'+', ..])
            text = text[1..];
        UInt128 magnitude = 0;
        var scale = -1;
        var digits = 0;
        foreach (var c in text)
        {
            if (c == '.')
            {
                if (scale >= 0)
                    return false;
                scale = 0;
                continue;
            }

            if (c is < (byte)'0' or > (byte)'9' || magnitude >= s_limit / 10 || scale >= MaxDigits)
                return false;
            magnitude = (magnitude * 10) + (uint)(c - '0');
            digits++;
            if (scale >= 0)
                scale++;
        }

        if (digits == 0 || text[^1] == '.')
            return false;
        value = new Numeric38(magnitude, Math.Max(scale, 0), negative);
        return true;
    }

    public static Numeric38 From(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var magnitude = ((UInt128)(uint)bits[2] << 64) | ((UInt128)(uint)bits[1] << 32) | (uint)bits[0];
        return new Numeric38(magnitude, (bits[3] >> 16) & 0xff, bits[3] < 0);
    }

    /// <summary>The value as a decimal; false where it has too many digits for one.</summary>
    public bool TryToDecimal(out decimal value)
    {
        value = default;
        if (Scale > 28 || Magnitude >> 96 != 0)
            return false;
        value = new decimal((int)(uint)Magnitude, (int)(uint)(Magnitude >> 32), (int)(uint)(Magnitude >> 64), IsNegative, Scale);
        return true;
    }

    public int CompareTo(Numeric38 other)
    {
        if (IsNegative != other.IsNegative)
            return IsNegative ? -1 : 1;
        Span<byte> left = stackalloc byte[2 * MaxDigits];
        Span<byte> right = stackalloc byte[2 * MaxDigits];
        WriteAligned(left);
        other.WriteAligned(right);
        var order = left.SequenceCompareTo(right);
        return IsNegative ? -order : order;
    }

    /// <summary>76 digits with the point in the middle: the same for every scale of a value, and in its order.</summary>
    public void WriteAligned(Span<byte> digits)
    {
        digits[..(2 * MaxDigits)].Clear();
        var at = MaxDigits + Scale;
        for (var rest = Magnitude; rest != 0; rest /= 10)
            digits[--at] = (byte)(uint)(rest % 10);
    }

    public override string ToString()
    {
        var text = Magnitude.ToString(CultureInfo.InvariantCulture);
        var builder = new StringBuilder(text.PadLeft(Scale + 1, '0'));
        if (Scale > 0)
            builder.Insert(builder.Length - Scale, '.');
        if (IsNegative)
            builder.Insert(0, '-');
        return builder.ToString();
    }

    private static UInt128 Power(int exponent)
    {
        UInt128 power = 1;
        for (var i = 0; i < exponent; i++)
            power *= 10;
        return power;
    }
}
