using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Storage.Tests;

public class Numeric38Tests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0.00", "0.00")]
    [InlineData("+1.50", "1.50")]
    [InlineData("007", "7")]
    [InlineData(".5", "0.5")]
    [InlineData("5.", "5")]
    [InlineData("1e3", "1000")]
    [InlineData("12.5e-3", "0.0125")]
    [InlineData("1E+2", "100")]
    [InlineData("0e99999", "0")]
    [InlineData("99999999999999999999999999999999999999", "99999999999999999999999999999999999999")]
    [InlineData("-0.00000000000000000000000000000000000001", "-0.00000000000000000000000000000000000001")]
    [InlineData("1.000000000000000000000000000000000000e-3", "0.00100000000000000000000000000000000000")] // zeros may go, digits may not
    public void Text_is_read_and_written(string text, string expected)
    {
        Assert.True(Numeric38.TryParse(Encoding.ASCII.GetBytes(text), out var value));
        Assert.Equal(expected, value.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("1.2.3")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1x")]
    [InlineData(" 1")]
    [InlineData("NaN")]
    [InlineData("100000000000000000000000000000000000000")]
    [InlineData("1e38")]
    [InlineData("1e-39")]
    [InlineData("0.000000000000000000000000000000000000001")]
    public void What_is_no_number_or_does_not_fit_is_refused(string text) => Assert.False(Numeric38.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void Decimals_go_in_and_come_out_with_their_scale() => Seed.Run(random =>
    {
        for (var i = 0; i < 2_000; i++)
        {
            var value = new decimal(random.Next(int.MinValue, int.MaxValue), random.Next(3) == 0 ? random.Next() : 0, random.Next(3) == 0 ? random.Next() : 0, random.Next(2) == 0, (byte)random.Next(29));
            var number = Numeric38.From(value);
            Assert.True(number.TryToDecimal(out var again));
            Assert.Equal(value.ToString(CultureInfo.InvariantCulture), again.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(value.ToString(CultureInfo.InvariantCulture).Replace("-0", value == 0 ? "0" : "-0", StringComparison.Ordinal), number.ToString());
        }
    });

    [Fact]
    public void Comparison_equality_and_hash_are_those_of_the_value() => Seed.Run(random =>
    {
        for (var i = 0; i < 2_000; i++)
        {
            var (a, b) = (Numeric38.From(random.Next(-20, 20) / 10m), Numeric38.From(decimal.Parse($"{random.Next(-20, 20)}.{random.Next(10)}00", CultureInfo.InvariantCulture)));
            var (x, y) = (decimal.Parse(a.ToString(), CultureInfo.InvariantCulture), decimal.Parse(b.ToString(), CultureInfo.InvariantCulture));
            Assert.Equal(x.CompareTo(y), a.CompareTo(b));
            Assert.Equal(x == y, a.Equals(b));
            if (x == y)
                Assert.Equal(a.GetHashCode(), b.GetHashCode());
        }
    });

    [Fact]
    public void More_digits_than_a_decimal_has_are_said_not_to_fit()
    {
        Assert.True(Numeric38.TryParse("79228162514264337593543950336"u8, out var beyond));
        Assert.False(beyond.TryToDecimal(out _));
        Assert.True(Numeric38.TryParse("79228162514264337593543950335"u8, out var most));
        Assert.True(most.TryToDecimal(out var value));
        Assert.Equal(decimal.MaxValue, value);
        Assert.True(Numeric38.TryParse("0.00000000000000000000000000001"u8, out var fine));
        Assert.False(fine.TryToDecimal(out _));
    }
}
