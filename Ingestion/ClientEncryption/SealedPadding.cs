using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Fills a row up to a multiple of bytes: 80 hex behind the row, then zeros. It can be told from the row whatever the multiple was.</summary>
internal static class SealedPadding
{
    private const byte Mark = 0x80;

    public static void Append(ByteBuffer row, int multiple)
    {
        row.Append(Mark);
        var zeros = (multiple - (row.Length % multiple)) % multiple;
        row.GetSpan(zeros)[..zeros].Clear();
        row.Advance(zeros);
    }

    /// <summary>The row without what was filled up.</summary>
    /// <exception cref="HeliosException">Corrupt: whoever sealed it filled nothing up.</exception>
    public static ReadOnlySpan<byte> Remove(ReadOnlySpan<byte> padded, string table)
    {
        var end = padded.LastIndexOfAnyExcept((byte)0);
        return end >= 0 && padded[end] == Mark ? padded[..end] : throw ClientErrors.NotSealed(table, padded.Length);
    }
}
