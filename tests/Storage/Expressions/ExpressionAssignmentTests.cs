namespace Helios.Pipeline.Storage.Tests;

public sealed class ExpressionAssignmentTests
{
    private static readonly TableSchema s_schema = new([.. Enum.GetValues<ColumnType>().Select(t => TypeSample.Of(t).Column with { Name = t.ToString(), Length = 0 })]);

    [Theory]
    [MemberData(nameof(TypeSample.EveryType), MemberType = typeof(TypeSample))]
    public void The_value_of_a_column_is_written_into_its_like_byte_for_byte(ColumnType type) => Seed.Run(random =>
    {
        var sample = TypeSample.Of(type);
        for (var i = 0; i < 200; i++)
        {
            var row = sample.Row(sample.Next(random));
            var compiled = ExpressionBinder.CompileValue($"\"{sample.Column.Name}\"", sample.Schema, sample.Column);
            Assert.Equal(row, Write(compiled, sample.Column, row, sample.Schema, out var fault));
            Assert.Equal(default, fault);
        }
    });

    [Theory]
    [InlineData("1 + 1", ColumnType.Int2, 0, "2")]
    [InlineData("2.00", ColumnType.Int4, 0, "2")]
    [InlineData("2", ColumnType.Numeric, 0, "2")]
    [InlineData("-9223372036854775808", ColumnType.Numeric, 0, "-9223372036854775808")]
    [InlineData("2", ColumnType.Float8, 0, "2")]
    [InlineData("1.1", ColumnType.Float8, 0, "1.1")]
    [InlineData("1.1", ColumnType.Float4, 0, "1.1")]
    [InlineData("0.1e0 + 0.2e0", ColumnType.Float4, 0, "0.3")]
    [InlineData("float 'NaN'", ColumnType.Float4, 0, "NaN")]
    [InlineData("'ab' || 'c'", ColumnType.Varchar, 3, "abc")]
    [InlineData("'é😀'", ColumnType.Char, 2, "é😀")]
    [InlineData("'{ \"a\": 1.0 }'", ColumnType.Json, 0, "{ \"a\": 1.0 }")]
    [InlineData("'{ \"b\": 1.0, \"a\": 2 }'", ColumnType.Jsonb, 0, "{\"a\":2,\"b\":1}")]
    [InlineData("x'00ff'", ColumnType.Bytea, 0, "AP8=")]
    [InlineData("now()", ColumnType.Timestamptz, 0, "2026-02-03T04:05:06Z")]
    [InlineData("today() + 1", ColumnType.Date, 0, "2026-02-04")]
    [InlineData("uuid()", ColumnType.Uuid, 0, "00112233-4455-6677-8899-aabbccddeeff")]
    [InlineData("NULL", ColumnType.Int4, 0, "")]
    [InlineData("NULL = 1", ColumnType.Boolean, 0, "")]
    public void A_computed_value_is_converted_as_an_insert_would(string text, ColumnType type, int length, string expected)
    {
        var column = new Column("c", type) { Length = length };
        var row = Write(ExpressionBinder.CompileValue(text, s_schema, column), column, [], s_schema, out var fault);
        Assert.Equal(default, fault);
        Assert.True(RowRules.TryValidate(new TableSchema([column]), row, new int[1], out fault), fault.Code);
        using var shown = new ByteBuffer();
        ColumnText.FormatCsv(column, new RowView(row)[0], shown);
        Assert.Equal(expected, System.Text.Encoding.UTF8.GetString(shown.Written));
    }

