using System.Text;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>One record as a test looks at it.</summary>
internal sealed record SourceRecord(long Number, long Offset, string Bytes, long RawBytes, RecordFlaw Flaw)
{
    /// <summary>Latin-1 shows every byte, whatever it is.</summary>
    public static string Show(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}

/// <summary>Reads inputs in the ways the tests need.</summary>
internal static class Reading
{
    public static readonly CancellationToken None = CancellationToken.None;

    public static SourceInput Open(string text, BatchLimits? limits = null) => Open(Encoding.UTF8.GetBytes(text), limits);

    public static SourceInput Open(byte[] bytes, BatchLimits? limits = null) =>
        SourceInput.Open(new ScriptedStream(bytes), "trips.csv", None, limits);

    public static List<SourceRecord> Csv(string text, BatchLimits? limits = null) => All(Open(text, limits), new CsvSplitter());

    public static List<SourceRecord> Lines(string text, BatchLimits? limits = null) => All(Open(text, limits), new LineSplitter());

    public static List<SourceRecord> All(SourceInput input, IRecordSplitter splitter, long lastRecord = 0, List<(SourcePosition End, int Records)>? ends = null)
    {
        var all = new List<SourceRecord>();
        using (input)
        {
            using var reader = new RecordReader(input, splitter, lastRecord);
            while (reader.Next(None) is { } batch)
            {
                using (batch)
                    Append(all, batch);
                ends?.Add((batch.End, all.Count));
            }
        }

        return all;
    }

    public static void Append(List<SourceRecord> all, RecordBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var slice = batch.Slices[i];
            all.Add(new SourceRecord(batch.NumberOf(i), batch.OffsetOf(i), SourceRecord.Show(batch.Bytes(i)), slice.RawBytes, slice.Flaw));
        }
    }
}
