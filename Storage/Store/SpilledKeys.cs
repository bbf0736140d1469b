using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// Entries of unique indexes that stand in the store because the index has no room for them. They are derived from the rows: an open drops
/// them and makes them again. The value:
/// <code>
/// offset size field, little-endian
///      0    8 row id
///      8    8 LSN of the row's version
/// </code>
/// </summary>
/// <remarks>An entry may be older than what the tree has of the key; the tree is right then.</remarks>
internal static class SpilledKeys
{
    public const int ValueSize = 16;

    /// <summary>A longer key takes memory of the heap for a moment.</summary>
    private const int StackKey = 512;

    public static void Put(StoreBatch batch, uint index, ReadOnlySpan<byte> indexKey, KeyVersion version)
    {
        Span<byte> key = indexKey.Length <= StackKey ? stackalloc byte[StackKey + KeySpace.SpilledOverhead + KeyedHash.ShortSize] : new byte[indexKey.Length + KeySpace.SpilledOverhead];
        Span<byte> value = stackalloc byte[ValueSize];
        Write(value, version);
        batch.PutMeta(key[..KeyWriter.Spilled(key, index, indexKey, batch.Keys?.IndexHash)], value);
    }

    public static void Delete(StoreBatch batch, uint index, ReadOnlySpan<byte> indexKey)
    {
        Span<byte> key = indexKey.Length <= StackKey ? stackalloc byte[StackKey + KeySpace.SpilledOverhead + KeyedHash.ShortSize] : new byte[indexKey.Length + KeySpace.SpilledOverhead];
        batch.DeleteMeta(key[..KeyWriter.Spilled(key, index, indexKey, batch.Keys?.IndexHash)]);
    }

    /// <summary>What the store has of a key. Any thread.</summary>
    /// <exception cref="HeliosException">"corrupt": the entry does not verify; "io_error".</exception>
    public static bool TryGet(RocksStore store, uint index, ReadOnlySpan<byte> indexKey, out KeyVersion version)
    {
        Span<byte> key = indexKey.Length <= StackKey ? stackalloc byte[StackKey + KeySpace.SpilledOverhead + KeyedHash.ShortSize] : new byte[indexKey.Length + KeySpace.SpilledOverhead];
        using var value = new ByteBuffer(ValueCipher.StoredLength(ValueSize));
        version = default;
        if (!store.TryGetMeta(key[..KeyWriter.Spilled(key, index, indexKey, store.Hash)], value))
            return false;
        version = Read(value.Written, index);
        return true;
    }

    /// <summary>Writes the value of an entry, not encrypted.</summary>
    public static void Write(Span<byte> value, KeyVersion version)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(value[8..], version.Lsn.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(value, version.Row.Value);
    }

    /// <summary>Reads the value of an entry, decrypted.</summary>
    /// <exception cref="HeliosException">"corrupt": it is none.</exception>
    public static KeyVersion Read(ReadOnlySpan<byte> value, uint index)
    {
        if (value.Length != ValueSize)
            throw StoreErrors.Corrupt($"The store's entry of a key of index {index} has {value.Length} bytes instead of {ValueSize}.");
        return new KeyVersion(
            new RowId(BinaryPrimitives.ReadUInt64LittleEndian(value)),
            new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(value[8..])),
            Vacated: false);
    }

    /// <summary>Removes all entries of all indexes: before they are made anew.</summary>
    public static void Drop(RocksStore store)
    {
        using (var entries = store.OpenMeta([KeySpace.Spilled]))
        {
            if (!entries.MoveNext())
                return;
        }

        using var batch = store.NewBatch();
        batch.DeleteMetaRange([KeySpace.Spilled], [KeySpace.Spilled + 1]);
        store.Write(batch);
    }
}
