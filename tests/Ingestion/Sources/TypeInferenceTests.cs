using System.Text;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class TypeInferenceTests
{
    [Theory]
    [InlineData("true|FALSE|True||", "Boolean")]
    [InlineData("true|1", "Text")]
    [InlineData("0|-1|9223372036854775807|-9223372036854775808", "Int8")]
    [InlineData("1|9223372036854775808", "Numeric")]
    [InlineData("-9223372036854775809", "Numeric")]
    [InlineData("99999999999999999999999999999999999999", "Numeric")]
    [InlineData("100000000000000000000000000000000000000", "Text")]
    [InlineData("0.5|-0.5|1e3|-1.25E-7", "Float8")]
    [InlineData("1|0.5", "Float8")]
    [InlineData("9007199254740992|-9007199254740992|0.5", "Float8")]
    [InlineData("9007199254740993|0.5", "Numeric")]
    [InlineData("-9007199254740993|0.5", "Numeric")]
    [InlineData("9223372036854775808|0.5", "Numeric")]
    [InlineData("9007199254740993|1e3", "Text")]
    [InlineData("1|1e999", "Text")]
    [InlineData("007|8", "Text")]
    [InlineData("00.5", "Text")]
    [InlineData("-01", "Text")]
    [InlineData("+1|2", "Text")]
    [InlineData("1.", "Text")]
    [InlineData(".5", "Text")]
    [InlineData("1e", "Text")]
    [InlineData("-", "Text")]
    [InlineData("0x10", "Text")]
    [InlineData(" 1", "Text")]
    [InlineData("1,5", "Text")]
    [InlineData("NaN", "Text")]
    [InlineData("2024-02-29|1999-12-31", "Date")]
    [InlineData("2024-02-29|2023-02-29", "Text")]
    [InlineData("12:30|23:59:59.9999999", "Time")]
    [InlineData("2024-02-29T12:30|2024-02-29 12:30:15.5", "Timestamp")]
    [InlineData("2024-02-29T12:30Z|2024-02-29 12:30:15+05:30", "Timestamptz")]
    [InlineData("2024-02-29T12:30Z|2024-02-29T12:30", "Text")]
    [InlineData("2024-02-29|2024-02-29T12:30", "Text")]
    [InlineData("2024-02-29|1", "Text")]
    [InlineData("|", "Text")]
    [InlineData("\"1\"|2", "Int8")]
    [InlineData("\"\"|2", "Text")]
    public void Csv_values_suggest_the_type_that_all_of_them_fit(string values, string type)
    {
        var inference = new CsvTypeInference(["a", "b"], (byte)';');
        foreach (var value in values.Split('|'))
            inference.Observe(Encoding.UTF8.GetBytes($"x;{value}"));

        Assert.Equal(type, inference.Columns[1].Type.ToString());
    }

    [Theory]
    [InlineData("1|2|null", "Int8")]
    [InlineData("1|0.5", "Float8")]
    [InlineData("9007199254740993|0.5", "Numeric")]
    [InlineData("12345678901234567890", "Numeric")]
    [InlineData("true|false", "Boolean")]
    [InlineData("\"true\"", "Text")]
    [InlineData("\"1\"|\"2\"", "Text")]
    [InlineData("1|\"2\"", "Text")]
    [InlineData("\"2024-02-29\"|\"2024-03-01\"", "Date")]
    [InlineData("\"2024-02-29\"|\"x\"", "Text")]
    [InlineData("\"\\u0032024-02-29\"", "Date")]
    [InlineData("\"2024-02-29T12:30:00Z\"", "Timestamptz")]
    [InlineData("\"\"", "Text")]
    [InlineData("{}|[1]|null", "Json")]
    [InlineData("{}|\"x\"", "Text")]
    [InlineData("{}|1", "Text")]
    [InlineData("null", "Text")]
    public void Json_values_suggest_the_type_that_all_of_them_fit(string values, string type)
    {
        var inference = new NdjsonTypeInference();
        foreach (var value in values.Split('|'))
            inference.Observe(Encoding.UTF8.GetBytes($"{{\"v\":{value}}}"));

        Assert.Equal(type, Assert.Single(inference.Columns).Type.ToString());
    }

    [Fact]
    public void Json_columns_are_the_union_of_all_fields_in_order_of_first_appearance()
    {
        var inference = new NdjsonTypeInference();
        inference.Observe("{\"b\":1,\"a\":{\"x\":1}}"u8);
        inference.Observe("{\"c\":true,\"b\":2}"u8);

        Assert.Equal("b Int8, a Json, c Boolean", string.Join(", ", inference.Columns.Select(c => $"{c.Name} {c.Type}")));
    }

    [Fact]
    public void Records_that_will_be_rejected_for_their_form_have_no_say()
    {
        var csv = new CsvTypeInference(["a", "b"], (byte)',');
        foreach (var record in new[] { "1,2", "x", "x,y,z", "\"x\"y,1" })
            csv.Observe(Encoding.UTF8.GetBytes(record));
        var json = new NdjsonTypeInference();
        foreach (var record in new[] { "{\"a\":1}", "{\"a\":\"x\",", "{\"a\":\"x\",\"a\":1}", "[1]", "{\"a\":\"x\",\"z\":2} 1" })
            json.Observe(Encoding.UTF8.GetBytes(record));

        Assert.Equal("a Int8, b Int8", string.Join(", ", csv.Columns.Select(c => $"{c.Name} {c.Type}")));
        Assert.Equal("a Int8", string.Join(", ", json.Columns.Select(c => $"{c.Name} {c.Type}")));
    }

    [Fact]
    public void Fields_that_no_table_can_have_become_no_columns()
    {
        var inference = new NdjsonTypeInference();
        inference.Observe(Encoding.UTF8.GetBytes($"{{\"\":1,\"{new string('n', 129)}\":1,\"{new string('n', 128)}\":1}}"));
        inference.Observe(Encoding.UTF8.GetBytes("{" + string.Join(',', Enumerable.Range(0, 2_000).Select(i => $"\"c{i}\":1")) + "}"));

        Assert.Equal(1_600, inference.Columns.Length);
        Assert.Equal(128, inference.Columns[0].Name.Length);
    }

    [Fact]
    public void Only_the_first_10000_records_have_a_say()
    {
        var inference = new CsvTypeInference(["a"], (byte)',');
        for (var i = 0; i < 10_000; i++)
        {
            Assert.False(inference.IsFull);
            inference.Observe("1"u8);
        }

        inference.Observe("x"u8);

        Assert.True(inference.IsFull);
        Assert.Equal("Int8", inference.Columns[0].Type.ToString());
    }

    [Fact]
    public void Only_the_first_16_MiB_have_a_say()
    {
        var inference = new CsvTypeInference(["a", "b"], (byte)',');
        var record = Encoding.UTF8.GetBytes("1," + new string('x', (1024 * 1024) - 2));
        for (var i = 0; i < 16; i++)
        {
            Assert.False(inference.IsFull);
            inference.Observe(record);
        }

        Assert.True(inference.IsFull);
    }

    [Theory]
    [InlineData("0001-01-01", "Date")]
    [InlineData("9999-12-31", "Date")]
    [InlineData("0000-01-01", "None")]
    [InlineData("1900-02-29", "None")]
    [InlineData("2000-02-29", "Date")]
    [InlineData("2024-13-01", "None")]
    [InlineData("2024-00-01", "None")]
    [InlineData("2024-04-31", "None")]
    [InlineData("2024-04-00", "None")]
    [InlineData("2024-4-1", "None")]
    [InlineData("20240401", "None")]
    [InlineData("2024/04/01", "None")]
    [InlineData("12024-04-01", "None")]
    [InlineData("00:00", "Time")]
    [InlineData("24:00", "None")]
    [InlineData("23:60", "None")]
    [InlineData("23:59:60", "None")]
    [InlineData("1:30", "None")]
    [InlineData("12:30:", "None")]
    [InlineData("12:30:5", "None")]
    [InlineData("12:30:05.", "None")]
    [InlineData("12:30:05.1234567", "Time")]
    [InlineData("12:30:05.12345678", "None")]
    [InlineData("12:30Z", "None")]
    [InlineData("2024-04-01T12:30", "Timestamp")]
    [InlineData("2024-04-01t12:30", "None")]
    [InlineData("2024-04-01T", "None")]
    [InlineData("2024-04-01Z", "None")]
    [InlineData("2024-04-01T12:30:05.1234567Z", "Timestamptz")]
    [InlineData("2024-04-01T12:30z", "None")]
    [InlineData("2024-04-01T12:30+14:00", "Timestamptz")]
    [InlineData("2024-04-01T12:30-1400", "Timestamptz")]
    [InlineData("2024-04-01T12:30+14:01", "None")]
    [InlineData("2024-04-01T12:30+02:60", "None")]
    [InlineData("2024-04-01T12:30+02", "None")]
    [InlineData("2024-04-01T12:30+2:00", "None")]
    [InlineData("2024-04-01T12:30 +02:00", "None")]
    [InlineData("0001-01-01T00:30+01:00", "None")]
    [InlineData("0001-01-01T01:00+01:00", "Timestamptz")]
    [InlineData("9999-12-31T23:30-01:00", "None")]
    [InlineData("9999-12-31T22:59:59.9999999-01:00", "Timestamptz")]
    [InlineData("", "None")]
    public void Iso_8601_dates_and_times_are_recognised_within_their_ranges(string value, string shape)
    {
        Assert.Equal(shape, Iso8601.Classify(Encoding.UTF8.GetBytes(value)).ToString());
    }

    [Fact]
    public void Every_day_of_the_calendar_and_no_other_is_a_date()
    {
        for (var year = 1896; year <= 2004; year++)
        {
            for (var month = 0; month <= 13; month++)
            {
                for (var day = 0; day <= 32; day++)
                {
                    var text = $"{year:0000}-{month:00}-{day:00}";
                    var isDay = DateOnly.TryParseExact(text, "yyyy-MM-dd", out _);
                    Assert.Equal(isDay ? ValueShape.Date : ValueShape.None, Iso8601.Classify(Encoding.UTF8.GetBytes(text)));
                }
            }
        }
    }

    [Fact]
    public void The_sample_file_has_the_types_that_the_documents_show()
    {
        var path = Path.Combine(Root(), "samples", "data", "trips.csv");
        using var input = SourceInput.OpenFile(path, Reading.None);
        var header = CsvHeader.Peek(input, (byte)',', hasHeader: true, Reading.None)!;
        var inference = new CsvTypeInference(header.Names, (byte)',');
        using var reader = RecordReader.TryStart(input, new CsvSplitter(), header.Bytes, stored: null, Reading.None)!;
        var records = 0;
        var scratch = new FieldScratch();
        while (reader.Next(Reading.None) is { } batch)
        {
            using (batch)
            {
                inference.Observe(batch);
                records += batch.Count;
                for (var i = 0; i < batch.Count; i++)
                    Assert.Null(new CsvFields(batch.Bytes(i), (byte)',', scratch).Finish(header.Names.Length));
            }
        }

        Assert.Equal(10_000, records);
        Assert.Equal(
            "id Int8, plate Text, pickup_at Timestamptz, pickup_zone Text, dropoff_zone Text, distance_km Float8, fare Float8, payment Text, note Text",
            string.Join(", ", inference.Columns.Select(c => $"{c.Name} {c.Type}")));
    }

    private static string Root()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Helios.Pipeline.sln")))
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("The solution was not found above the tests.");
        return directory;
    }
}
