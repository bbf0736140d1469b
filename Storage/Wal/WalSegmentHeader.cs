using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// The first block of a segment; little-endian.
/// <code>
/// offset size field
///      0    4 magic
///      4    2 format version, 1
///      6    2 flags, 0
///      8    4 CRC-32C of bytes 0..7 and 12..4095
///     12    4 CRC field of the frame before the segment, 0 where there is none
///     16   16 database id
///     32    8 segment id
///     40    8 epoch
///     48    8 first LSN: what the first frame has, or will have
///     56    8 last LSN before the segment
///     64 4032 zero
/// </code>
/// </summary>
/// <remarks>The last LSN before and the first one differ by more than 1 only where an epoch began: an open after a crash skips LSNs.</remarks>
internal readonly record struct WalSegmentHeader
{
    public const int Size = 4096;

    /// <summary>From here on the block is zero.</summary>
    private const int FieldsSize = 64;

    public Guid DatabaseId { get; init; }

    public ulong SegmentId { get; init; }

    public ulong Epoch { get; init; }

    public Lsn First { get; init; }

    /// <summary>The last LSN before this segment.</summary>
    public Lsn Before { get; init; }

    /// <summary>The CRC of the last frame before this segment.</summary>
    public uint PreviousCrc { get; init; }

    /// <summary>Fills one block.</summary>
    public void WriteTo(Span<byte> block)
    {
        block[..Size].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(block, WalFormat.SegmentMagic);
        BinaryPrimitives.WriteUInt16LittleEndian(block[4..], WalFormat.Version);
        BinaryPrimitives.WriteUInt32LittleEndian(block[12..], PreviousCrc);
        DatabaseId.TryWriteBytes(block[16..]);
        BinaryPrimitives.WriteUInt64LittleEndian(block[32..], SegmentId);
        BinaryPrimitives.WriteUInt64LittleEndian(block[40..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(block[48..], First.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(block[56..], Before.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], Checksum(block));
    }

    /// <summary>False for bytes that are no intact header. Throws <see cref="HeliosException"/> with code <c>format_too_new</c> for an intact one of a newer program.</summary>
    public static bool TryRead(ReadOnlySpan<byte> block, string path, out WalSegmentHeader header)
    {
        header = default;
        if (block.Length < Size
            || BinaryPrimitives.ReadUInt32LittleEndian(block) != WalFormat.SegmentMagic
            || BinaryPrimitives.ReadUInt32LittleEndian(block[8..]) != Checksum(block))
        {
            return false;
        }

        var version = BinaryPrimitives.ReadUInt16LittleEndian(block[4..]);
        if (version > WalFormat.Version || BinaryPrimitives.ReadUInt16LittleEndian(block[6..]) != 0)
            throw WalErrors.TooNew(path, 0, version);

        header = new WalSegmentHeader
        {
            PreviousCrc = BinaryPrimitives.ReadUInt32LittleEndian(block[12..]),
            DatabaseId = new Guid(block.Slice(16, 16)),
            SegmentId = BinaryPrimitives.ReadUInt64LittleEndian(block[32..]),
            Epoch = BinaryPrimitives.ReadUInt64LittleEndian(block[40..]),
            First = new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(block[48..])),
            Before = new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(block[56..])),
        };
        return version == WalFormat.Version && header.First > header.Before && header.First <= Lsn.Max && block[FieldsSize..Size].IndexOfAnyExcept((byte)0) < 0;
    }

    private static uint Checksum(ReadOnlySpan<byte> block) =>
        Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Seed, block[..8]), block[12..Size]));
}
