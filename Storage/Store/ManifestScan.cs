using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>Finds where a manifest of RocksDB stops being whole.</summary>
/// <remarks>
/// The format is that of RocksDB's logs (its wiki, "Write Ahead Log File Format"): blocks of 32 KiB; in them pieces of a header of 7 bytes and a payload:
/// a masked CRC-32C over type and payload, the payload's length, the type. A record is one full piece, or a first, middle ones and a last;
/// fewer than 7 bytes at the end of a block are not used. Little-endian. Reads block after block, so that memory does not depend on the length.
/// </remarks>
internal static class ManifestScan
{
    public const int BlockSize = 32 << 10;
    public const int HeaderSize = 7;

    private const byte Full = 1, First = 2, Middle = 3, Last = 4;

    /// <summary>The offset behind the last whole record before anything that is none: the file's length where all of it is whole.</summary>
    /// <returns>Null where a piece with a right checksum has a type that is not known here: then nothing can be said.</returns>
    /// <remarks>Throws <see cref="IOException"/>.</remarks>
    public static long? EndOfWhole(IStorageFile file)
    {
        var block = new byte[BlockSize];
        var length = file.Length;
        var end = 0L;
        var isOpen = false; // between a first piece and its last
        for (var at = 0L; at < length; at += BlockSize)
        {
            var bytes = block.AsSpan(0, file.Read(block, at));
            for (var from = 0; bytes.Length - from >= HeaderSize;)
            {
                var piece = PieceLength(bytes[from..]);
                if (piece == 0)
                    return end;
                var type = bytes[from + 6];
                if (type is < Full or > Last)
                    return null;
                if (isOpen != (type is Middle or Last))
                    return end;
                from += piece;
                isOpen = type is First or Middle;
                if (!isOpen)
                    end = at + from;
                if (BlockSize - from < HeaderSize)
                    end = isOpen ? end : Math.Min(at + BlockSize, length); // the rest of the block belongs to nothing
            }

            if (bytes.Length < BlockSize)
                return end;
        }

        return end;
    }

    /// <summary>0 where no whole piece begins here.</summary>
    private static int PieceLength(ReadOnlySpan<byte> bytes)
    {
        var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        if (length > bytes.Length - HeaderSize)
            return 0;
        var crc = Crc32C.Compute(bytes.Slice(6, 1 + length));
        var masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8; // so that a CRC over bytes that hold CRCs stays a good one
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes) == masked ? HeaderSize + length : 0;
    }
}
