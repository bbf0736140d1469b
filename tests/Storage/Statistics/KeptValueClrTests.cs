using System.Text;

namespace Helios.Pipeline.Storage.Tests;

public sealed class KeptValueClrTests
{
    public static IEnumerable<object[]> EveryComparedType() => Enum.GetValues<ColumnType>().Where(ZoneCode.IsDefined).Select(t => new object[] { t });

    [Theory]
    [MemberData(nameof(EveryComparedType))]
    public void A_value_that_was_kept_is_the_value_of_the_row(ColumnType type) => Seed.Run(random =>
    {
        var sample = TypeSample.Of(type);
        for (var i = 0; i < 300; i++)
        {
            var value = sample.Next(random);
            AssertSame(type, ColumnClr.Read(sample.Column, new RowView(sample.Row(value))[0])!, KeptValueClr.ToClr(type, new KeptValue([.. sample.Key(value)], false)));
        }
    });

    /// <summary>Codes of these types are the values: nothing of them is lost.</summary>
    [Theory]
    [InlineData(ColumnType.Boolean)]
    [InlineData(ColumnType.Int2)]
    [InlineData(ColumnType.Int4)]
    [InlineData(ColumnType.Int8)]
    [InlineData(ColumnType.Float4)]
    [InlineData(ColumnType.Float8)]
    [InlineData(ColumnType.Date)]
    [InlineData(ColumnType.Time)]
    [InlineData(ColumnType.Timestamp)]
    [InlineData(ColumnType.Timestamptz)]
    [InlineData(ColumnType.Interval)]
    public void A_bound_of_a_histogram_is_the_value_where_codes_are_exact(ColumnType type) => Seed.Run(random =>
    {
        var sample = TypeSample.Of(type);
        for (var i = 0; i < 300; i++)
        {
            var value = new RowView(sample.Row(sample.Next(random)))[0];
            AssertSame(type, ColumnClr.Read(sample.Column, value)!, KeptValueClr.ToClr(type, ZoneCode.Of(type, value)));
        }
    });

    [Theory]
    [InlineData("0", "0")]
    [InlineData("12.50", "12.5")]
    [InlineData("-0.00123", "-0.00123")]
    [InlineData("1234567890123456789", "1234567890123456000")]
    [InlineData("-99999999999999999999999999999999999999", "-99999999999999990000000000000000000000")]
    [InlineData("0.00000000000000000000000000000000000001", "0.00000000000000000000000000000000000001")]
    public void A_bound_of_Numerics_has_their_first_sixteen_digits(string value, string bound)
    {
        Assert.True(Numeric38.TryParse(Encoding.UTF8.GetBytes(value), out var number));
        AssertSame(ColumnType.Numeric, bound, KeptValueClr.ToClr(ColumnType.Numeric, ZoneCode.Of(number)));
    }

    [Fact]
    public void A_clipped_text_ends_with_its_last_whole_character()
    {
        var text = string.Concat(Enumerable.Repeat("é中", 20)); // 64 bytes end within a character
        var column = Sketches.Of(ColumnType.Text, [text]);
        Assert.True(column.Least!.Value.IsClipped);
        var begin = Assert.IsType<string>(KeptValueClr.ToClr(ColumnType.Text, column.Least.Value));
        Assert.StartsWith(begin, text, StringComparison.Ordinal);
        Assert.Equal(64 - 2, Encoding.UTF8.GetByteCount(begin)); // twelve pairs have 60 bytes, é two, and of 中 only two would fit
        Assert.Equal("é中é", KeptValueClr.ToClr(ColumnType.Text, ZoneCode.Of(Encoding.UTF8.GetBytes(text))));
    }

    [Theory]
    [InlineData(ColumnType.Int4, new byte[] { 1, 0 })]
    [InlineData(ColumnType.Int8, new byte[] { })]
    [InlineData(ColumnType.Date, new byte[] { 1, 255, 255, 255, 255 })]
    [InlineData(ColumnType.Text, new byte[] { 1, 65, 0 })]
    [InlineData(ColumnType.Text, new byte[] { 1, 65, 0, 1, 0, 0 })]
    [InlineData(ColumnType.Uuid, new byte[] { 1, 1 })]
    [InlineData(ColumnType.Numeric, new byte[] { 1, 0x81, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 })]
    [InlineData(ColumnType.Json, new byte[] { 1, 65, 0, 0 })]
    public void What_is_no_value_of_the_type_is_damage(ColumnType type, byte[] component) =>
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => KeptValueClr.ToClr(type, new KeptValue([.. component], false))).Code);

    private static void AssertSame(ColumnType type, object expected, object actual)
    {
        if (type == ColumnType.Numeric)
        {
            Assert.True(Numeric38.TryParse(Encoding.UTF8.GetBytes(Convert.ToString(expected, System.Globalization.CultureInfo.InvariantCulture)!), out var a));
            Assert.True(Numeric38.TryParse(Encoding.UTF8.GetBytes(Convert.ToString(actual, System.Globalization.CultureInfo.InvariantCulture)!), out var b));
            Assert.Equal(0, a.CompareTo(b));
            return;
        }

        Assert.Equal(type == ColumnType.Char ? ((string)expected).TrimEnd(' ') : expected, actual);
        Assert.IsType(expected.GetType(), actual);
    }
}
