using System.Text;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Decoders;

/// <summary>How a text is read. The first byte of the tests' inputs says it, the text follows; 0 is what encoding gives.</summary>
internal readonly record struct SourceOptions(byte Bits)
{
    public byte Delimiter => (Bits & 3) switch { 1 => (byte)';', 2 => (byte)'\t', _ => (byte)',' };

    public bool HasSmallRecords => (Bits & 4) != 0;

    /// <summary>Reads of 1, 7, 64 or 4,096 bytes, and batches to match: records may not depend on it.</summary>
    public BatchLimits Limits => Small(((Bits >> 3) & 3) switch { 1 => 1, 2 => 7, 3 => 64, _ => 4096 }, (Bits & 32) != 0);

    /// <summary>The same records read in one piece.</summary>
    public BatchLimits WholeLimits => Small(1 << 16, hasSmallBatches: false);

    /// <summary>What a reader says of the text: every record with its number, place and flaw. It must not depend on how the bytes arrive.</summary>
    public static string Transcript(byte[] bytes, BatchLimits limits, IRecordSplitter splitter)
    {
        var said = new StringBuilder();
        ForEachRecord(bytes, limits, splitter, (batch, i) =>
            said.Append(batch.NumberOf(i)).Append('@').Append(batch.OffsetOf(i)).Append('+').Append(batch.Slices[i].RawBytes).Append(batch.Slices[i].Flaw).Append(Convert.ToHexString(batch.Bytes(i))).Append('\n'));
        return said.ToString();
    }

    /// <summary>Reads the text behind the first byte, as <c>ingest</c> does.</summary>
    public static void ForEachRecord(byte[] bytes, BatchLimits limits, IRecordSplitter splitter, Action<RecordBatch, int> use)
    {
        using var input = SourceInput.Open(new MemoryStream(bytes, 1, bytes.Length - 1, writable: false), "input", CancellationToken.None, limits);
        using var reader = new RecordReader(input, splitter);
        long number = 0;
        long offset = 0;
        while (reader.Next(CancellationToken.None) is { } batch)
        {
            using (batch)
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    if (batch.NumberOf(i) != ++number || batch.OffsetOf(i) < offset)
                        throw new DecoderFailure(BrokenRule.RoundTrip, $"Record {batch.NumberOf(i)} at byte {batch.OffsetOf(i)} follows record {number - 1}, which ends at byte {offset}.");
                    offset = batch.OffsetOf(i) + batch.Slices[i].RawBytes;
                    use(batch, i);
                }
            }
        }

        if (offset > bytes.Length - 1)
            throw new DecoderFailure(BrokenRule.RoundTrip, $"The last record ends at byte {offset} of {bytes.Length - 1}.");
    }

    private BatchLimits Small(int readBytes, bool hasSmallBatches) => new()
    {
        ReadBytes = readBytes,
        MaxRecordBytes = HasSmallRecords ? 24 : 1 << 20,
        MaxRawBytes = HasSmallRecords ? 9 : 1 << 10,
        MaxRecords = hasSmallBatches ? 3 : 4096,
        MaxBytes = hasSmallBatches ? 32 : 1 << 20,
    };
}
