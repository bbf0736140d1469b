using System.Numerics;

namespace Helios.Pipeline.Storage.Tests;

public sealed class ZoneCodeTests
{
    public static IEnumerable<object[]> TypesWithCodes() => Enum.GetValues<ColumnType>().Where(ZoneCode.IsDefined).Select(t => new object[] { t });

    [Theory]
    [MemberData(nameof(TypesWithCodes))]
    public void A_lesser_value_never_has_a_greater_code_and_an_exact_code_is_equal_for_equal_values_alone(ColumnType type) => Seed.Run(random =>
    {
        var isExact = type is not (ColumnType.Numeric or ColumnType.Varchar or ColumnType.Text or ColumnType.Char or ColumnType.Bytea or ColumnType.Uuid);
        for (var i = 0; i < 5_000; i++)
        {
            var (a, b) = (FilterValues.Next(type, random), FilterValues.Next(type, random));
            var order = FilterValues.Order(type, a, b);
            var codes = FilterValues.Code(type, a).CompareTo(FilterValues.Code(type, b));
            var why = $"{FilterValues.Show(a)} and {FilterValues.Show(b)}: order {order}, codes {codes}";
            Assert.True(order == 0 ? codes == 0 : codes == 0 || codes < 0 == order < 0, why);
            Assert.True(!isExact || (codes == 0) == (order == 0), why);
        }
    });

    [Fact]
    public void A_double_stands_among_Numerics_where_its_own_digits_put_it() => Seed.Run(random =>
    {
        for (var i = 0; i < 2_000; i++)
        {
            var numeric = (Numeric38)FilterValues.Next(ColumnType.Numeric, random);
            var number = random.Next(4) == 0 ? (double)TypeSample.Of(ColumnType.Float8).Next(random) : NumericArithmetic.ToDouble(numeric);
            if (!double.IsFinite(number))
                continue;
            number = random.Next(3) switch { 0 => Math.Max(Math.BitDecrement(number), double.MinValue), 1 => number, _ => Math.Min(Math.BitIncrement(number), double.MaxValue) };
            var codes = ZoneCode.Of(numeric).CompareTo(ZoneCode.AmongNumerics(number));
            Assert.True(codes == 0 || codes < 0 == CompareExactly(numeric, number) < 0, $"{numeric} and {number:R}: codes {codes}");
        }
    });

    private static int CompareExactly(Numeric38 numeric, double number)
    {
        var bits = BitConverter.DoubleToUInt64Bits(number);
        var exponent = (int)(bits >> 52 & 0x7ff);
        var mantissa = (BigInteger)(bits & ((1UL << 52) - 1) | (exponent == 0 ? 0 : 1UL << 52)) * (number < 0 ? -1 : 1);
        var shift = Math.Max(exponent, 1) - 1075;
        var scaled = (numeric.IsNegative ? -1 : 1) * (BigInteger)numeric.Magnitude * BigInteger.Pow(2, Math.Max(0, -shift));
        return scaled.CompareTo(mantissa * BigInteger.Pow(2, Math.Max(0, shift)) * BigInteger.Pow(10, numeric.Scale));
    }

    [Fact]
    public void Every_NaN_has_the_last_code_and_both_zeros_have_one()
    {
        Assert.Equal(ZoneCode.Of(double.NaN), ZoneCode.Of(BitConverter.UInt64BitsToDouble(0x7ff8_0000_0000_0001)));
        Assert.Equal(ZoneCode.Of(double.NaN), ZoneCode.Of(-double.NaN));
        Assert.True(ZoneCode.Of(double.NaN) > ZoneCode.Of(double.PositiveInfinity));
        Assert.Equal(ZoneCode.Of(0.0), ZoneCode.Of(-0.0));
    }
}
