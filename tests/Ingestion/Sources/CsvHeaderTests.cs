using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class CsvHeaderTests
{
    [Fact]
    public void A_header_gives_the_names_and_where_the_first_record_begins()
    {
        using var input = Reading.Open("\uFEFF\r\nid,\"zone, \"\"home\"\"\",Øy\r\n1,2,3\r\n");

        var header = CsvHeader.Peek(input, (byte)',', hasHeader: true, Reading.None)!;

        Assert.Equal(["id", "zone, \"home\"", "Øy"], header.Names.AsEnumerable());
        Assert.Equal("1,2,3\r\n", SourceRecord.Show(input.Unread[header.Bytes..]));
    }

    [Fact]
    public void Without_a_header_line_the_columns_are_numbered_and_the_first_line_is_a_record()
    {
        using var input = Reading.Open("7;8;9\n");

        var header = CsvHeader.Peek(input, (byte)';', hasHeader: false, Reading.None)!;

        Assert.Equal(["c1", "c2", "c3"], header.Names.AsEnumerable());
        Assert.Equal(0, header.Bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\r\n")]
    public void An_input_without_a_record_has_no_header(string text)
    {
        Assert.Null(CsvHeader.Peek(Reading.Open(text), (byte)',', hasHeader: true, Reading.None));
    }

    [Fact]
    public void A_header_alone_is_an_input_without_records()
    {
        using var input = Reading.Open("id,plate\n");
        var header = CsvHeader.Peek(input, (byte)',', hasHeader: true, Reading.None)!;

        using var reader = RecordReader.TryStart(input, new CsvSplitter(), header.Bytes, stored: null, Reading.None)!;

        Assert.Null(reader.Next(Reading.None));
    }

    [Theory]
    [InlineData("id,plate,id\n", "duplicate_column", "columns 1 and 3 are both named id")]
    [InlineData("id,,plate\n", "empty_column_name", "column 2 has no name")]
    [InlineData("id,\"\"\n", "empty_column_name", "column 2 has no name")]
    [InlineData("id,\n", "empty_column_name", "column 2 has no name")]
    [InlineData("id,\"plate\nx,1\n", "malformed_header", "not closed")]
    [InlineData("\"id\"x,plate\n", "malformed_header", "closing quote")]
    public void A_header_that_names_no_table_is_refused(string text, string code, string message)
    {
        var error = Assert.Throws<HeliosException>(() => CsvHeader.Peek(Reading.Open(text), (byte)',', hasHeader: true, Reading.None));

        Assert.Equal((HeliosErrorKind.Invalid, code), (error.Kind, error.Code));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_600, 128, null)]
    [InlineData(1_601, 128, "too_many_columns")]
    [InlineData(1_600, 129, "column_name_too_long")]
    public void A_header_may_have_1600_names_of_128_bytes(int columns, int nameBytes, string? code)
    {
        var text = string.Join(',', Enumerable.Range(0, columns).Select(i => i.ToString().PadLeft(nameBytes, 'c')));
        CsvHeader? header = null;

        var error = Record.Exception(() => header = CsvHeader.Peek(Reading.Open(text), (byte)',', hasHeader: true, Reading.None));

        Assert.Equal(code, (error as HeliosException)?.Code);
        Assert.Equal(code is null ? columns : null, header?.Names.Length);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    [InlineData(5_000, false)]
    public void A_header_is_no_longer_than_a_record(int length, bool isFine)
    {
        var input = Reading.Open(new string('\n', 70_000) + new string('x', length) + "\n1\n", new BatchLimits { MaxRecordBytes = 100, MaxRawBytes = 10, ReadBytes = 500 });

        var error = Record.Exception(() => CsvHeader.Peek(input, (byte)',', hasHeader: false, Reading.None));

        Assert.Equal(isFine ? null : "malformed_header", (error as HeliosException)?.Code);
    }

    [Fact]
    public void A_header_that_is_no_utf8_is_refused()
    {
        var error = Assert.Throws<HeliosException>(() => CsvHeader.Peek(Reading.Open([.. "id,"u8, 0xE6, (byte)'\n']), (byte)',', hasHeader: true, Reading.None));

        Assert.Equal("malformed_header", error.Code);
    }

    [Theory]
    [InlineData("trips.csv", "{}", "Csv")]
    [InlineData("trips.JSONL", "a,b", "Ndjson")]
    [InlineData("trips.ndjson", "", "Ndjson")]
    [InlineData("trips.txt", "\uFEFF \n{\"a\":1}", "Ndjson")]
    [InlineData("trips", "a,b", "Csv")]
    [InlineData(null, "{\"a\":1}", "Ndjson")]
    [InlineData(null, "[1]", "Csv")]
    [InlineData(null, "", "Csv")]
    public void The_format_comes_from_the_extension_or_else_from_the_first_byte(string? path, string head, string format)
    {
        Assert.Equal(format, FormatDetector.Detect(path, System.Text.Encoding.UTF8.GetBytes(head)).ToString());
    }
}
