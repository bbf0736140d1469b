using System.Text;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>The rules of cutting, written down byte by byte over the whole input: what the fast reader is compared with.</summary>
internal static class NaiveReader
{
    public static List<SourceRecord> Read(byte[] bytes, bool isCsv, BatchLimits limits)
    {
        var records = new List<SourceRecord>();
        var at = bytes is [0xEF, 0xBB, 0xBF, ..] ? 3 : 0;
        while (at < bytes.Length)
        {
            var (end, isClosed) = EndOf(bytes, at, isCsv);
            var content = Trim(bytes, at, end);
            var flaw = RecordFlaw.None;
            if (!isClosed)
                flaw = end - at > limits.MaxRecordBytes + 2 ? RecordFlaw.TooLong : RecordFlaw.UnclosedQuote;
            else if (content > limits.MaxRecordBytes)
                flaw = RecordFlaw.TooLong;

            if (flaw != RecordFlaw.None)
            {
                end = EndOf(bytes, at, isCsv: false).End;
                content = Trim(bytes, at, end);
            }
            else if (!IsUtf8(bytes.AsSpan(at, content)))
            {
                flaw = RecordFlaw.InvalidUtf8;
            }

            if (content > 0)
            {
                var kept = flaw == RecordFlaw.None ? content : Math.Min(content, limits.MaxRawBytes);
                records.Add(new SourceRecord(records.Count + 1, at, SourceRecord.Show(bytes.AsSpan(at, kept)), content, flaw));
            }

            at = end;
        }

        return records;
    }

    private static (int End, bool IsClosed) EndOf(byte[] bytes, int start, bool isCsv)
    {
        var quoted = false;
        for (var i = start; i < bytes.Length; i++)
        {
            var isQuote = isCsv && bytes[i] == '"';
            if (quoted && isQuote && i + 1 < bytes.Length && bytes[i + 1] == '"')
                i++;
            else if (quoted && isQuote)
                quoted = false;
            else if (!quoted && isQuote)
                quoted = i == start || bytes[i - 1] == ',';
            else if (!quoted && bytes[i] == '\n')
                return (i + 1, true);
        }

        return (bytes.Length, !quoted);
    }

    private static int Trim(byte[] bytes, int start, int end)
    {
        if (end > start && bytes[end - 1] == '\n')
            end--;
        if (end > start && bytes[end - 1] == '\r')
            end--;
        return end - start;
    }

    private static bool IsUtf8(ReadOnlySpan<byte> bytes)
    {
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
