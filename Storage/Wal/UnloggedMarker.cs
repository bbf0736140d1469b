using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// The file <c>unlogged</c> in the directory of a database: there is no log since this open, the store is the truth. 64 bytes, little-endian.
/// <code>
/// offset size field
///      0    8 "HELIOSNL"
///      8    4 format version, 1
///     12    4 CRC-32C of all other bytes
///     16   16 database id, in printed order
///     32    8 epoch of the open that wrote it, 1 or more
///     40    8 applied LSN: what the store's files held then
///     48    8 next LSN: the first one that this open may have given out
///     56    8 LSNs that may have been given out beyond what the store's files hold, 1 or more
/// </code>
/// </summary>
/// <param name="DatabaseId">Whose marker it is.</param>
/// <param name="Epoch">Of the open that wrote it.</param>
/// <param name="Applied">What the store's files held then: they must hold at least as much ever after.</param>
/// <param name="Next">The first LSN that this open may have given out; behind <paramref name="Applied"/>.</param>
/// <param name="Reserved">LSNs that may have been given out beyond what the store's files hold.</param>
internal sealed record UnloggedMarker(Guid DatabaseId, ulong Epoch, Lsn Applied, Lsn Next, ulong Reserved)
{
    public const string FileName = "unlogged";
    public const int Size = 64;
    public const uint Format = 1;

    private static ReadOnlySpan<byte> Magic => "HELIOSNL"u8;

    /// <summary>The first LSN that nobody can have been told of.</summary>
    /// <param name="applied">How far the store is after the end of the process that wrote the marker.</param>
    public Lsn Unused(Lsn applied) => new(Math.Max(applied.Value + 1, Next.Value) + Reserved);

    public byte[] Encode()
    {
        var bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Format);
        DatabaseId.TryWriteBytes(bytes.AsSpan(16), bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(40), Applied.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(48), Next.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(56), Reserved);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Checksum(bytes));
        return bytes;
    }

    /// <exception cref="HeliosException">Corrupt <c>corrupt</c>, or Unavailable <c>format_too_new</c> where a newer version wrote it. Nothing is changed.</exception>
    public static UnloggedMarker Decode(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length >= 12 && bytes.StartsWith(Magic) && BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) > Format)
        {
            throw new HeliosException(HeliosErrorKind.Unavailable, "format_too_new",
                $"{path} has format {BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..])}; this version reads up to {Format}. Nothing was changed: use a newer version.");
        }

        if (bytes.Length != Size || !bytes.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != Format
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != Checksum(bytes))
        {
            throw Damaged(path, "its checksum fails");
        }

        var marker = new UnloggedMarker(
            new Guid(bytes.Slice(16, 16), bigEndian: true),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..])),
            new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..])),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[56..]));
        return marker.IsSane ? marker : throw Damaged(path, "its numbers do not fit together");
    }

    public static HeliosException Damaged(string path, string why) =>
        new(HeliosErrorKind.Corrupt, "corrupt", $"{path}, which says that the database was used without a log, is damaged: {why}. Nothing was changed.");

    /// <summary>Could this version have written it? Asked after the checksum.</summary>
    private bool IsSane => Epoch >= 1 && Applied < Next && Next <= Lsn.Max && Reserved >= 1 && Reserved <= Lsn.Max.Value;

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        Span<byte> others = stackalloc byte[Size - 4];
        bytes[..12].CopyTo(others);
        bytes[16..Size].CopyTo(others[12..]);
        return Crc32C.Compute(others);
    }
}
