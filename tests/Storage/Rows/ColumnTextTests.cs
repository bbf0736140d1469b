using System.Text;
using System.Text.Json;

namespace Helios.Pipeline.Storage.Tests;

public class ColumnTextTests
{
    [Theory]
    [InlineData(ColumnType.Boolean, "TRUE", "true")]
    [InlineData(ColumnType.Boolean, "False", "false")]
    [InlineData(ColumnType.Int8, "+5", "5")]
    [InlineData(ColumnType.Int8, "-9223372036854775808", "-9223372036854775808")]
    [InlineData(ColumnType.Float8, "1e3", "1000")]
    [InlineData(ColumnType.Float8, "-0", "-0")]
    [InlineData(ColumnType.Float8, "NaN", "NaN")]
    [InlineData(ColumnType.Float8, "Infinity", "Infinity")]
    [InlineData(ColumnType.Float4, "-Infinity", "-Infinity")]
    [InlineData(ColumnType.Numeric, "1.00", "1.00")]
    [InlineData(ColumnType.Date, "2024-02-29", "2024-02-29")]
    [InlineData(ColumnType.Date, "0001-01-01", "0001-01-01")]
    [InlineData(ColumnType.Date, "9999-12-31", "9999-12-31")]
    [InlineData(ColumnType.Time, "23:59:59.9999999", "23:59:59.9999999")]
    [InlineData(ColumnType.Time, "01:02", "01:02:00")]
    [InlineData(ColumnType.Timestamp, "2024-02-29 01:02:03.1", "2024-02-29T01:02:03.1")]
    [InlineData(ColumnType.Timestamp, "2024-02-29", "2024-02-29T00:00:00")]
    [InlineData(ColumnType.Timestamp, "2024-02-29T01:02:03.123456700", "2024-02-29T01:02:03.1234567")]
    [InlineData(ColumnType.Timestamptz, "2024-02-29T01:02:03Z", "2024-02-29T01:02:03Z")]
    [InlineData(ColumnType.Timestamptz, "2024-02-29T01:02:03+01:30", "2024-02-28T23:32:03Z")]
    [InlineData(ColumnType.Timestamptz, "2024-02-29 01:02:03-08", "2024-02-29T09:02:03Z")]
    [InlineData(ColumnType.Timestamptz, "2024-02-29T01:02:03.5-0800", "2024-02-29T09:02:03.5Z")]
    [InlineData(ColumnType.Interval, "-1.02:03:04.5000000", "-1.02:03:04.5000000")]
    [InlineData(ColumnType.Uuid, "00112233-4455-6677-8899-AABBCCDDEEFF", "00112233-4455-6677-8899-aabbccddeeff")]
    [InlineData(ColumnType.Bytea, "AAEC/w==", "AAEC/w==")]
    [InlineData(ColumnType.Jsonb, "{\"b\":1, \"a\":2.0}", "{\"a\":2,\"b\":1}")]
    [InlineData(ColumnType.Json, "{\"b\":1, \"a\":2.0}", "{\"b\":1, \"a\":2.0}")]
    [InlineData(ColumnType.Array, "[\"a\", null, \"\"]", "[\"a\",null,\"\"]")]
    [InlineData(ColumnType.Vector, "[1, 2.5, \"NaN\"]", "[1,2.5,\"NaN\"]")]
    [InlineData(ColumnType.Text, "", "")]
    public void A_csv_field_is_read_and_written_in_its_one_form(ColumnType type, string text, string expected)
    {
        var column = TypeSample.Of(type).Column;
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, 1);
        Assert.True(ColumnText.TryParse(column, Encoding.UTF8.GetBytes(text), ref writer, out var why), why);
        writer.End();
        using var again = new ByteBuffer();
        ColumnText.FormatCsv(column, new RowView(buffer.Written)[0], again);
        Assert.Equal(expected, Encoding.UTF8.GetString(again.Written));
    }

    [Fact]
    public void A_refused_text_is_quoted_up_to_40_bytes_and_never_cut_inside_a_character()
    {
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, 1);
        Assert.False(ColumnText.TryParse(new Column("n", ColumnType.Int8), Encoding.UTF8.GetBytes("x" + new string('ä', 30)), ref writer, out var why));
        Assert.Equal($"'x{new string('ä', 19)}...' is not an Int8: a whole number of at most 64 bits", why);
    }

    [Theory]
    [InlineData(ColumnType.Boolean, "1", "yes", "t", "", "true ")]
    [InlineData(ColumnType.Int8, "1.0", "1e3", "", " 1", "0x10", "9223372036854775808")]
    [InlineData(ColumnType.Float8, "1e999", "-1e999", "abc", "", " 1", "1,5")]
    [InlineData(ColumnType.Float4, "1e39", "nope")]
    [InlineData(ColumnType.Numeric, "NaN", "Infinity", "1,5", "")]
    [InlineData(ColumnType.Date, "2023-02-29", "2024-13-01", "2024-00-01", "0000-01-01", "24-01-01", "2024-1-1", "2024-01-01T00:00:00", "")]
    [InlineData(ColumnType.Time, "24:00:00", "23:60:00", "23:59:60", "1:02", "01:02:03.", "01:02:03.00000001", "01:02:03Z")]
    [InlineData(ColumnType.Timestamp, "2024-02-29T01:02:03Z", "2024-02-29T", "2024-02-29X01:02:03", "2024-02-29T01:02:03+01:00")]
    [InlineData(ColumnType.Timestamptz, "2024-02-29T01:02:03", "2024-02-29", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2024-02-29T01:02:03+24:00", "2024-02-29Z")]
    [InlineData(ColumnType.Interval, "1 day", "25:00:00", "")]
    [InlineData(ColumnType.Uuid, "00112233445566778899AABBCCDDEEFF", "{00112233-4455-6677-8899-AABBCCDDEEFF}", "")]
    [InlineData(ColumnType.Bytea, "AAEC/w", "***", "A")]
    [InlineData(ColumnType.Jsonb, "{", "")]
    [InlineData(ColumnType.Array, "[1]", "\"a\"", "[\"a\"", "{}", "null", "[[\"a\"]]", "[{\"a\":[1]},\"b\"]")]
    [InlineData(ColumnType.Vector, "[\"x\"]", "[null]", "null", "[[1]]", "[1e39]", "1", "[")]
    public void A_csv_field_of_another_type_is_refused_and_the_text_is_shown(ColumnType type, params string[] texts)
    {
        var column = TypeSample.Of(type).Column;
        foreach (var text in texts)
        {
            using var buffer = new ByteBuffer();
            var writer = new RowWriter(buffer);
            writer.Begin(1, 1);
            Assert.False(ColumnText.TryParse(column, Encoding.UTF8.GetBytes(text), ref writer, out var why), text);
            writer.Abandon();
            Assert.Contains("is not", why!, StringComparison.Ordinal);
            Assert.Equal(0, buffer.Length);
        }
    }

    [Theory]
    [InlineData(ColumnType.Boolean, "\"true\"", "1", "{}", "[]")]
    [InlineData(ColumnType.Int4, "\"1\"", "1.5", "true", "{\"a\":[1]}", "[1,[2]]")]
    [InlineData(ColumnType.Float8, "\"1\"", "1e999", "true", "{}")]
    [InlineData(ColumnType.Numeric, "\"x\"", "1e99", "true")]
    [InlineData(ColumnType.Text, "1", "true", "{\"a\":1}", "[\"a\"]", "\"\\ud83d\"")]
    [InlineData(ColumnType.Timestamptz, "1", "\"2024-02-29\"")]
    [InlineData(ColumnType.Array, "\"a\"", "[1]", "[\"a\",{\"b\":[1]},\"c\"]", "{}")]
    [InlineData(ColumnType.Vector, "[1,[2],3]", "[1,{\"a\":1},2]", "\"a\"", "[true]")]
    public void A_json_value_of_another_type_is_refused_and_the_next_field_can_be_read(ColumnType type, params string[] values)
    {
        var column = TypeSample.Of(type).Column;
        foreach (var value in values)
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes($"{{\"c\":{value},\"next\":1}}"));
            using var buffer = new ByteBuffer();
            var writer = new RowWriter(buffer);
            writer.Begin(1, 1);
            reader.Read();
            reader.Read();
            reader.Read();
            Assert.False(ColumnText.TryParseJson(column, ref reader, ref writer, out var why), value);
            Assert.NotEmpty(why!);
            Assert.True(reader.Read());
            Assert.True(reader.ValueTextEquals("next"), value);
        }
    }

    [Theory]
    [InlineData(ColumnType.Numeric, "12.50", "\"12.50\"")]
    [InlineData(ColumnType.Numeric, "\"12.50\"", "\"12.50\"")]
    [InlineData(ColumnType.Text, "\"a\\u0041\\n\\ud83d\\ude00\"", "\"aA\\n😀\"")]
    [InlineData(ColumnType.Timestamptz, "\"2024-02-29T01:02:03\\u005a\"", "\"2024-02-29T01:02:03Z\"")]
    [InlineData(ColumnType.Json, "{\"b\": 1,\n \"a\": [ ]}", "{\"b\": 1,  \"a\": [ ]}")]
    [InlineData(ColumnType.Jsonb, "{\"b\": 1,\n \"a\": [ ]}", "{\"a\":[],\"b\":1}")]
    [InlineData(ColumnType.Json, "\"text\"", "\"text\"")]
    [InlineData(ColumnType.Float8, "\"NaN\"", "\"NaN\"")]
    [InlineData(ColumnType.Float8, "1E+20", "1E+20")]
    [InlineData(ColumnType.Bytea, "\"AAEC\\/w==\"", "\"AAEC/w==\"")]
    public void A_json_value_is_read_and_written_on_one_line(ColumnType type, string value, string expected)
    {
        var column = TypeSample.Of(type).Column;
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(value));
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, 1);
        reader.Read();
        Assert.True(ColumnText.TryParseJson(column, ref reader, ref writer, out var why), why);
        writer.End();
        using var again = new ByteBuffer();
        ColumnText.FormatJson(column, new RowView(buffer.Written)[0], again);
        Assert.Equal(expected, Encoding.UTF8.GetString(again.Written));
    }

    [Fact]
    public void Arrays_hold_every_type_but_arrays() => Seed.Run(random =>
    {
        foreach (var type in Enum.GetValues<ColumnType>().Where(t => t != ColumnType.Array))
        {
            var sample = TypeSample.Of(type);
            var column = new Column("c", ColumnType.Array) { ElementType = type };
            var schema = new TableSchema([column]);
            using var buffer = new ByteBuffer();
            var writer = new RowWriter(buffer);
            writer.Begin(1, 1);
            writer.BeginArray(4);
            for (var i = 0; i < 3; i++)
                sample.Write(ref writer, sample.Next(random));
            writer.WriteNull();
            writer.End();
            var row = buffer.Written.ToArray();
            Assert.Equal(default, Keys.FaultOf(schema, row));

            buffer.Truncate(0);
            ColumnText.FormatCsv(column, new RowView(row)[0], buffer);
            var text = buffer.Written.ToArray();
            writer.Begin(1, 1);
            Assert.True(ColumnText.TryParse(column, text, ref writer, out var why), why);
            writer.End();
            if (type is not (ColumnType.Json or ColumnType.Jsonb)) // inside an array their null is NULL
                Assert.Equal(Keys.Of(schema, row), Keys.Of(schema, buffer.Written[text.Length..].ToArray()));

            buffer.Truncate(0);
            var clr = ColumnClr.Read(column, new RowView(row)[0]);
            writer.Begin(1, 1);
            if (!((object?[])clr!).Any(e => type == ColumnType.Numeric && e is string))
            {
                Assert.True(ColumnClr.TryWrite(column, clr, ref writer, out var fault), fault.Code);
                writer.End();
                Assert.Equal(Keys.Of(schema, row), Keys.Of(schema, buffer.Written.ToArray()));
            }
        }
    });

    [Fact]
    public void Reading_numbers_text_and_times_allocates_nothing()
    {
        var columns = new[] { ColumnType.Int8, ColumnType.Float8, ColumnType.Text, ColumnType.Timestamptz, ColumnType.Numeric, ColumnType.Boolean }.Select(t => new Column("c", t)).ToArray();
        byte[][] texts = ["123456"u8.ToArray(), "1234.5678"u8.ToArray(), "some text"u8.ToArray(), "2024-02-29T01:02:03.123Z"u8.ToArray(), "12.34"u8.ToArray(), "true"u8.ToArray()];
        using var buffer = new ByteBuffer(4096);
        for (var warm = 0; warm < 3; warm++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 10_000; i++)
            {
                buffer.Truncate(0);
                var writer = new RowWriter(buffer);
                writer.Begin(1, columns.Length);
                for (var c = 0; c < columns.Length; c++)
                    if (!ColumnText.TryParse(columns[c], texts[c], ref writer, out _))
                        Assert.Fail("refused");
                writer.End();
            }

            if (warm == 2)
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }
}
