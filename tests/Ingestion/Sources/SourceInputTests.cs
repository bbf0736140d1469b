using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class SourceInputTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("helios-sources-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    public void Utf16_and_utf32_are_refused_with_and_without_a_mark(string encoding)
    {
        var bytes = Encoding.GetEncoding(encoding).GetBytes("id,plate\n1,a\n");
        var marked = Encoding.GetEncoding(encoding).GetPreamble().Concat(bytes).ToArray();

        foreach (var input in new[] { bytes, marked })
        {
            var stream = new ScriptedStream(input);
            var error = Assert.Throws<HeliosException>(() => SourceInput.Open(stream, "trips.csv", Reading.None));
            Assert.Equal((HeliosErrorKind.Invalid, "unsupported_encoding"), (error.Kind, error.Code));
            Assert.True(stream.IsDisposed);
        }
    }

    [Fact]
    public void A_directory_or_a_missing_file_is_named()
    {
        Assert.Equal("source_is_directory", Assert.Throws<HeliosException>(() => SourceInput.OpenFile(_directory, Reading.None)).Code);
        Assert.Equal("source_not_found", Assert.Throws<HeliosException>(() => SourceInput.OpenFile(Path.Combine(_directory, "no.csv"), Reading.None)).Code);
        Assert.Equal("source_not_found", Assert.Throws<HeliosException>(() => SourceInput.OpenFile(Path.Combine(_directory, "no", "no.csv"), Reading.None)).Code);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(200_000)]
    public void A_file_that_has_grown_is_the_same_source_and_goes_on_where_it_ended(int before)
    {
        var path = Path.Combine(_directory, "trips.csv");
        var text = Lines(before);
        File.WriteAllText(path, text);
        var (identity, end, count) = ReadToEnd(path);

        File.AppendAllText(path, "x1\nx2\n" + Lines(300_000));
        using var grown = SourceInput.OpenFile(path, Reading.None);

        Assert.Equal(Math.Min(before, 65_536), identity.FingerprintBytes);
        Assert.True(identity.Matches(grown.Head));
        Assert.Equal(before >= 65_536, identity == grown.Identity);
        Assert.True(grown.TryResume(end, Reading.None));
        var rest = Reading.All(grown, new LineSplitter(), end.Record);
        Assert.Equal((count + 1, before, "x1"), ((int)rest[0].Number, (int)rest[0].Offset, rest[0].Bytes));
    }

    [Fact]
    public void A_file_changed_before_the_position_is_another_source_and_is_read_from_its_start()
    {
        var path = Path.Combine(_directory, "trips.csv");
        File.WriteAllText(path, Lines(300_000));
        var (identity, end, count) = ReadToEnd(path);
        var bytes = File.ReadAllBytes(path);
        bytes[250_000] = (byte)'z';
        File.WriteAllBytes(path, bytes);

        using var changed = SourceInput.OpenFile(path, Reading.None);
        Assert.True(identity.Matches(changed.Head)); // the change lies behind the fingerprint
        Assert.False(changed.TryResume(end, Reading.None));
        changed.Rewind(Reading.None);

        var all = Reading.All(changed, new LineSplitter());
        Assert.Equal((count, 1L, 0L), (all.Count, all[0].Number, all[0].Offset));
    }

    [Fact]
    public void A_file_that_ends_before_the_position_is_another_source()
    {
        using var input = Reading.Open("1\n2\n");

        Assert.False(input.TryResume(new SourcePosition(5, 3, 0), Reading.None));
    }

    [Fact]
    public void A_pipe_with_other_bytes_before_the_position_is_an_error()
    {
        using var input = SourceInput.Open(new ScriptedStream("1\n2\n3\n"u8.ToArray(), isPipe: true), "standard input", Reading.None);

        var error = Assert.Throws<HeliosException>(() => input.TryResume(new SourcePosition(4, 2, 1), Reading.None));

        Assert.Equal((HeliosErrorKind.Invalid, "source_mismatch"), (error.Kind, error.Code));
    }

    [Fact]
    public void The_position_0_is_the_start_of_every_input_also_behind_a_mark()
    {
        using var input = Reading.Open("\uFEFF1\n");

        Assert.True(input.TryResume(new SourcePosition(0, 0, 0), Reading.None));
        Assert.Equal(3, input.Offset);
    }

    [Fact]
    public void The_identity_of_an_empty_input_matches_only_empty_inputs()
    {
        var empty = SourceIdentity.Of([]);

        Assert.True(empty.Matches([]));
        Assert.False(empty.Matches("1"u8));
        Assert.False(SourceIdentity.Of("12"u8).Matches("1"u8));
        Assert.False(new SourceIdentity(0, -1).Matches("1"u8));
    }

    [Fact]
    public void Going_on_skips_the_header_even_where_the_position_lies_inside_it()
    {
        const string Text = "id,\"a\nb\"\n1,x\n2,y\n";
        foreach (var stored in new SourcePosition?[] { null, At(Text, 0, 0), At(Text, 6, 1), At(Text, 9, 0), At(Text, 13, 1) })
        {
            using var input = Reading.Open(Text);
            var header = CsvHeader.Peek(input, (byte)',', hasHeader: true, Reading.None)!;
            using var reader = RecordReader.TryStart(input, new CsvSplitter(), header.Bytes, stored, Reading.None)!;
            using var batch = reader.Next(Reading.None)!;

            Assert.Equal(["id", "a\nb"], header.Names.AsEnumerable());
            Assert.Equal(stored?.Offset == 13 ? "2,y" : "1,x", SourceRecord.Show(batch.Bytes(0)));
            Assert.Equal((stored?.Record ?? 0) + 1, batch.FirstNumber);
        }
    }

    private static SourcePosition At(string text, int offset, long record) =>
        new(offset, record, RunningCrc.Append(0, Encoding.UTF8.GetBytes(text)[..offset]));

    private static (SourceIdentity Identity, SourcePosition End, int Count) ReadToEnd(string path)
    {
        var ends = new List<(SourcePosition End, int Records)>();
        var input = SourceInput.OpenFile(path, Reading.None);
        Reading.All(input, new LineSplitter(), ends: ends);
        return (input.Identity, ends[^1].End, ends[^1].Records);
    }

    private static string Lines(int bytes)
    {
        var text = new StringBuilder();
        for (var i = 0; text.Length < bytes; i++)
            text.Append("line ").Append(i).Append('\n');
        text.Length = bytes - 1;
        return text.Append('\n').ToString();
    }
}
