namespace Helios.Pipeline.Ingestion.Tests;

public sealed class RecordReaderRandomTests
{
    private static readonly byte[][] Pieces =
    [
        "a"u8.ToArray(), "bc"u8.ToArray(), ","u8.ToArray(), ",\""u8.ToArray(), "\","u8.ToArray(), "\""u8.ToArray(), "\"\""u8.ToArray(),
        "\n"u8.ToArray(), "\n"u8.ToArray(), "\r\n"u8.ToArray(), "\r"u8.ToArray(), "ø"u8.ToArray(), "\"\n\""u8.ToArray(), "a\",\"\n"u8.ToArray(),
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Small_inputs_are_cut_like_by_the_naive_reader(bool isCsv)
    {
        Seeds.Run(3_000, random =>
        {
            var bytes = RandomInput(random, random.Next(0, 200), runs: 1);
            Compare(bytes, isCsv, RandomLimits(random, maxRecord: 60), random);
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Inputs_larger_than_the_buffer_are_cut_like_by_the_naive_reader(bool isCsv)
    {
        Seeds.Run(12, random =>
        {
            var bytes = RandomInput(random, random.Next(100_000, 300_000), runs: random.Next(1, 3_000));
            Compare(bytes, isCsv, RandomLimits(random, maxRecord: 40_000), random);
        });
    }

    [Fact]
    public void Going_on_at_any_batch_boundary_gives_exactly_the_remaining_records_and_the_same_crc()
    {
        Seeds.Run(150, random =>
        {
            var bytes = RandomInput(random, random.Next(50, 400), runs: 1);
            var limits = RandomLimits(random, maxRecord: 60);
            var ends = new List<(SourcePosition End, int Records)>();
            var all = Reading.All(Reading.Open(bytes, limits), new CsvSplitter(), ends: ends);

            foreach (var (end, records) in ends)
            {
                var input = SourceInput.Open(new ScriptedStream(bytes, _ => random.Next(1, 50), isPipe: true), "-", Reading.None, limits);
                Assert.True(input.TryResume(end, Reading.None));
                var laterEnds = new List<(SourcePosition End, int Records)>();
                var rest = Reading.All(input, new CsvSplitter(), end.Record, laterEnds);

                Assert.Equal(all.Skip(records), rest);
                if (laterEnds.Count > 0)
                    Assert.Equal(ends[^1].End, laterEnds[^1].End);
            }
        });
    }

    private static void Compare(byte[] bytes, bool isCsv, BatchLimits limits, Random random)
    {
        var stream = new ScriptedStream(bytes, _ => random.Next(1, 1 + random.Next(1, 20_000)));
        var input = SourceInput.Open(stream, "random", Reading.None, limits);
        var ends = new List<(SourcePosition End, int Records)>();

        var records = Reading.All(input, isCsv ? new CsvSplitter() : new LineSplitter(), ends: ends);

        Assert.Equal(NaiveReader.Read(bytes, isCsv, limits), records, Same);
        Assert.True(input.BufferBytes <= input.MaxBufferBytes);
        var (crc, at) = (0u, 0);
        foreach (var (end, count) in ends)
        {
            crc = SlowCrc(crc, bytes.AsSpan(at..(int)end.Offset));
            at = (int)end.Offset;
            Assert.Equal(new SourcePosition(at, count, crc), end);
        }
    }

    // The excerpt of a shortened record may be up to three bytes shorter, to end between two characters.
    private static bool Same(SourceRecord naive, SourceRecord cut) =>
        naive == cut || (cut.Flaw == RecordFlaw.TooLong || cut.Flaw == RecordFlaw.UnclosedQuote)
            && cut.RawBytes > cut.Bytes.Length && naive.Bytes.Length - cut.Bytes.Length is >= 0 and <= 3
            && naive.Bytes.StartsWith(cut.Bytes, StringComparison.Ordinal) && naive with { Bytes = cut.Bytes } == cut;

    private static BatchLimits RandomLimits(Random random, int maxRecord)
    {
        var record = random.Next(1, maxRecord);
        return new BatchLimits
        {
            MaxRecords = random.Next(1, 50),
            MaxBytes = random.Next(1, 2 * maxRecord),
            MaxRecordBytes = record,
            MaxRawBytes = random.Next(1, record + 1),
            ReadBytes = random.Next(1, 10_000),
            ReturnBeforeRead = random.Next(4) == 0,
        };
    }

    private static byte[] RandomInput(Random random, int length, int runs)
    {
        // Few kinds of pieces in one stretch make the long quoted fields and long lines that even odds never give.
        var bytes = new List<byte>(length + 16);
        if (random.Next(4) == 0)
            bytes.AddRange("\uFEFF"u8.ToArray());
        while (bytes.Count < length)
        {
            var kinds = Enumerable.Range(0, random.Next(1, 8)).Select(_ => Pieces[random.Next(Pieces.Length)]).ToArray();
            for (var i = random.Next(1, 2 + runs + 8); i > 0 && bytes.Count < length; i--)
                bytes.AddRange(random.Next(300) == 0 ? [0xFF] : kinds[random.Next(kinds.Length)]);
        }

        if (bytes is [0xFF, 0xFE, ..])
            bytes.RemoveAt(0);
        return [.. bytes];
    }

    private static uint SlowCrc(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
        }

        return ~crc;
    }
}
