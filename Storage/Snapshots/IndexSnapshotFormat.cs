using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// Numbers and names of an index snapshot on disk, format version 1: the keys of all indexes as of one LSN, so that an open need not read every row.
/// <code>
/// header (<see cref="IndexSnapshotHeader"/>), 96 bytes
/// blocks of entries, tree after tree, each tree in the order of its keys
/// the directory (<see cref="IndexSnapshotDirectory"/>), a block too
///
/// block: offset size field
///             0    4 CRC-32C of: salt (see below), bytes 4..end
///             4    4 length n of the payload as it is stored
///             8    4 entries in it, 1 or more; of the directory: trees, 0 or more
///            12    n payload; in an encrypted database as <see cref="ValueCipher"/> stores it, domain 4, with the salt for its key
///
/// salt:  offset size field
///             0    8 LSN of the snapshot
///             8    4 CRC field of the frame that it names
///            12    4 number of the block in the file, from 0
///            16    4 entries in it
///            20    1 kind: 1 entries, 2 directory
///
/// entry: varint  bytes that its key has in common with the one before it in the block
///        varint  length n of the rest of the key
///        varint  row id minus that of the entry before, zigzag; minus 0 for the first of a block
///        varint  LSN minus that of the entry before, zigzag; minus 0 for the first of a block
///        n       the rest of the key
/// </code>
/// </summary>
/// <remarks>
/// Blocks follow each other without gaps and the directory ends the file, so that nothing can be missing or stand between. The salt binds a block to its
/// place in this one snapshot: a block of an older file that a lost write has left there does not pass.
/// </remarks>
internal static class IndexSnapshotFormat
{
    public const uint Version = 1;

    /// <summary>The directory of snapshots in the directory of the database, and the one file in it.</summary>
    public const string DirectoryName = "indexes", FileName = "snapshot";

    public const int BlockHeaderSize = 12;
    public const int SaltSize = 21;

    /// <summary>A block is closed with the entry that reaches so many bytes: one read, and one checksum, for thousands of keys.</summary>
    public const int TargetPayload = 64 << 10;

    /// <summary>A block that is not full, and one entry with the longest key.</summary>
    public const int MaxPayload = TargetPayload + ArtLeaf.MaxKeyLength + (4 * MaxVarint);

    /// <summary>Trees in a snapshot at most; the directory is read whole.</summary>
    public const int MaxTrees = 1 << 18;

    public const int MaxVarint = 10;

    public static int MaxStored(bool encrypted) => encrypted ? ValueCipher.StoredLength(MaxPayload) : MaxPayload;

    /// <summary>What binds a block to its place; <see cref="SaltSize"/> bytes.</summary>
    public static void WriteSalt(Span<byte> salt, in IndexSnapshotHeader header, uint number, uint entries, IndexSnapshotBlockKind kind)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(salt, header.Lsn.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(salt[8..], header.FrameCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(salt[12..], number);
        BinaryPrimitives.WriteUInt32LittleEndian(salt[16..], entries);
        salt[20] = (byte)kind;
    }

    public static uint Checksum(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> block) =>
        Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Seed, salt), block[4..]));

    public static HeliosException Damaged(string path, long offset, string why) => new(HeliosErrorKind.Corrupt, "corrupt",
        $"{path}: the index snapshot is damaged at byte {offset}: {why}. No row is concerned; an open reads the rows instead.");
}

/// <summary>What a block holds. The numbers are in the salt of every block: they never change.</summary>
internal enum IndexSnapshotBlockKind : byte
{
    Entries = 1,
    Directory = 2,
}
