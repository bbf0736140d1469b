namespace Helios.Pipeline.Storage;

/// <summary>Characters, that is Unicode scalar values, of valid UTF-8.</summary>
internal static class Utf8Characters
{
    public static long Count(ReadOnlySpan<byte> utf8)
    {
        var count = 0L;
        foreach (var b in utf8)
            count += (b & 0xc0) != 0x80 ? 1 : 0; // a byte that does not continue one
        return count;
    }

    /// <summary>Bytes of the character that begins at <paramref name="at"/>, and never more than there are.</summary>
    public static int LengthAt(ReadOnlySpan<byte> utf8, int at)
    {
        var length = utf8[at] switch { < 0xc0 => 1, < 0xe0 => 2, < 0xf0 => 3, _ => 4 };
        return Math.Min(length, utf8.Length - at);
    }

    /// <summary>The characters from the <paramref name="first"/> one, counted from 1, up to but without the one at <paramref name="end"/>.</summary>
    public static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> utf8, long first, long end)
    {
        var (at, character) = (0, 1L);
        for (; at < utf8.Length && character < first; character++)
            at += LengthAt(utf8, at);
        var from = at;
        for (; at < utf8.Length && character < end; character++)
            at += LengthAt(utf8, at);
        return utf8[from..at];
    }
}
