using System.Text;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class CsvFieldsTests
{
    [Theory]
    [InlineData("a,b", "a|b")]
    [InlineData("", "NULL")]
    [InlineData(",", "NULL|NULL")]
    [InlineData("\"\",", "''|NULL")]
    [InlineData(",\"\"", "NULL|''")]
    [InlineData("\"a,b\",c", "'a,b'|c")]
    [InlineData("\"a\nb\",c", "'a\nb'|c")]
    [InlineData("\"say \"\"hi\"\"\",\"\"\"\"", "'say \"hi\"'|'\"'")]
    [InlineData("5\" pipe,a\"b\"c", "5\" pipe|a\"b\"c")]
    [InlineData(" \"a\" ,b", " \"a\" |b")]
    [InlineData("a\r,b", "a\r|b")]
    public void Fields_are_told_apart_and_unescaped(string record, string fields)
    {
        Assert.Equal(fields, Walk(record, ',', expected: fields.Split('|').Length, out var fault));
        Assert.Null(fault);
    }

    [Fact]
    public void Another_delimiter_makes_the_comma_ordinary()
    {
        Assert.Equal("a,b|'c;d'", Walk("a,b;\"c;d\"", ';', 2, out _));
    }

    [Theory]
    [InlineData("\"a\"b,c")]
    [InlineData("x,\"a\" ,c")]
    [InlineData("\"a\"\r,c")]
    [InlineData("\"a\"\"\"b")]
    [InlineData("\"never closed")]
    public void Bytes_behind_a_closing_quote_make_the_record_malformed(string record)
    {
        Walk(record, ',', 2, out var fault);

        Assert.Equal(RecordCodes.Malformed, fault!.Code);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a,b,c")]
    [InlineData("a,b,")]
    public void A_ragged_record_is_refused_with_both_counts(string record)
    {
        Walk(record, ',', 2, out var fault);

        Assert.Equal(RecordCodes.ColumnCount, fault!.Code);
        Assert.Contains($"{record.Split(',').Length} fields, not 2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_stay_valid_while_later_fields_of_the_record_are_unescaped()
    {
        var fields = new CsvFields("\"a\"\"1\",\"b\"\"2\""u8, (byte)',', new FieldScratch());

        fields.MoveNext();
        var first = fields.Value;
        fields.MoveNext();

        Assert.Equal("a\"1 b\"2", Encoding.UTF8.GetString(first) + " " + Encoding.UTF8.GetString(fields.Value));
    }

    [Fact]
    public void Walking_allocates_nothing()
    {
        var scratch = new FieldScratch();
        var record = "1,\"plain\",\"with \"\"escapes\"\"\",,last"u8;
        Sum(record, scratch);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1_000; i++)
            Sum(record, scratch);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Splitter_and_fields_agree_on_every_record_that_is_not_malformed()
    {
        // Written fields come back whatever they hold: the two halves of the grammar fit together.
        Seeds.Run(500, random =>
        {
            string[] pieces = ["a", "\"", ",", "\n", "\r", "ø", "\"\"", " "];
            var rows = Enumerable.Range(0, random.Next(1, 6)).Select(_ => Enumerable.Range(0, 3)
                .Select(_ => string.Concat(Enumerable.Range(0, random.Next(0, 6)).Select(_ => pieces[random.Next(pieces.Length)]))).ToArray()).ToArray();
            var text = string.Join('\n', rows.Select(r => string.Join(',', r.Select(f => $"\"{f.Replace("\"", "\"\"", StringComparison.Ordinal)}\""))));

            var records = Reading.Csv(text);

            Assert.Equal(rows.Length, records.Count);
            for (var i = 0; i < rows.Length; i++)
                Assert.Equal(string.Join('|', rows[i].Select(f => $"'{f}'")), Walk(Encoding.Latin1.GetBytes(records[i].Bytes), ',', 3, out _));
        });
    }

    private static int Sum(ReadOnlySpan<byte> record, FieldScratch scratch)
    {
        var bytes = 0;
        var fields = new CsvFields(record, (byte)',', scratch);
        while (fields.MoveNext())
            bytes += fields.Value.Length;
        return fields.Finish(5) is null ? bytes : throw new InvalidOperationException("The record is fine.");
    }

    private static string Walk(string record, char delimiter, int expected, out RecordFault? fault) =>
        Walk(Encoding.UTF8.GetBytes(record), delimiter, expected, out fault);

    private static string Walk(byte[] record, char delimiter, int expected, out RecordFault? fault)
    {
        var shown = new List<string>();
        var fields = new CsvFields(record, (byte)delimiter, new FieldScratch());
        while (fields.MoveNext())
        {
            var value = Encoding.UTF8.GetString(fields.Value);
            shown.Add(fields.IsNull ? "NULL" : fields.IsQuoted ? $"'{value}'" : value);
        }

        fault = fields.Finish(expected);
        return string.Join('|', shown);
    }
}
