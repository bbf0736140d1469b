using System.Buffers.Binary;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Where a clean close left the log, kept in the store: format byte 1, epoch u64, head u64, little-endian. It speaks of one
/// epoch only, so the next open that appends makes it stale by itself.
/// </summary>
internal static class CleanClose
{
    private const byte Format = 1;
    private const int Size = 17;

    public static WalPosition? Read(RocksStore store)
    {
        using var value = new ByteBuffer();
        if (!store.TryGetMeta(KeySpace.CleanCloseKey, value))
            return null;
        var bytes = value.Written;
        StoreErrors.CheckFormat("note of the last clean close", bytes, Format, Size);
        return new WalPosition(BinaryPrimitives.ReadUInt64LittleEndian(bytes[1..]), new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(bytes[9..])));
    }

    /// <summary>Writes the note where it is not there yet, and makes the whole store persistent; the write path has stopped in order before.</summary>
    public static void Write(RocksStore store, WalPosition position)
    {
        // A process that wrote nothing leaves the note as it is: an encrypted database needs no data key for it.
        if (Read(store) == position)
        {
            store.Flush();
            return;
        }

        Span<byte> bytes = stackalloc byte[Size];
        bytes[0] = Format;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[1..], position.Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[9..], position.Head.Value);
        using var batch = store.NewBatch();
        batch.PutMeta(KeySpace.CleanCloseKey, bytes);
        store.Write(batch);
        store.Flush();
    }
}
