using System.Globalization;
using System.Numerics;

namespace Helios.Pipeline.Storage.Tests;

public sealed class NumericArithmeticTests
{
    private static readonly BigInteger s_limit = BigInteger.Pow(10, 38);

    [Fact]
    public void Sums_products_quotients_and_remainders_are_those_of_whole_numbers_of_any_size() => Seed.Run(random =>
    {
        for (var i = 0; i < 2_000; i++)
        {
            var (a, b) = (Next(random), Next(random));
            var (x, y) = (Mantissa(a), Mantissa(b));
            var scale = Math.Max(a.Scale, b.Scale);
            var (p, q) = (x * BigInteger.Pow(10, scale - a.Scale), y * BigInteger.Pow(10, scale - b.Scale));
            Check("+", p + q, scale, NumericArithmetic.TryAdd(a, b, out var result), result, a, b);
            Check("*", x * y, a.Scale + b.Scale, NumericArithmetic.TryMultiply(a, b, out result), result, a, b);
            if (b.IsZero)
                continue;
            Check("%", BigInteger.Remainder(p, q), scale, NumericArithmetic.TryRemainder(a, b, out result), result, a, b);
            CheckQuotient(p, q, Math.Max(scale, NumericArithmetic.QuotientScale), NumericArithmetic.TryDivide(a, b, out result), result, $"{a} / {b}");
        }
    });

    [Fact]
    public void Rounding_is_half_away_from_zero_at_any_digit() => Seed.Run(random =>
    {
        for (var i = 0; i < 5_000; i++)
        {
            var a = Next(random);
            var digits = random.Next(-40, 41);
            var fits = NumericArithmetic.TryRound(a, digits, out var result);
            if (digits >= a.Scale)
            {
                Assert.Equal(a, result);
                continue;
            }

            var unit = BigInteger.Pow(10, a.Scale - digits);
            var expected = DivideRounded(Mantissa(a), unit) * (digits < 0 ? BigInteger.Pow(10, -digits) : 1);
            Assert.True(fits == BigInteger.Abs(expected) < s_limit, $"round({a}, {digits})");
            if (fits)
                Assert.True(Mantissa(result) == expected && result.Scale == Math.Max(digits, 0), $"round({a}, {digits}): {result}");
            CheckWhole(a);
        }
    });

    [Fact]
    public void The_double_of_a_number_is_the_nearest() => Seed.Run(random =>
    {
        for (var i = 0; i < 2_000; i++)
        {
            var a = Next(random);
            Assert.Equal(double.Parse(a.ToString(), CultureInfo.InvariantCulture), NumericArithmetic.ToDouble(a));
        }
    });

    private static void CheckWhole(in Numeric38 a)
    {
        var unit = BigInteger.Pow(10, a.Scale);
        var floor = BigInteger.DivRem(Mantissa(a), unit, out var rest) - (rest.Sign < 0 ? 1 : 0);
        if (NumericArithmetic.TryWhole(a, isFloor: true, out var whole))
            Assert.True(Mantissa(whole) == floor && whole.Scale == 0, $"floor({a}): {whole}");
        if (NumericArithmetic.TryWhole(a, isFloor: false, out whole))
            Assert.True(Mantissa(whole) == floor + (rest.IsZero ? 0 : 1) && whole.Scale == 0, $"ceil({a}): {whole}");
    }

    /// <summary>The exact result, rounded once to what 38 digits hold.</summary>
    private static void Check(string operation, BigInteger exact, int scale, bool fits, in Numeric38 result, in Numeric38 a, in Numeric38 b)
    {
        var why = $"{a} {operation} {b}: {(fits ? result.ToString() : "does not fit")}";
        var drop = Math.Max(0, Math.Max(scale - 38, BigInteger.Abs(exact).ToString(CultureInfo.InvariantCulture).Length - 38));
        var rounded = DivideRounded(exact, BigInteger.Pow(10, Math.Min(drop, scale)));
        var left = scale - drop;
        if (drop <= scale && BigInteger.Abs(rounded) >= s_limit)
            (rounded, left) = (rounded / 10, left - 1);
        Assert.True(fits == (left >= 0 && drop <= scale), why);
        if (fits)
            Assert.True(Mantissa(result) == rounded && result.Scale == left, why);
    }

    /// <summary>Whatever digits are kept, no other number of as many is nearer.</summary>
    private static void CheckQuotient(BigInteger p, BigInteger q, int scale, bool fits, in Numeric38 result, string why)
    {
        var whole = BigInteger.Abs(BigInteger.Divide(p, q));
        var wholeDigits = whole.IsZero ? 0 : whole.ToString(CultureInfo.InvariantCulture).Length;
        if (!fits)
        {
            Assert.True(wholeDigits >= 38, why);
            return;
        }

        Assert.True(Mantissa(result) == DivideRounded(p * BigInteger.Pow(10, result.Scale), q), $"{why}: {result}");
        Assert.True(result.Scale == scale || result.DigitCount >= 37, $"{why}: {result} could have more digits");
    }

    private static BigInteger DivideRounded(BigInteger a, BigInteger b)
    {
        var magnitude = ((2 * BigInteger.Abs(a)) + BigInteger.Abs(b)) / (2 * BigInteger.Abs(b));
        return a.Sign * b.Sign * magnitude;
    }

    private static BigInteger Mantissa(in Numeric38 value) => value.IsNegative ? -(BigInteger)value.Magnitude : (BigInteger)value.Magnitude;

    private static Numeric38 Next(Random random)
    {
        var digits = random.Next(39);
        UInt128 magnitude = 0;
        var isNines = random.Next(8) == 0;
        for (var i = 0; i < digits; i++)
            magnitude = (magnitude * 10) + (UInt128)(isNines ? 9 : random.Next(10));
        return new Numeric38(magnitude, random.Next(3) == 0 ? 0 : random.Next(39), random.Next(2) == 0);
    }
}
