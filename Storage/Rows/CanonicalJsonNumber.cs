using System.Buffers.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Writes each number one way only, with all its digits, whatever its size.</summary>
/// <remarks>
/// The value is ± 0.D × 10^p, where D has no zero at either end. For p of -5 to 38 it is written plain (0.00000D to
/// D with zeros behind it), else as d.dde±x. Zero is 0.
/// </remarks>
internal static class CanonicalJsonNumber
{
    private const int MinPlainPoint = -5;
    private const int MaxPlainPoint = 38;

    /// <summary>Appends the number.</summary>
    /// <param name="number">A JSON number that <see cref="JsonSyntax.IsValid"/> takes.</param>
    /// <param name="into">Takes the text.</param>
    public static void Write(ReadOnlySpan<byte> number, ByteBuffer into)
    {
        var isNegative = number[0] == '-';
        var e = number.IndexOfAny((byte)'e', (byte)'E');
        var exponent = e < 0 ? 0 : ReadExponent(number[(e + 1)..]);
        var mantissa = number[(isNegative ? 1 : 0)..(e < 0 ? number.Length : e)];
        var point = mantissa.IndexOf((byte)'.');

        Span<byte> digits = mantissa.Length <= 128 ? stackalloc byte[128] : new byte[mantissa.Length];
        var count = 0;
        foreach (var b in mantissa)
            if (b != '.')
                digits[count++] = b;
        var leading = digits[..count].IndexOfAnyExcept((byte)'0');
        if (leading < 0)
        {
            into.Append((byte)'0');
            return;
        }

        var significant = digits[leading..count].TrimEnd((byte)'0');
        if (isNegative)
            into.Append((byte)'-');
        WriteDigits(significant, (point < 0 ? mantissa.Length : point) - leading + exponent, into);
    }

    /// <summary>Writes 0.D × 10^point.</summary>
    private static void WriteDigits(ReadOnlySpan<byte> digits, long point, ByteBuffer into)
    {
        switch (point)
        {
            case < MinPlainPoint or > MaxPlainPoint:
                into.Append(digits[0]);
                if (digits.Length > 1)
                    into.Append((byte)'.');
                into.Append(digits[1..]);
                into.Append(point > 0 ? "e+"u8 : "e-"u8);
                Utf8Formatter.TryFormat(Math.Abs(point - 1), into.GetSpan(20), out var written);
                into.Advance(written);
                break;
            case <= 0:
                into.Append("0."u8);
                Zeros((int)-point, into);
                into.Append(digits);
                break;
            default:
                var whole = Math.Min((int)point, digits.Length);
                into.Append(digits[..whole]);
                Zeros((int)point - whole, into);
                if (whole < digits.Length)
                    into.Append((byte)'.');
                into.Append(digits[whole..]);
                break;
        }
    }

    private static void Zeros(int count, ByteBuffer into)
    {
        into.GetSpan(count)[..count].Fill((byte)'0');
        into.Advance(count);
    }

    private static long ReadExponent(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out long value, out var used) && used == text.Length ? value : throw ValueView.Damaged("JSON number");
}