    [Theory]
    [InlineData("32767 + 1", ColumnType.Int2, 0, "out_of_range", "Column c: 32768 is outside Int2, which holds -32768 to 32767.")]
    [InlineData("-2147483649", ColumnType.Int4, 0, "out_of_range", "Column c: -2147483649 is outside Int4, which holds -2147483648 to 2147483647.")]
    [InlineData("9223372036854775808", ColumnType.Int8, 0, "out_of_range", "Column c: the value is outside Int8, which holds -9223372036854775808 to 9223372036854775807.")]
    [InlineData("2.5", ColumnType.Int4, 0, "type_mismatch", "Column c takes Int4; the value is of another type: 2.5 is no whole number.")]
    [InlineData("1e39", ColumnType.Float4, 0, "out_of_range", "Column c: the value is outside Float4.")]
    [InlineData("'abcd'", ColumnType.Varchar, 3, "too_long", "Column c takes at most 3 characters; the value has 4.")]
    [InlineData("'{'", ColumnType.Json, 0, "invalid_json", "Column c: the text is not valid JSON.")]
    [InlineData("1 / 0", ColumnType.Int4, 0, "expression_failed", "Column c: its expression cannot be computed: division by zero at position 3.")]
    public void A_value_that_the_column_does_not_hold_is_a_fault_of_the_row(string text, ColumnType type, int length, string code, string message)
    {
        var column = new Column("c", type) { Length = length };
        Assert.Empty(Write(ExpressionBinder.CompileValue(text, s_schema, column), column, [], s_schema, out var fault));
        Assert.Equal(code, fault.Code);
        Assert.Equal(message, (fault with { Ordinal = 0 }).Describe(new TableSchema([column])));
    }

    [Fact]
    public void A_signalling_NaN_of_a_Float4_keeps_its_bits()
    {
        var column = new Column("f", ColumnType.Float4);
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, 1);
        writer.WriteSingle(BitConverter.UInt32BitsToSingle(0x7f800001));
        writer.End();
        var (row, schema) = (buffer.Written.ToArray(), new TableSchema([column]));
        Assert.Equal(row, Write(ExpressionBinder.CompileValue("f", schema, column), column, row, schema, out _));
    }

    [Fact]
    public void NULL_and_vectors_meet_the_limits_of_the_column()
    {
        var (strict, three) = (new Column("c", ColumnType.Int4) { IsNullable = false }, new Column("c", ColumnType.Vector) { Length = 3 });
        Assert.Empty(Write(ExpressionBinder.CompileValue("NULL", s_schema, strict), strict, [], s_schema, out var fault));
        Assert.Equal(new RowFault(RowFault.NotNull), fault);

        var schema = new TableSchema([new Column("v", ColumnType.Vector)]);
        var row = Expressions.Row(schema, [new float[] { 1, 2 }]);
        Assert.Empty(Write(ExpressionBinder.CompileValue("v", schema, three), three, row, schema, out fault));
        Assert.Equal(new RowFault(RowFault.DimensionMismatch, Found: 2), fault);
    }

    [Theory]
    [InlineData("'1'", ColumnType.Int4)]
    [InlineData("1", ColumnType.Text)]
    [InlineData("1e0", ColumnType.Int8)]
    [InlineData("1e0", ColumnType.Numeric)]
    [InlineData("'2026-02-03'", ColumnType.Date)]
    [InlineData("now()", ColumnType.Timestamp)]
    [InlineData("X'00'", ColumnType.Uuid)]
    [InlineData("\"Json\"", ColumnType.Text)]
    [InlineData("\"Array\"", ColumnType.Vector)]
    public void An_expression_of_another_type_than_the_columns_is_refused_when_it_is_compiled(string text, ColumnType type)
    {
        var refused = Assert.Throws<HeliosException>(() => ExpressionBinder.CompileValue(text, s_schema, new Column("c", type)));
        Assert.StartsWith($"The expression is wrong at position 1: column c takes {type}, and this gives ", refused.Message, StringComparison.Ordinal);
        Assert.Throws<HeliosException>(() => ExpressionBinder.CompileValue("\"Array\"", s_schema, new Column("c", ColumnType.Array) { ElementType = ColumnType.Interval }));
    }

    private static byte[] Write(CompiledExpression compiled, Column column, byte[] row, TableSchema schema, out RowFault fault)
    {
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, 1);
        var offsets = row.Length == 0 ? [] : Expressions.Offsets(schema, row);
        if (compiled.TryWrite(column, row, offsets, Expressions.Context, ref writer, out fault))
            writer.End();
        else
            writer.Abandon();
        return buffer.Written.ToArray();
    }
}
