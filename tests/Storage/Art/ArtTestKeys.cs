using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Storage.Tests;

internal static class ArtTestKeys
{
    /// <summary>HELIOS_SEED, or a new seed; print it with every failure.</summary>
    public static int Seed() => Environment.GetEnvironmentVariable("HELIOS_SEED") is { } given
        ? int.Parse(given, CultureInfo.InvariantCulture)
        : Random.Shared.Next(1_000_000_000);

    public static byte[] Key(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>An 8-byte integer with its tag, as the key encoding writes it.</summary>
    public static void Sequential(Span<byte> key, long value)
    {
        key[0] = 1;
        BinaryPrimitives.WriteInt64BigEndian(key[1..], value ^ long.MinValue);
    }

    public static KeyVersion Row(ulong row, ulong lsn = 1) => new(new RowId(row), new Lsn(lsn), false);

    public static KeyVersion Vacated(ulong row, ulong lsn) => new(new RowId(row), new Lsn(lsn), true);

    public static void Push(this ArtTree tree, string key, ulong row, ulong lsn = 1) => tree.Push(Key(key), Row(row, lsn));

    /// <summary>The row that holds a key now; 0 for none.</summary>
    public static ulong RowOf(this ArtTree tree, string key) =>
        tree.Find(Key(key), Lsn.Max, out var version) == KeyLookup.Live ? version.Row.Value : 0;

    public static List<string> Rest(this ArtCursor cursor)
    {
        var keys = new List<string>();
        while (cursor.MoveNext())
            keys.Add(Encoding.UTF8.GetString(cursor.Key));
        return keys;
    }
}
