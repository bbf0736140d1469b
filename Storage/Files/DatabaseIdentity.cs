using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// The file that makes a directory a database: written last, by rename, when everything else is there. 64 bytes, little-endian.
/// <code>
/// offset size field
///      0    8 "HELIOSDB"
///      8    4 format version
///     12    4 CRC-32C of all other bytes
///     16   16 database id
///     32    8 created, UTC ticks
///     40   24 zero
/// </code>
/// </summary>
/// <param name="Id">Names the database in every frame of its log.</param>
/// <param name="Created">When it was created.</param>
internal sealed record DatabaseIdentity(Guid Id, DateTimeOffset Created)
{
    public const string FileName = "identity";
    public const uint Format = 1;
    public const int Size = 64;

    private static ReadOnlySpan<byte> Magic => "HELIOSDB"u8;

    public byte[] Encode()
    {
        var bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Format);
        Id.TryWriteBytes(bytes.AsSpan(16), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), Created.UtcTicks);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Checksum(bytes));
        return bytes;
    }

    /// <exception cref="HeliosException">Corrupt <c>corrupt</c>, or Unavailable <c>format_too_new</c> where a newer version wrote it. Nothing is changed.</exception>
    public static DatabaseIdentity Decode(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length >= 12 && bytes.StartsWith(Magic) && BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) > Format)
        {
            throw new HeliosException(HeliosErrorKind.Unavailable, "format_too_new",
                $"{path}: the database has format {BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..])}; this version reads up to {Format}. Nothing was changed: use a newer version.");
        }

        if (bytes.Length != Size || !bytes.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != Checksum(bytes) || !IsSane(bytes))
            throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt", $"{path}: the identity of the database is damaged. Nothing was changed.");
        return new DatabaseIdentity(new Guid(bytes.Slice(16, 16), bigEndian: true), new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]), TimeSpan.Zero));
    }

    /// <summary>Could this version have written it? Asked after the checksum.</summary>
    private static bool IsSane(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) == Format
        && (ulong)BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]) <= (ulong)DateTimeOffset.MaxValue.UtcTicks
        && bytes[40..].IndexOfAnyExcept((byte)0) < 0;

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        Span<byte> others = stackalloc byte[Size - 4];
        bytes[..12].CopyTo(others);
        bytes[16..Size].CopyTo(others[12..]);
        return Crc32C.Compute(others);
    }
}
