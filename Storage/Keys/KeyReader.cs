using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>Reads the keys that <see cref="KeySpace"/> draws. Thread-safe; allocates nothing.</summary>
/// <remarks>A key that does not have the shape of its kind throws <see cref="HeliosException"/> with code "corrupt".</remarks>
internal static class KeyReader
{
    public static (uint Partition, RowId Row, Lsn Lsn) Row(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeySpace.RowKeySize)
            throw Damaged("row", key);
        return (
            BinaryPrimitives.ReadUInt32BigEndian(key),
            new RowId(BinaryPrimitives.ReadUInt64BigEndian(key[sizeof(uint)..])),
            new Lsn(~BinaryPrimitives.ReadUInt64BigEndian(key[KeySpace.RowPrefixSize..])));
    }

    public static TableId Counters(ReadOnlySpan<byte> key) => Table(key, KeySpace.Counters, KeySpace.CountersKeySize);

    public static (TableId Table, Lsn Lsn) Catalog(ReadOnlySpan<byte> key) =>
        (Table(key, KeySpace.Catalog, KeySpace.CatalogKeySize), TrailingLsn(key));

    /// <summary>The table, and the 16 bytes of the source's fingerprint: a part of <paramref name="key"/>.</summary>
    public static TableId SourcePosition(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> fingerprint)
    {
        var table = Table(key, KeySpace.SourcePosition, KeySpace.SourceKeySize);
        fingerprint = key[(1 + sizeof(uint))..];
        return table;
    }

    /// <summary>The index and the LSN of a vacated key, and the index key itself: a part of <paramref name="key"/>.</summary>
    public static (uint Index, Lsn Lsn) Vacated(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> indexKey)
    {
        if (key.Length is < KeySpace.VacatedOverhead or > KeySpace.VacatedOverhead + KeySpace.MaxIndexKey || key[0] != KeySpace.Vacated)
            throw Damaged("vacated", key);
        indexKey = key[(1 + sizeof(uint))..^KeySpace.LsnSize];
        return (BinaryPrimitives.ReadUInt32BigEndian(key[1..]), TrailingLsn(key));
    }

    /// <summary>The sequence of a producer's commit, and the 16 bytes of the producer, or their hash: a part of <paramref name="key"/>.</summary>
    public static long Producer(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> producer)
    {
        if (key.Length != KeySpace.ProducerKeySize || key[0] != KeySpace.Producer || (sbyte)key[KeySpace.ProducerPrefixSize] < 0)
            throw Damaged("producer", key);
        producer = key[1..KeySpace.ProducerPrefixSize];
        return BinaryPrimitives.ReadInt64BigEndian(key[KeySpace.ProducerPrefixSize..]);
    }

    private static TableId Table(ReadOnlySpan<byte> key, byte kind, int size)
    {
        if (key.Length != size || key[0] != kind)
            throw Damaged($"kind {kind}", key);
        return new TableId(BinaryPrimitives.ReadUInt32BigEndian(key[1..]));
    }

    private static Lsn TrailingLsn(ReadOnlySpan<byte> key) => new(~BinaryPrimitives.ReadUInt64BigEndian(key[^KeySpace.LsnSize..]));

    private static HeliosException Damaged(string kind, ReadOnlySpan<byte> key) => new(
        HeliosErrorKind.Corrupt,
        "corrupt",
        $"The store holds a {kind} key of an impossible shape: {key.Length} bytes, {Convert.ToHexString(key[..Math.Min(key.Length, 32)])}.");
}
