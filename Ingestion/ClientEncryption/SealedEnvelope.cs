using System.Buffers.Binary;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>
/// What a client makes of the columns that it does not reveal: the value of the column <c>sealed</c>. Little-endian.
/// <code>
/// offset size field
///      0    1 format, 1
///      1    8 client key id, in printed order
///      9    8 version that the client gave the row, 0 = none
///     17   16 salt of the row's key, random
///     33   12 nonce, random
///     45    n ciphertext: a row of the columns that are not plain, 80, zeros
///    end   16 tag; it also covers "helios sealed row", bytes 0..16, SHA-256 of the schema, and a row of the revealed columns
/// </code>
/// </summary>
/// <remarks>The key of each row is HKDF-Expand of the client's sealing key with <c>helios row</c> and the salt: many clients may seal under one key without counting.</remarks>
internal readonly ref struct SealedEnvelope
{
    public const byte Format = 1;
    public const int SaltSize = 16, NonceSize = 12, TagSize = 16;

    /// <summary>Format, key id, version: what the tag covers as it stands.</summary>
    public const int BoundSize = 17;

    public const int HeaderSize = BoundSize + SaltSize + NonceSize;

    /// <summary>Bytes besides the ciphertext.</summary>
    public const int Overhead = HeaderSize + TagSize;

    private readonly ReadOnlySpan<byte> _bytes;

    private SealedEnvelope(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public ulong KeyId => BinaryPrimitives.ReadUInt64BigEndian(_bytes[1..]);

    public long Version => BinaryPrimitives.ReadInt64LittleEndian(_bytes[9..]);

    public ReadOnlySpan<byte> Bound => _bytes[..BoundSize];

    public ReadOnlySpan<byte> Salt => _bytes.Slice(BoundSize, SaltSize);

    public ReadOnlySpan<byte> Nonce => _bytes.Slice(BoundSize + SaltSize, NonceSize);

    public ReadOnlySpan<byte> Ciphertext => _bytes[HeaderSize..^TagSize];

    public ReadOnlySpan<byte> Tag => _bytes[^TagSize..];

    /// <summary>Looks at the header; nothing of it is true before the tag holds.</summary>
    /// <param name="bytes">Not trusted.</param>
    /// <param name="table">For the error.</param>
    /// <exception cref="HeliosException">Corrupt <c>corrupt</c>, or Unavailable <c>format_too_new</c>.</exception>
    public static SealedEnvelope Decode(ReadOnlySpan<byte> bytes, string table)
    {
        if (bytes.Length > 0 && bytes[0] > Format)
        {
            throw new HeliosException(HeliosErrorKind.Unavailable, "format_too_new",
                $"Table {table}: a row is sealed in format {bytes[0]}, which this version does not know. Nothing was changed: use a newer version.") { Table = table };
        }

        if (bytes.Length < Overhead || bytes[0] != Format || BinaryPrimitives.ReadInt64LittleEndian(bytes[9..]) < 0)
            throw ClientErrors.NotSealed(table, bytes.Length);
        return new SealedEnvelope(bytes);
    }

    /// <summary>Writes everything before the ciphertext.</summary>
    public static void WriteHeader(Span<byte> envelope, ulong keyId, long version, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> nonce)
    {
        envelope[0] = Format;
        BinaryPrimitives.WriteUInt64BigEndian(envelope[1..], keyId);
        BinaryPrimitives.WriteInt64LittleEndian(envelope[9..], version);
        salt.CopyTo(envelope[BoundSize..]);
        nonce.CopyTo(envelope[(BoundSize + SaltSize)..]);
    }
}
