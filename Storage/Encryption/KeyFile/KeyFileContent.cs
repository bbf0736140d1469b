using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Helios.Pipeline.Storage;

/// <summary>
/// The file <c>keys</c> of an encrypted database: its keys, wrapped under the key-encryption key (KEK). Little-endian, replaced as a whole.
/// <code>
/// offset size field
///      0    8 "HELIOSKY"
///      8    4 format version, 1
///     12    4 CRC-32C of all other bytes
///     16   16 database id, in printed order
///     32    8 KEK id, in printed order
///     40    4 how the KEK is derived: 0 not, 1 from a password by PBKDF2-HMAC-SHA256
///     44    4 iterations, 0 where it is not derived
///     48   16 salt, zero where it is not derived
///     64    4 records n, 1 or more
///     68    4 zero
///     72 76·n records, ids ascending
///    end   32 HMAC-SHA256 of all bytes before, but 12..15, under a key derived from the KEK
///
/// record
///      0    4 key id, 1 or more
///      4    4 purpose: 1 data, 2 hashes of index keys
///      8    8 made, UTC ticks of 100 ns
///     16   12 nonce of the wrap
///     28   32 key, encrypted with AES-256-GCM under a key derived from the KEK
///     60   16 tag; it also covers magic, version, database id, KEK id, key id and purpose
/// </code>
/// </summary>
/// <remarks>
/// The checksum tells damage; the HMAC tells that somebody changed, took away, added or moved a record and made the checksum fit.
/// A later format version keeps bytes 0..11, so that an older program can tell "too new" from "damaged".
/// </remarks>
internal sealed record KeyFileContent(Guid DatabaseId, KekId Kek, PasswordDerivation? Derivation, IReadOnlyList<KeyRecord> Records)
{
    public const string FileName = "keys";
    public const uint Format = 1;
    public const int HeaderSize = 72;
    public const int MacSize = HMACSHA256.HashSizeInBytes;

    /// <summary>76 MB of file: at one key an open it is not reached.</summary>
    public const int MaxRecords = 1_000_000;

    public static ReadOnlySpan<byte> Magic => "HELIOSKY"u8;

    /// <summary>The file's bytes, sealed.</summary>
    public byte[] Encode(KekSecrets kek)
    {
        var bytes = new byte[HeaderSize + (Records.Count * KeyRecord.Size) + MacSize];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Format);
        DatabaseId.TryWriteBytes(bytes.AsSpan(16), bigEndian: true, out _);
        Kek.Write(bytes.AsSpan(32));
        if (Derivation is not null)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(40), 1);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(44), Derivation.Iterations);
            Derivation.Salt.CopyTo(bytes.AsSpan(48));
        }

        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(64), Records.Count);
        for (var i = 0; i < Records.Count; i++)
        {
            var record = bytes.AsSpan(HeaderSize + (i * KeyRecord.Size));
            BinaryPrimitives.WriteUInt32LittleEndian(record, Records[i].Id);
            BinaryPrimitives.WriteUInt32LittleEndian(record[4..], (uint)Records[i].Purpose);
            BinaryPrimitives.WriteInt64LittleEndian(record[8..], Records[i].Made);
            Records[i].Wrapped.CopyTo(record[16..]);
        }

        kek.Seal(bytes, bytes.AsSpan(bytes.Length - MacSize));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Checksum(bytes));
        return bytes;
    }

    /// <summary>Reads the bytes; what they say is true only after <see cref="KekSecrets.IsSealOf"/>.</summary>
    /// <exception cref="HeliosException">Corrupt <c>corrupt</c>, or Unavailable <c>format_too_new</c> where a newer version wrote it. Nothing is changed.</exception>
    public static KeyFileContent Decode(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length >= 12 && bytes.StartsWith(Magic) && BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) > Format)
        {
            throw new HeliosException(HeliosErrorKind.Unavailable, "format_too_new",
                $"{path}: the key file has format {BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..])}; this version reads up to {Format}. Nothing was changed: use a newer version.");
        }

        if (bytes.Length < HeaderSize + MacSize || !bytes.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != Checksum(bytes))
            throw Corrupt(path, "it fails its checksum");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != Format)
            throw Corrupt(path, "no version has that format number");

        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[64..]);
        if (count is 0 or > MaxRecords || bytes.Length != HeaderSize + ((int)count * KeyRecord.Size) + MacSize)
            throw Corrupt(path, "its length does not fit its number of keys");
        if (bytes[68..HeaderSize].ContainsAnyExcept((byte)0))
            throw Corrupt(path, "bytes that are always zero are not");
        var records = new KeyRecord[count];
        for (var i = 0; i < records.Length; i++)
        {
            var record = bytes.Slice(HeaderSize + (i * KeyRecord.Size), KeyRecord.Size);
            records[i] = new KeyRecord(BinaryPrimitives.ReadUInt32LittleEndian(record), (KeyPurpose)BinaryPrimitives.ReadUInt32LittleEndian(record[4..]),
                BinaryPrimitives.ReadInt64LittleEndian(record[8..]), record[16..].ToArray());
            if (records[i].Id <= (i == 0 ? 0 : records[i - 1].Id))
                throw Corrupt(path, "the ids of its keys do not ascend");
        }

        return new KeyFileContent(new Guid(bytes.Slice(16, 16), bigEndian: true), KekId.Read(bytes[32..]), ReadDerivation(bytes, path), records);
    }

    /// <summary>All that the HMAC covers, as two pieces: the four bytes of the checksum between them are not.</summary>
    public static (Range First, Range Second) Sealed(int length) => (0..12, 16..(length - MacSize));

    public static HeliosException Corrupt(string path, string what) =>
        new(HeliosErrorKind.Corrupt, "corrupt", $"{path}: the key file is damaged: {what}. Nothing was changed: put a copy of it back; without it the data cannot be read.");

    private static PasswordDerivation? ReadDerivation(ReadOnlySpan<byte> bytes, string path)
    {
        var kind = BinaryPrimitives.ReadUInt32LittleEndian(bytes[40..]);
        var iterations = BinaryPrimitives.ReadUInt32LittleEndian(bytes[44..]);
        var salt = bytes.Slice(48, PasswordDerivation.SaltSize);
        if (kind == 0 && iterations == 0 && !salt.ContainsAnyExcept((byte)0))
            return null;
        if (kind != 1 || iterations is < PasswordDerivation.MinIterations or > PasswordDerivation.MaxIterations)
            throw Corrupt(path, "its parameters for a password are out of range");
        return new PasswordDerivation(salt.ToArray(), (int)iterations);
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes) =>
        Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Seed, bytes[..12]), bytes[16..]));
}
