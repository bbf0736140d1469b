using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// A view of one frame of the log: one group of commits; little-endian; follows the frame before without padding.
/// <code>
/// offset size field
///      0    4 magic
///      4    2 format version, 1
///      6    2 flags (1 = compressed, 2 = encrypted)
///      8    4 CRC-32C of bytes 0..7 and 12..end
///     12    4 payload length, bytes
///     16   16 database id
///     32    4 key id, 0 = not encrypted
///     36    4 partition of the log, 0
///     40    8 epoch
///     48    8 segment id
///     56    8 first LSN
///     64    4 commits in the frame, 1 or more
///     68    4 CRC field of the frame before, 0 for the first of the log
///     72    8 commit time, UTC ticks of 100 ns
///     80    8 durable LSN known when this frame was written
///     88    8 counter of the nonce, 0 where not encrypted
///     96    n payload
/// </code>
/// </summary>
/// <remarks>
/// A later format version keeps bytes 0..15 and the rule of the CRC, so that an older program can tell "too new" from "damaged".
/// The view does not check: whoever reads from disk calls <see cref="IsIntact"/> first.
/// </remarks>
internal readonly ref struct WalFrame
{
    public const int HeaderSize = 96;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>At least <see cref="HeaderSize"/> bytes; the payload may be missing where only the header is looked at.</summary>
    public WalFrame(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes.Length, HeaderSize);
        _bytes = bytes;
    }

    public uint Magic => BinaryPrimitives.ReadUInt32LittleEndian(_bytes);

    public ushort Version => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[4..]);

    public WalFlags Flags => (WalFlags)BinaryPrimitives.ReadUInt16LittleEndian(_bytes[6..]);

    public uint Crc => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[8..]);

    /// <summary>As stored; not trustworthy before <see cref="HasPlausibleLength"/>.</summary>
    public uint PayloadLength => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[12..]);

    public Guid DatabaseId => new(_bytes.Slice(16, 16));

    public uint KeyId => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[32..]);

    public uint Partition => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[36..]);

    public ulong Epoch => BinaryPrimitives.ReadUInt64LittleEndian(_bytes[40..]);

    public ulong SegmentId => BinaryPrimitives.ReadUInt64LittleEndian(_bytes[48..]);

    public Lsn First => new(BinaryPrimitives.ReadUInt64LittleEndian(_bytes[56..]));

    public uint Commits => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[64..]);

    public Lsn Last => new(First.Value + Commits - 1);

    public uint PreviousCrc => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[68..]);

    /// <summary>UTC ticks of 100 ns.</summary>
    public long CommitTime => BinaryPrimitives.ReadInt64LittleEndian(_bytes[72..]);

    /// <summary>Everything up to here had been synced when the frame was written.</summary>
    public Lsn Durable => new(BinaryPrimitives.ReadUInt64LittleEndian(_bytes[80..]));

    /// <summary>With the key id it makes the nonce of an encrypted payload.</summary>
    public ulong Counter => BinaryPrimitives.ReadUInt64LittleEndian(_bytes[88..]);

    public bool IsEncrypted => (Flags & WalFlags.Encrypted) != 0;

    /// <summary>Header and payload, bytes.</summary>
    public int Length => HeaderSize + (int)PayloadLength;

    public ReadOnlySpan<byte> Payload => _bytes[HeaderSize..];

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>A tag comes on top of the largest payload, so that encryption makes no commit too large.</summary>
    public bool HasPlausibleLength => PayloadLength <= (IsEncrypted ? WalFormat.MaxPayload + FrameCipher.TagSize : WalFormat.MaxPayload);

    /// <summary>Does the checksum hold over the whole frame? False too where the bytes are more or fewer than the frame says.</summary>
    public bool IsIntact => Magic == WalFormat.FrameMagic && HasPlausibleLength && Length == _bytes.Length && Crc == Checksum(_bytes);

    /// <summary>Do the fields make sense in themselves? Asked after the checksum: a frame that fails here was never written by this engine.</summary>
    public bool IsSane => Version == WalFormat.Version
        && First > Lsn.Zero && First <= Lsn.Max && Commits >= 1 && Commits <= int.MaxValue && Last <= Lsn.Max
        && Durable < First && Partition == 0
        && IsEncrypted == (KeyId != 0) && IsEncrypted == (Counter != 0) && (!IsEncrypted || PayloadLength >= FrameCipher.TagSize);

    /// <summary>True for a frame (asked after the checksum) of a program newer than this one.</summary>
    public bool IsTooNew => Version > WalFormat.Version || (Flags & ~WalFormat.KnownFlags) != 0;

    private static uint Checksum(ReadOnlySpan<byte> frame) => Crc32C.Finish(ChecksumStart(frame, frame[12..]));

    /// <summary>The checksum's state after the first bytes: <paramref name="rest"/> begins at byte 12 and may be a part.</summary>
    public static uint ChecksumStart(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> rest) =>
        Crc32C.Append(Crc32C.Append(Crc32C.Seed, frame[..8]), rest);

    /// <summary>Fills the header room in front of a payload and seals the frame; returns its CRC.</summary>
    public static uint Seal(Span<byte> frame, in WalFrameFields fields)
    {
        WriteHeader(frame, fields);
        return WriteChecksum(frame);
    }

    /// <summary>Fills the header but for its checksum: what a cipher's tag covers.</summary>
    public static void WriteHeader(Span<byte> frame, in WalFrameFields fields)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, WalFormat.FrameMagic);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[4..], WalFormat.Version);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[6..], (ushort)fields.Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[12..], (uint)(frame.Length - HeaderSize));
        fields.DatabaseId.TryWriteBytes(frame[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[32..], fields.KeyId);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[36..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[40..], fields.Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[48..], fields.SegmentId);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[56..], fields.First.Value);
        BinaryPrimitives.WriteInt32LittleEndian(frame[64..], fields.Commits);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[68..], fields.PreviousCrc);
        BinaryPrimitives.WriteInt64LittleEndian(frame[72..], fields.CommitTime);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[80..], fields.Durable.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[88..], fields.Counter);
    }

    /// <summary>Comes last, over the bytes as they are written; returns the CRC.</summary>
    public static uint WriteChecksum(Span<byte> frame)
    {
        var crc = Checksum(frame);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], crc);
        return crc;
    }
}

/// <summary>What <see cref="WalFrame.Seal"/> writes into a header.</summary>
internal readonly record struct WalFrameFields
{
    public WalFlags Flags { get; init; }

    public uint KeyId { get; init; }

    public ulong Counter { get; init; }

    public Guid DatabaseId { get; init; }

    public ulong Epoch { get; init; }

    public ulong SegmentId { get; init; }

    public Lsn First { get; init; }

    public int Commits { get; init; }

    public uint PreviousCrc { get; init; }

    public long CommitTime { get; init; }

    public Lsn Durable { get; init; }
}
