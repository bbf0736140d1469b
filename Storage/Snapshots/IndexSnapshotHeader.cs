using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// The beginning of an index snapshot, written last; 96 bytes, little-endian.
/// <code>
/// offset size field
///      0    8 "HELIOSIX"
///      8    4 format version, 1
///     12    4 CRC-32C of all other bytes
///     16   16 database id, in printed order
///     32    8 LSN of the snapshot, the last one of a frame of the log
///     40    8 first LSN of that frame
///     48    8 epoch of that frame
///     56    4 CRC field of that frame
///     60    4 flags: 1 = encrypted
///     64    8 length of the file
///     72    8 offset of the directory
///     80    4 blocks, the directory included
///     84    4 trees
///     88    8 taken, UTC ticks of 100 ns
/// </code>
/// </summary>
internal readonly record struct IndexSnapshotHeader
{
    public const int Size = 96;

    private const uint EncryptedFlag = 1;

    private static ReadOnlySpan<byte> Magic => "HELIOSIX"u8;

    public required Guid DatabaseId { get; init; }

    /// <summary>The snapshot holds what is live as of this commit.</summary>
    public required Lsn Lsn { get; init; }

    public required Lsn FrameFirst { get; init; }

    public required ulong FrameEpoch { get; init; }

    /// <summary>The log must have a frame that ends with <see cref="Lsn"/> and has this checksum; what comes behind it completes the snapshot.</summary>
    public required uint FrameCrc { get; init; }

    public required bool IsEncrypted { get; init; }

    public long Length { get; init; }

    public long DirectoryOffset { get; init; }

    public uint Blocks { get; init; }

    public uint Trees { get; init; }

    public long Taken { get; init; }

    public byte[] Encode()
    {
        var bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), IndexSnapshotFormat.Version);
        DatabaseId.TryWriteBytes(bytes.AsSpan(16), bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), Lsn.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(40), FrameFirst.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(48), FrameEpoch);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(56), FrameCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(60), IsEncrypted ? EncryptedFlag : 0);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(64), Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(72), DirectoryOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(80), Blocks);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(84), Trees);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(88), Taken);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Checksum(bytes));
        return bytes;
    }

    /// <exception cref="HeliosException">Corrupt <c>corrupt</c>, or Unavailable <c>format_too_new</c> where a newer version wrote it.</exception>
    public static IndexSnapshotHeader Decode(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length >= 12 && bytes.StartsWith(Magic) && BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) > IndexSnapshotFormat.Version)
        {
            throw new HeliosException(HeliosErrorKind.Unavailable, "format_too_new",
                $"{path}: the index snapshot has format {BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..])}; this version reads up to {IndexSnapshotFormat.Version}. No row is concerned; an open reads the rows instead.");
        }

        if (bytes.Length != Size || !bytes.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != IndexSnapshotFormat.Version
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != Checksum(bytes))
        {
            throw IndexSnapshotFormat.Damaged(path, 0, "the checksum of its header fails");
        }

        var flags = BinaryPrimitives.ReadUInt32LittleEndian(bytes[60..]);
        var header = new IndexSnapshotHeader
        {
            DatabaseId = new Guid(bytes.Slice(16, 16), bigEndian: true),
            Lsn = new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..])),
            FrameFirst = new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..])),
            FrameEpoch = BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]),
            FrameCrc = BinaryPrimitives.ReadUInt32LittleEndian(bytes[56..]),
            IsEncrypted = flags == EncryptedFlag,
            Length = BinaryPrimitives.ReadInt64LittleEndian(bytes[64..]),
            DirectoryOffset = BinaryPrimitives.ReadInt64LittleEndian(bytes[72..]),
            Blocks = BinaryPrimitives.ReadUInt32LittleEndian(bytes[80..]),
            Trees = BinaryPrimitives.ReadUInt32LittleEndian(bytes[84..]),
            Taken = BinaryPrimitives.ReadInt64LittleEndian(bytes[88..]),
        };
        return flags <= EncryptedFlag && header.IsSane ? header : throw IndexSnapshotFormat.Damaged(path, 0, "the numbers of its header do not fit together");
    }

    /// <summary>Could this version have written it? Asked after the checksum.</summary>
    private bool IsSane => FrameFirst > Lsn.Zero && FrameFirst <= Lsn && Lsn <= Lsn.Max && Blocks >= 1 && Trees <= IndexSnapshotFormat.MaxTrees
        && DirectoryOffset >= Size && DirectoryOffset < Length && (ulong)Taken <= (ulong)DateTimeOffset.MaxValue.UtcTicks;

    private static uint Checksum(ReadOnlySpan<byte> bytes) =>
        Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Seed, bytes[..12]), bytes[16..Size]));
}
