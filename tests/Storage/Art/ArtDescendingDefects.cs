using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>Walks downwards that are wrong.</summary>
internal static class ArtDescendingDefects
{
    /// <summary>After a change it goes on at the key where it was, not below it.</summary>
    public static IEnumerable<(byte[] Key, KeyVersion Version)> GoesOnAtTheKey(ArtDescendingWalks of, Lsn asOf, ArtRange range) =>
        WithPlaceAfterChange(of, asOf, range, static key => [.. key, 0]);

    /// <summary>After a change it goes on below the bytes that the key begins with, and leaves out its longer neighbours.</summary>
    public static IEnumerable<(byte[] Key, KeyVersion Version)> GoesOnBelowItsPrefix(ArtDescendingWalks of, Lsn asOf, ArtRange range) =>
        WithPlaceAfterChange(of, asOf, range, static key => key.Length > 1 ? key[..^1] : key);

    /// <summary>It takes a key before the keys that begin with it.</summary>
    public static IEnumerable<(byte[] Key, KeyVersion Version)> TakesTheTerminalFirst(ArtDescendingWalks of, Lsn asOf, ArtRange range)
    {
        (byte[] Key, KeyVersion Version)? above = null;
        foreach (var entry in ArtDescendingWalks.ByCursor(of, asOf, range))
        {
            if (above is { } longer && longer.Key.AsSpan().StartsWith(entry.Key))
            {
                yield return entry;
                continue;
            }

            if (above is { } passed)
                yield return passed;
            above = entry;
        }

        if (above is { } last)
            yield return last;
    }

    private static IEnumerable<(byte[] Key, KeyVersion Version)> WithPlaceAfterChange(ArtDescendingWalks of, Lsn asOf, ArtRange range, Func<byte[], byte[]> place)
    {
        var cursor = of.Tree.OpenDescendingCursor(asOf);
        range.Seek(cursor);
        while (cursor.MoveNext())
        {
            var shape = of.Tree.Shape;
            var key = cursor.Key.ToArray();
            yield return (key, cursor.Version);
            if (of.Tree.Shape != shape)
                cursor.SeekRange(range.From, place(key));
        }
    }
}
