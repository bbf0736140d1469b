using System.Globalization;

namespace Helios.Pipeline.Storage;

/// <summary>
/// Arithmetic of <see cref="Numeric38"/>, exact where 38 digits are enough; beyond, digits behind the point are rounded away, half away from zero.
/// False where the digits before the point are too many. Allocates nothing.
/// </summary>
internal static class NumericArithmetic
{
    /// <summary>Digits behind the point of a quotient, where its operands do not have more.</summary>
    public const int QuotientScale = 16;

    public static Numeric38 From(long value) => new(value < 0 ? (UInt128)(-(Int128)value) : (UInt128)value, 0, value < 0);

    public static Numeric38 Negate(in Numeric38 value) => new(value.Magnitude, value.Scale, !value.IsNegative);

    public static Numeric38 Abs(in Numeric38 value) => new(value.Magnitude, value.Scale, false);

    /// <summary>The nearest double.</summary>
    public static double ToDouble(in Numeric38 value)
    {
        Span<byte> utf8 = stackalloc byte[Numeric38.MaxTextBytes]; // only the way over text rounds once
        return double.Parse(utf8[..value.Format(utf8)], NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    /// <summary>The same number as an integer; false where it has a fraction. Every whole one fits.</summary>
    public static bool TryToInteger(in Numeric38 value, out Int128 integer)
    {
        var (whole, rest) = UInt128.DivRem(value.Magnitude, Numeric38.PowerOfTen(value.Scale));
        integer = value.IsNegative ? -(Int128)whole : (Int128)whole;
        return rest == 0;
    }

    public static bool TryAdd(in Numeric38 a, in Numeric38 b, out Numeric38 sum)
    {
        var scale = Math.Max(a.Scale, b.Scale);
        var (x, y) = (Aligned(a, scale), Aligned(b, scale));
        if (a.IsNegative == b.IsNegative)
            return TryFit(x + y, scale, a.IsNegative, out sum);
        return x >= y ? TryFit(x - y, scale, a.IsNegative, out sum) : TryFit(y - x, scale, b.IsNegative, out sum);
    }

    public static bool TryMultiply(in Numeric38 a, in Numeric38 b, out Numeric38 product) =>
        TryFit(Wide.Multiply(a.Magnitude, b.Magnitude), a.Scale + b.Scale, a.IsNegative != b.IsNegative, out product);

    /// <param name="a">The dividend.</param>
    /// <param name="b">Not zero.</param>
    /// <param name="quotient">As many digits behind the point as the operand with most of them, 16 at least, as far as 38 digits reach.</param>
    public static bool TryDivide(in Numeric38 a, in Numeric38 b, out Numeric38 quotient)
    {
        quotient = default;
        var aligned = Math.Max(a.Scale, b.Scale);
        var divisor = Aligned(b, aligned);
        var (whole, rest) = Wide.DivRem(Aligned(a, aligned), divisor);
        if (whole >= Wide.PowerOfTen(Numeric38.MaxDigits))
            return false;

        var magnitude = whole.Low;
        var scale = 0;
        for (var wanted = Math.Max(aligned, QuotientScale); scale < wanted && magnitude < Numeric38.PowerOfTen(Numeric38.MaxDigits - 1); scale++)
        {
            (var digit, rest) = Wide.DivRem(rest.TimesTen(), divisor); // the rest has at most 76 digits: ten of it fit
            magnitude = (magnitude * 10) + digit.Low;
        }

        if (rest + rest >= divisor)
            magnitude++;
        return TryFit(new Wide(0, magnitude), scale, a.IsNegative != b.IsNegative, out quotient);
    }

    /// <summary>What is left of <paramref name="a"/>, with its sign; <paramref name="b"/> is not zero.</summary>
    public static bool TryRemainder(in Numeric38 a, in Numeric38 b, out Numeric38 remainder)
    {
        var scale = Math.Max(a.Scale, b.Scale);
        var (_, rest) = Wide.DivRem(Aligned(a, scale), Aligned(b, scale));
        return TryFit(rest, scale, a.IsNegative, out remainder);
    }

    /// <summary>Rounds half away from zero.</summary>
    /// <param name="value">The number.</param>
    /// <param name="digits">Behind the point; below zero, before it.</param>
    /// <param name="rounded">The number itself where it has no more digits than that.</param>
    public static bool TryRound(in Numeric38 value, long digits, out Numeric38 rounded)
    {
        rounded = value;
        if (digits >= value.Scale)
            return true;
        var drop = value.Scale - Math.Max(digits, -Numeric38.MaxDigits - 1);
        if (drop > 2 * Numeric38.MaxDigits)
            drop = 2 * Numeric38.MaxDigits; // zero either way
        var kept = Wide.DivideRounded(new Wide(0, value.Magnitude), (int)drop);
        if (digits >= 0)
            return TryFit(kept, (int)digits, value.IsNegative, out rounded);
        if (kept.Low == 0)
            return TryFit(kept, 0, false, out rounded);
        return TryFit(Wide.Multiply(kept.Low, Numeric38.PowerOfTen((int)-digits)), 0, value.IsNegative, out rounded);
    }

    /// <summary>The whole number below (floor) or above (ceiling).</summary>
    public static bool TryWhole(in Numeric38 value, bool isFloor, out Numeric38 whole)
    {
        var (magnitude, rest) = UInt128.DivRem(value.Magnitude, Numeric38.PowerOfTen(value.Scale));
        if (rest != 0 && value.IsNegative == isFloor)
            magnitude++;
        return TryFit(new Wide(0, magnitude), 0, value.IsNegative, out whole);
    }

    private static Wide Aligned(in Numeric38 value, int scale) => Wide.Multiply(value.Magnitude, Numeric38.PowerOfTen(scale - value.Scale));

    private static bool TryFit(Wide magnitude, int scale, bool isNegative, out Numeric38 value)
    {
        value = default;
        var drop = Math.Max(0, Math.Max(scale - Numeric38.MaxScale, magnitude.CountDigits() - Numeric38.MaxDigits));
        if (drop > scale)
            return false;
        if (drop > 0)
        {
            magnitude = Wide.DivideRounded(magnitude, drop);
            scale -= drop;
            if (magnitude >= Wide.PowerOfTen(Numeric38.MaxDigits)) // 99…9 was rounded up to one digit more, a zero
            {
                if (scale == 0)
                    return false;
                magnitude = Wide.DivideRounded(magnitude, 1);
                scale--;
            }
        }

        value = new Numeric38(magnitude.Low, scale, isNegative);
        return true;
    }
}
