namespace Helios.Pipeline.Ingestion;

/// <summary>What a reject keeps of a record's bytes.</summary>
internal static class RawExcerpt
{
    /// <summary>Bytes to keep of <paramref name="record"/>: all, or at most <paramref name="maxBytes"/> without cutting a character in two.</summary>
    /// <param name="record">The record, or its beginning.</param>
    /// <param name="maxBytes">1 or more.</param>
    /// <param name="isCut">True where <paramref name="record"/> is a beginning that may itself end inside a character.</param>
    public static int Length(ReadOnlySpan<byte> record, int maxBytes, bool isCut = false)
    {
        if (record.Length <= maxBytes && !isCut)
            return record.Length;

        // A character has at most four bytes; more continuation bytes than that are no UTF-8 and are cut anywhere.
        var length = Math.Min(record.Length, maxBytes);
        for (var back = 1; back <= 4 && back <= length; back++)
        {
            var one = record[length - back];
            if ((one & 0xC0) == 0x80)
                continue;
            var wanted = one >= 0xF0 ? 4 : one >= 0xE0 ? 3 : one >= 0xC0 ? 2 : 1;
            return wanted > back ? length - back : length;
        }

        return length;
    }
}
