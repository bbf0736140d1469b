using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>Writes the keys that <see cref="KeySpace"/> draws. Thread-safe; allocates nothing.</summary>
/// <remarks>Each method returns the bytes written, and throws <see cref="ArgumentOutOfRangeException"/> where the span is too short.</remarks>
internal static class KeyWriter
{
    public static int Row(Span<byte> key, uint partition, RowId row, Lsn lsn)
    {
        BinaryPrimitives.WriteUInt64BigEndian(key[KeySpace.RowPrefixSize..], ~lsn.Value);
        return RowPrefix(key, partition, row) + KeySpace.LsnSize;
    }

    /// <summary>The start of every version of a row: as a bound it lies before the newest one.</summary>
    public static int RowPrefix(Span<byte> key, uint partition, RowId row)
    {
        BinaryPrimitives.WriteUInt64BigEndian(key[sizeof(uint)..], row.Value);
        BinaryPrimitives.WriteUInt32BigEndian(key, partition);
        return KeySpace.RowPrefixSize;
    }

    /// <summary>The first key behind every row of a partition.</summary>
    public static int RowsEnd(Span<byte> key, uint partition)
    {
        if (partition != uint.MaxValue)
        {
            BinaryPrimitives.WriteUInt32BigEndian(key, partition + 1);
            return sizeof(uint);
        }

        // There is no next partition: one byte more than any key has sorts behind all of them.
        key[..(KeySpace.RowKeySize + 1)].Fill(0xFF);
        return KeySpace.RowKeySize + 1;
    }

    public static int Counters(Span<byte> key, TableId table) => Table(key, KeySpace.Counters, table);

    public static int Catalog(Span<byte> key, TableId table, Lsn lsn)
    {
        var length = Table(key, KeySpace.Catalog, table);
        BinaryPrimitives.WriteUInt64BigEndian(key[length..], ~lsn.Value);
        return length + KeySpace.LsnSize;
    }

    /// <summary>The key of a source's position; <paramref name="fingerprint"/> has 16 bytes.</summary>
    public static int SourcePosition(Span<byte> key, TableId table, ReadOnlySpan<byte> fingerprint)
    {
        var length = Table(key, KeySpace.SourcePosition, table);
        fingerprint[..KeySpace.FingerprintSize].CopyTo(key[length..]);
        return length + KeySpace.FingerprintSize;
    }

    /// <summary>The key of a source's position.</summary>
    /// <param name="key"><see cref="KeySpace.SourceKeySize"/> bytes or more.</param>
    /// <param name="table">The table it was taken into.</param>
    /// <param name="fingerprint">Names the source.</param>
    /// <param name="hash">Takes the fingerprint's place in an encrypted database, whose files must not say which sources it knows; null otherwise.</param>
    public static int Source(Span<byte> key, TableId table, UInt128 fingerprint, KeyedHash? hash)
    {
        Span<byte> bytes = stackalloc byte[KeySpace.FingerprintSize];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, fingerprint);
        var length = SourcePosition(key, table, bytes);
        hash?.Compute(key[..length], key[(length - KeySpace.FingerprintSize)..length]);
        return length;
    }

    /// <summary>The key of a producer's commit.</summary>
    /// <param name="key"><see cref="KeySpace.ProducerKeySize"/> bytes or more.</param>
    /// <param name="producer">Who sent it.</param>
    /// <param name="sequence">Its number, 0 or more.</param>
    /// <param name="hash">Takes the id's place in an encrypted database, whose files must not say who writes; null otherwise.</param>
    public static int Producer(Span<byte> key, ProducerId producer, long sequence, KeyedHash? hash)
    {
        var length = ProducerPrefix(key, producer, hash);
        BinaryPrimitives.WriteInt64BigEndian(key[length..], sequence);
        return length + sizeof(long);
    }

    /// <summary>What the keys of all of a producer's commits share.</summary>
    public static int ProducerPrefix(Span<byte> key, ProducerId producer, KeyedHash? hash)
    {
        key[0] = KeySpace.Producer;
        producer.Write(key[1..]);
        hash?.Compute(key[..KeySpace.ProducerPrefixSize], key[1..KeySpace.ProducerPrefixSize]);
        return KeySpace.ProducerPrefixSize;
    }

    /// <summary>The key that says which row had <paramref name="indexKey"/> until <paramref name="vacated"/>.</summary>
    public static int Vacated(Span<byte> key, uint index, ReadOnlySpan<byte> indexKey, Lsn vacated)
    {
        var length = VacatedPrefix(key, index, indexKey);
        BinaryPrimitives.WriteUInt64BigEndian(key[length..], ~vacated.Value);
        return length + KeySpace.LsnSize;
    }

    /// <summary>What all entries of one index key share.</summary>
    public static int VacatedPrefix(Span<byte> key, uint index, ReadOnlySpan<byte> indexKey)
    {
        indexKey.CopyTo(key[(1 + sizeof(uint))..]);
        BinaryPrimitives.WriteUInt32BigEndian(key[1..], index);
        key[0] = KeySpace.Vacated;
        return 1 + sizeof(uint) + indexKey.Length;
    }

    /// <summary>The key of an index entry that memory has no room for.</summary>
    /// <param name="key">Room for <see cref="KeySpace.SpilledOverhead"/> and the index key, or the 16 bytes of a hash where that is longer.</param>
    /// <param name="index">The index.</param>
    /// <param name="indexKey">The key as it stands in the tree.</param>
    /// <param name="hash">Takes the index key's place in an encrypted database; null otherwise.</param>
    public static int Spilled(Span<byte> key, uint index, ReadOnlySpan<byte> indexKey, KeyedHash? hash)
    {
        indexKey.CopyTo(key[KeySpace.SpilledOverhead..]);
        BinaryPrimitives.WriteUInt32BigEndian(key[1..], index);
        key[0] = KeySpace.Spilled;
        var length = KeySpace.SpilledOverhead + indexKey.Length;
        if (hash is null)
            return length;
        Span<byte> hashed = stackalloc byte[KeyedHash.ShortSize];
        hash.Compute(key[..length], hashed);
        hashed.CopyTo(key[KeySpace.SpilledOverhead..]);
        return KeySpace.SpilledOverhead + KeyedHash.ShortSize;
    }

    /// <summary>What all keys of one kind and table share.</summary>
    public static int Table(Span<byte> key, byte kind, TableId table)
    {
        BinaryPrimitives.WriteUInt32BigEndian(key[1..], table.Value);
        key[0] = kind;
        return 1 + sizeof(uint);
    }
}
