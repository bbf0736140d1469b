using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class RecordReaderTests
{
    private const int MiB = 1024 * 1024;

    [Fact]
    public void Records_are_numbered_from_1_and_offsets_count_a_byte_order_mark()
    {
        var records = Reading.Csv("\uFEFFa,b\r\n\r\n\n1,ø\n\"x\ny\",2");

        Assert.Equal(
            [(1, 3, "a,b"), (2, 11, "1,Ã¸"), (3, 16, "\"x\ny\",2")],
            records.Select(r => ((int)r.Number, (int)r.Offset, r.Bytes)));
        Assert.All(records, r => Assert.Equal(RecordFlaw.None, r.Flaw));
    }

    [Fact]
    public void A_carriage_return_alone_ends_no_record()
    {
        Assert.Equal("a\rb", Assert.Single(Reading.Csv("a\rb\r\n")).Bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF")]
    [InlineData("\n\r\n\n")]
    public void An_input_without_records_gives_no_batch(string text)
    {
        Assert.Empty(Reading.Csv(text));
        Assert.Empty(Reading.Lines(text));
    }

    [Fact]
    public void An_empty_input_says_so()
    {
        using var empty = Reading.Open("");
        using var mark = Reading.Open("\uFEFF");
        using var line = Reading.Open("\n");

        Assert.True(empty.IsEmpty);
        Assert.True(mark.IsEmpty);
        Assert.False(line.IsEmpty);
    }

    [Fact]
    public void An_unclosed_quote_costs_one_record()
    {
        var records = Reading.Csv("1,a\n2,\"b\n3,c\n4,d\n");

        Assert.Equal(["1,a", "2,\"b", "3,c", "4,d"], records.Select(r => r.Bytes));
        Assert.Equal([RecordFlaw.None, RecordFlaw.UnclosedQuote, RecordFlaw.None, RecordFlaw.None], records.Select(r => r.Flaw));
        Assert.Equal(RecordCodes.UnclosedQuote, records[1].Flaw.Fault(BatchLimits.Default)!.Code);
    }

    [Fact]
    public void Bytes_that_are_no_utf8_cost_their_record_only()
    {
        var records = Reading.All(Reading.Open([.. "1,a\n2,"u8, 0xC3, 0x28, .. "\n3,ø\n"u8]), new CsvSplitter());

        Assert.Equal([RecordFlaw.None, RecordFlaw.InvalidUtf8, RecordFlaw.None], records.Select(r => r.Flaw));
        Assert.Equal(RecordCodes.InvalidUtf8, records[1].Flaw.Fault(BatchLimits.Default)!.Code);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public void A_record_may_have_16_MiB_without_its_line_ending(int beyond, bool isTooLong)
    {
        foreach (var ending in new[] { "\n", "\r\n", "" })
        {
            var line = new string('x', (16 * MiB) + beyond);
            var records = Reading.Csv($"1\n{line}{ending}");

            Assert.Equal(isTooLong ? RecordFlaw.TooLong : RecordFlaw.None, records[1].Flaw);
            Assert.Equal(line.Length, records[1].RawBytes);
            Assert.Equal(isTooLong ? 64 * 1024 : line.Length, records[1].Bytes.Length);
        }
    }

    [Fact]
    public void A_line_of_100_MB_streams_through_with_flat_memory()
    {
        const int Line = 100_000_000;
        var input = SourceInput.Open(new LongLineStream(Line), "long", Reading.None);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var records = Reading.All(input, new LineSplitter());

        Assert.Equal([(0L, 1L, RecordFlaw.None), (2L, Line, RecordFlaw.TooLong), (Line + 3L, 1L, RecordFlaw.None)], records.Select(r => (r.Offset, r.RawBytes, r.Flaw)));
        Assert.Equal(64 * 1024, records[1].Bytes.Length);
        Assert.True(input.BufferBytes <= (17 * MiB) + 2);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 48 * MiB); // the buffer doubling up to 17 MiB, whatever the line
    }

    [Fact]
    public void A_quote_that_stays_open_for_more_than_16_MiB_costs_one_record()
    {
        var text = new StringBuilder("1,\"open\n");
        for (var i = 0; text.Length < 17 * MiB; i++)
            text.Append("2,some ordinary text that fills the file\n");
        var lines = text.ToString().Count(c => c == '\n');

        var records = Reading.Csv(text.ToString());

        Assert.Equal(lines, records.Count);
        Assert.Equal(new SourceRecord(1, 0, "1,\"open", 7, RecordFlaw.TooLong), records[0]);
        Assert.All(records.Skip(1), r => Assert.Equal(RecordFlaw.None, r.Flaw));
    }

    [Fact]
    public void A_file_in_which_every_line_leaves_a_quote_open_is_read_in_linear_time()
    {
        // Each of these lines opens a quote that the next line closes and opens again. Without the splitter's memory
        // every line costs 16 MiB of looking: a test host would be at it for hours.
        var text = string.Concat(Enumerable.Repeat("a\",\"\n", 18 * MiB / 5));

        var records = Reading.Csv(text);

        Assert.Equal(18 * MiB / 5, records.Count);
        Assert.Equal(RecordFlaw.TooLong, records[0].Flaw);
        Assert.Equal(RecordFlaw.UnclosedQuote, records[^1].Flaw);
    }

    [Fact]
    public void A_shortened_excerpt_ends_between_two_characters()
    {
        var limits = new BatchLimits { MaxRecordBytes = 10, MaxRawBytes = 4 };

        Assert.Equal("abc", Reading.Lines("abcø0123456789\n", limits)[0].Bytes);
        Assert.Equal("abc", Reading.Lines("abcø0123456789", limits)[0].Bytes);
    }

    [Fact]
    public void A_batch_ends_at_the_limit_of_records_or_of_bytes()
    {
        var limits = new BatchLimits { MaxRecords = 3, MaxBytes = 8 };
        using var reader = new RecordReader(Reading.Open("1\n2\n3\n4\n55555\n6\n7777777777\n8", limits), new LineSplitter());

        var counts = new List<int>();
        while (reader.Next(Reading.None) is { } batch)
        {
            counts.Add(batch.Count);
            batch.Dispose();
        }

        Assert.Equal([3, 2, 1, 1, 1], counts);
    }

    [Fact]
    public void A_pipe_may_ask_for_a_batch_before_the_next_read()
    {
        var stream = new ScriptedStream(Encoding.UTF8.GetBytes(new string('\n', SourceIdentity.MaxBytes) + "1\n2\n3\n"), at => at < SourceIdentity.MaxBytes ? SourceIdentity.MaxBytes - at : 3, isPipe: true);
        using var reader = new RecordReader(SourceInput.Open(stream, "-", Reading.None, new BatchLimits { ReturnBeforeRead = true }), new LineSplitter());

        using var first = reader.Next(Reading.None);

        Assert.Equal(1, first!.Count);
    }

    [Fact]
    public void Cancelling_stops_before_the_next_read()
    {
        var stream = new ScriptedStream(Encoding.UTF8.GetBytes(new string('x', 200_000)), _ => 70_000);
        using var reader = new RecordReader(SourceInput.Open(stream, "x", Reading.None), new LineSplitter());

        Assert.Throws<OperationCanceledException>(() => reader.Next(new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_read_that_fails_names_the_offset_and_keeps_what_came_before()
    {
        var stream = new ScriptedStream(Encoding.UTF8.GetBytes(new string('x', 99_999) + "\nyy"), _ => 100_000) { FailAt = 100_000 };
        using var reader = new RecordReader(SourceInput.Open(stream, "trips.csv", Reading.None, new BatchLimits { MaxRecords = 1 }), new LineSplitter());
        using var first = reader.Next(Reading.None);

        var error = Assert.Throws<HeliosException>(() => reader.Next(Reading.None));

        Assert.Equal(1, first!.Count);
        Assert.Equal((HeliosErrorKind.Unavailable, "source_read_failed"), (error.Kind, error.Code));
        Assert.Contains("byte 100000", error.Message, StringComparison.Ordinal);
    }

    private sealed class LongLineStream(int line) : Stream
    {
        private long _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => line + 4;

        public override long Position { get => _at; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, Length - _at);
            for (var i = 0; i < read; i++, _at++)
                buffer[offset + i] = _at == 1 || _at == line + 2 ? (byte)'\n' : (byte)'x';
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
