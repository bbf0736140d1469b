namespace Helios.Pipeline.Storage.Tests;

public class RowRulesTests
{
    private delegate void WriteRow(ref RowWriter writer);

    [Theory]
    [InlineData(ColumnType.Int2, short.MinValue, short.MaxValue)]
    [InlineData(ColumnType.Int4, int.MinValue, int.MaxValue)]
    [InlineData(ColumnType.Date, 0, RowFormat.MaxDayNumber)]
    [InlineData(ColumnType.Time, 0, RowFormat.MaxTimeTicks)]
    [InlineData(ColumnType.Timestamp, 0, RowFormat.MaxTimestampTicks)]
    [InlineData(ColumnType.Timestamptz, 0, RowFormat.MaxTimestampTicks)]
    public void A_number_outside_the_type_is_out_of_range(ColumnType type, long min, long max)
    {
        var column = new Column("c", type);
        Assert.Equal(default, Check(column, (ref RowWriter w) => w.WriteInt64(min)));
        Assert.Equal(default, Check(column, (ref RowWriter w) => w.WriteInt64(max)));
        Assert.Equal(new RowFault(RowFault.OutOfRange, 0, min - 1), Check(column, (ref RowWriter w) => w.WriteInt64(min - 1)));
        var above = Check(column, (ref RowWriter w) => w.WriteInt64(max + 1));
        Assert.Equal(new RowFault(RowFault.OutOfRange, 0, max + 1), above);
        Assert.Contains("Column c", above.Describe(new TableSchema([column])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_64_bit_unsigned_number_is_out_of_range_of_int8()
    {
        byte[] row = [0x92, 0x01, 0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal(RowFault.OutOfRange, Keys.FaultOf(new TableSchema([new Column("c", ColumnType.Int8)]), row).Code);
    }

    [Fact]
    public void Every_type_refuses_the_values_of_types_with_another_form()
    {
        foreach (var type in Enum.GetValues<ColumnType>())
            foreach (var other in Enum.GetValues<ColumnType>())
            {
                var column = TypeSample.Of(type).Column;
                var row = TypeSample.Of(other).Row(TypeSample.Of(other).Next(new Random(1)));
                if (Form(type) != Form(other))
                    Assert.Equal(new RowFault(RowFault.TypeMismatch, 0), Keys.FaultOf(new TableSchema([column]), row));
            }

        static int Form(ColumnType type) => type switch
        {
            ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8 or ColumnType.Date or ColumnType.Time or ColumnType.Timestamp or ColumnType.Timestamptz or ColumnType.Interval => 1,
            ColumnType.Varchar or ColumnType.Text or ColumnType.Char or ColumnType.Json or ColumnType.Jsonb => 2,
            ColumnType.Bytea or ColumnType.Uuid or ColumnType.Vector => 3,
            _ => 100 + (int)type,
        };
    }

    [Theory]
    [InlineData(ColumnType.Varchar)]
    [InlineData(ColumnType.Char)]
    public void A_length_counts_characters_not_bytes(ColumnType type)
    {
        var column = new Column("c", type) { Length = 3 };
        foreach (var (text, found) in new[] { ("abc", 0), ("😀😀😀", 0), ("é中", 0), ("", 0), ("abcd", 4), ("😀😀😀😀", 4), ("中中中x", 4) })
        {
            var expected = found == 0 ? default : new RowFault(RowFault.TooLong, 0, found);
            Assert.Equal(expected, Check(column, (ref RowWriter w) => w.WriteText(text)));
        }

        Assert.Equal(default, Check(column with { Length = 0 }, (ref RowWriter w) => w.WriteText(new string('x', 1000))));
    }

    [Fact]
    public void Vectors_of_other_dimensions_are_refused()
    {
        var column = new Column("c", ColumnType.Vector) { Length = 2 };
        Assert.Equal(default, Check(column, (ref RowWriter w) => w.WriteVector([1, 2])));
        Assert.Equal(new RowFault(RowFault.DimensionMismatch, 0, 3), Check(column, (ref RowWriter w) => w.WriteVector([1, 2, 3])));
        Assert.Equal(RowFault.TypeMismatch, Check(column, (ref RowWriter w) => w.WriteBytes(new byte[7])).Code);
    }

    [Fact]
    public void Text_that_is_no_utf8_and_json_that_is_no_json_are_refused()
    {
        byte[][] texts = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe4, 0xb8]];
        foreach (var bytes in texts)
            foreach (var type in new[] { ColumnType.Varchar, ColumnType.Text, ColumnType.Char, ColumnType.Json, ColumnType.Jsonb })
                Assert.Equal(RowFault.InvalidText, Check(new Column("c", type), (ref RowWriter w) => w.WriteUtf8(bytes)).Code);
        Assert.Equal(RowFault.InvalidJson, Check(new Column("c", ColumnType.Json), (ref RowWriter w) => w.WriteText("{\"a\":}")).Code);
    }

    [Theory]
    [InlineData("0000")]       // a zero with a sign byte only is fine
    [InlineData("2701", true)] // scale 39
    [InlineData("0001", true)] // minus zero
    [InlineData("000001")]
    [InlineData("00000001", true)] // a zero byte in front
    [InlineData("000201", true)]   // a sign that is none
    [InlineData("00004b3b4ca85a86c47a098a223fffffffff")]
    [InlineData("00004b3b4ca85a86c47a098a224000000000", true)] // 10^38: the 39th digit
    public void A_numeric_has_one_form_and_at_most_38_digits(string payload, bool isRefused = false)
    {
        var bytes = Convert.FromHexString(payload);
        byte[] row = [0x92, 0x01, 0xc7, (byte)bytes.Length, 0x01, .. bytes];
        Assert.Equal(isRefused ? RowFault.OutOfRange : null, Keys.FaultOf(new TableSchema([new Column("c", ColumnType.Numeric)]), row).Code);
    }

    [Fact]
    public void A_row_with_too_few_or_too_many_columns_or_bytes_behind_it_is_refused()
    {
        var schema = new TableSchema([new Column("a", ColumnType.Int8), new Column("b", ColumnType.Int8)]);
        Assert.Equal(new RowFault(RowFault.ColumnCount, -1, 1), Keys.FaultOf(schema, [0x92, 1, 1]));
        Assert.Equal(new RowFault(RowFault.ColumnCount, -1, 3), Keys.FaultOf(schema, [0x94, 1, 1, 1, 1]));
        Assert.Equal(default, Keys.FaultOf(schema, [0x93, 1, 1, 1]));
        Assert.Equal(RowFault.MalformedRow, Keys.FaultOf(schema, [0x93, 1, 1, 1, 0xc0]).Code);
        Assert.Equal(RowFault.MalformedRow, Keys.FaultOf(schema, []).Code);
        Assert.Equal(RowFault.MalformedRow, Keys.FaultOf(schema, [0x90]).Code);
    }

    [Theory]
    [InlineData(-1, null)]
    [InlineData(0, null)]
    [InlineData(1, RowFault.RowTooLong)]
    public void A_row_may_have_16_mib_and_no_byte_more(int difference, string? code)
    {
        const int around = 1 + 1 + 5; // array header, version, bin 32
        Assert.Equal(code, Check(new Column("c", ColumnType.Bytea), (ref RowWriter w) => w.WriteBytes(new byte[RowFormat.MaxRowBytes - around + difference])).Code);
    }

    [Fact]
    public void The_offsets_say_where_each_value_begins() => Seed.Run(random =>
    {
        var samples = Enum.GetValues<ColumnType>().Select(TypeSample.Of).ToArray();
        var schema = new TableSchema(samples.Select((s, i) => s.Column with { Name = $"c{i}" }));
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(9, samples.Length);
        var values = samples.Select(s => s.Next(random)).ToArray();
        for (var i = 0; i < samples.Length; i++)
            samples[i].Write(ref writer, values[i]);
        writer.End();
        var offsets = new int[samples.Length];
        Assert.True(RowRules.TryValidate(schema, buffer.Written, offsets, out _));
        for (var i = 0; i < samples.Length; i++)
        {
            Assert.Equal(values[i], samples[i].Read(new ValueView(buffer.Written[offsets[i]..])));
            Assert.Equal(values[i], samples[i].Read(new RowView(buffer.Written)[i]));
        }

        Assert.Equal(9u, new RowView(buffer.Written).SchemaVersion);
    });

    [Fact]
    public void Every_fault_of_a_column_names_it()
    {
        var schema = new TableSchema([new Column("fare", ColumnType.Varchar) { Length = 10 }]);
        foreach (var code in new[] { RowFault.NotNull, RowFault.TypeMismatch, RowFault.OutOfRange, RowFault.TooLong, RowFault.InvalidText, RowFault.InvalidJson, RowFault.DimensionMismatch, RowFault.KeyTooLong })
            Assert.Contains("fare", new RowFault(code, 0, 11).Describe(schema), StringComparison.Ordinal);
        Assert.Equal("Column fare takes at most 10 characters; the value has 11.", new RowFault(RowFault.TooLong, 0, 11).Describe(schema));
        Assert.Equal("The row has 3 values, the table 1 columns.", new RowFault(RowFault.ColumnCount, -1, 3).Describe(schema));
    }

    private static RowFault Check(Column column, WriteRow write)
    {
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, 1);
        write(ref writer);
        writer.End();
        RowRules.TryValidate(new TableSchema([column]), buffer.Written, new int[1], out var fault);
        return fault;
    }
}
