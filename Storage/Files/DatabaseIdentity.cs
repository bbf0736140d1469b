using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// The file that makes a directory a database: written last, by rename, when everything else is there. 64 bytes, little-endian.
/// <code>
/// offset size field
///      0    8 "HELIOSDB"
///      8    4 format version: 1, or 2 where the database is encrypted: programs that cannot decrypt refuse it as too new
///     12    4 CRC-32C of all other bytes
///     16   16 database id
///     32    8 created, UTC ticks
///     40    1 flags: 1 = encrypted, exactly in format 2
///     41   23 zero
/// </code>
/// </summary>
/// <param name="Id">Names the database in every frame of its log.</param>
/// <param name="Created">When it was created.</param>
/// <param name="IsEncrypted">Are log and store encrypted? Then the file <c>keys</c> belongs to the database.</param>
internal sealed record DatabaseIdentity(Guid Id, DateTimeOffset Created, bool IsEncrypted = false)
{
    public const string FileName = "identity";
    /// <summary>The highest that this version reads.</summary>
    public const uint MaxFormat = 2;
    public const int Size = 64;

    private const byte EncryptedFlag = 1;

    /// <summary>What it is written in: the lowest that says all of it.</summary>
    public uint Format => IsEncrypted ? 2u : 1;

    private static ReadOnlySpan<byte> Magic => "HELIOSDB"u8;

    public byte[] Encode()
    {
        var bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Format);
        Id.TryWriteBytes(bytes.AsSpan(16), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), Created.UtcTicks);
        bytes[40] = IsEncrypted ? EncryptedFlag : (byte)0;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Checksum(bytes));
        return bytes;
    }

    /// <exception cref="HeliosException">Corrupt <c>corrupt</c>, or Unavailable <c>format_too_new</c> where a newer version wrote it. Nothing is changed.</exception>
    public static DatabaseIdentity Decode(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length >= 12 && bytes.StartsWith(Magic) && BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) > MaxFormat)
        {
            throw new HeliosException(HeliosErrorKind.Unavailable, "format_too_new",
                $"{path}: the database has format {BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..])}; this version reads up to {MaxFormat}. Nothing was changed: use a newer version.");
        }

        if (bytes.Length != Size || !bytes.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != Checksum(bytes) || !IsSane(bytes))
            throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt", $"{path}: the identity of the database is damaged. Nothing was changed.");
        return new DatabaseIdentity(new Guid(bytes.Slice(16, 16), bigEndian: true), new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]), TimeSpan.Zero), bytes[40] == EncryptedFlag);
    }

    /// <summary>Could this version have written it? Asked after the checksum.</summary>
    private static bool IsSane(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) == (bytes[40] == EncryptedFlag ? 2u : 1)
        && (ulong)BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]) <= (ulong)DateTimeOffset.MaxValue.UtcTicks
        && bytes[40] <= EncryptedFlag
        && bytes[41..].IndexOfAnyExcept((byte)0) < 0;

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        Span<byte> others = stackalloc byte[Size - 4];
        bytes[..12].CopyTo(others);
        bytes[16..Size].CopyTo(others[12..]);
        return Crc32C.Compute(others);
    }
}
