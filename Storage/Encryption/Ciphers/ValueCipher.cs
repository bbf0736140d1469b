using System.Buffers;
using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// Encrypts values of the store, each bound to its key there. Little-endian:
/// <code>
/// offset size field
///      0    1 format, 1
///      1    4 data key id
///      5    8 counter of the nonce
///     13    n ciphertext
///    end   16 tag
/// </code>
/// The tag also covers: format (1 byte), domain (1 byte), database id (16 bytes), and the whole key in the store.
/// </summary>
/// <remarks>
/// <see cref="Encrypt"/> belongs to one thread; everything else is thread-safe. No call allocates, but for the first with a key.
/// A value that somebody put back from an older state of the same key verifies: an LSN in the key tells versions of a row apart; the applied
/// state, counters, positions of sources and the note of a clean close have no such guard.
/// </remarks>
internal sealed class ValueCipher : IDisposable
{
    public const byte Format = 1;
    public const int HeaderSize = 13;

    /// <summary>Bytes that a stored value has besides its plaintext.</summary>
    public const int Overhead = HeaderSize + GcmContext.TagSize;

    private const int AadPrefixSize = 18;

    /// <summary>Keys of rows have 20 bytes; those of an index may have 64 KiB.</summary>
    private const int StackAad = 256;

    private readonly DatabaseKeys _keys;
    private readonly NonceSequence _nonces;
    private readonly byte[] _aadPrefix = new byte[AadPrefixSize];

    public ValueCipher(DatabaseKeys keys, NonceDomain domain)
    {
        _keys = keys;
        _nonces = new NonceSequence(keys, domain);
        _aadPrefix[0] = Format;
        _aadPrefix[1] = (byte)domain;
        keys.DatabaseId.TryWriteBytes(_aadPrefix.AsSpan(2), bigEndian: true, out _);
    }

    internal NonceSequence Nonces => _nonces;

    /// <summary>Length of the stored form of so many bytes.</summary>
    public static int StoredLength(int plaintext) => plaintext + Overhead;

    /// <summary>Length of the plaintext of so many stored bytes; negative where they are too few.</summary>
    public static int PlaintextLength(int stored) => stored - Overhead;

    /// <summary>Writes the stored form and returns its length.</summary>
    /// <param name="key">The whole key under which it will be stored.</param>
    /// <param name="plaintext">The value; other memory than the destination, or where its ciphertext goes: <see cref="HeaderSize"/> into it.</param>
    /// <param name="destination"><see cref="StoredLength"/> bytes or more.</param>
    /// <exception cref="HeliosException">As <see cref="DatabaseKeys.KeyAfter"/>, at the first value and every 2^32.</exception>
    public int Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        var stored = destination[..StoredLength(plaintext.Length)];
        var context = _nonces.Take(out var use);
        stored[0] = Format;
        BinaryPrimitives.WriteUInt32LittleEndian(stored[1..], use.KeyId);
        BinaryPrimitives.WriteUInt64LittleEndian(stored[5..], use.Counter);
        Span<byte> nonce = stackalloc byte[GcmContext.NonceSize];
        _nonces.Write(use.Counter, nonce);

        byte[]? rented = null;
        var aad = AadPrefixSize + key.Length <= StackAad ? stackalloc byte[StackAad] : rented = ArrayPool<byte>.Shared.Rent(AadPrefixSize + key.Length);
        context.Encrypt(nonce, plaintext, stored[HeaderSize..^GcmContext.TagSize], stored[^GcmContext.TagSize..], Aad(key, aad));
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return stored.Length;
    }

    /// <summary>
    /// Verifies and decrypts. False where the bytes are no value that was stored under this key of the store, in this domain of this database; the
    /// destination then holds nothing of it. <see cref="Refusal"/> makes the error.
    /// </summary>
    /// <param name="key">The whole key under which it was found.</param>
    /// <param name="stored">The stored form.</param>
    /// <param name="destination"><see cref="PlaintextLength"/> bytes or more; other memory than the stored form, or where its ciphertext stands.</param>
    /// <param name="length">Bytes written; 0 where it is false.</param>
    /// <exception cref="HeliosException">Corrupt <c>corrupt</c>: the key file has a data key that does not verify.</exception>
    public bool TryDecrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> stored, Span<byte> destination, out int length)
    {
        length = 0;
        if (stored.Length < Overhead || stored[0] != Format || _keys.Find(BinaryPrimitives.ReadUInt32LittleEndian(stored[1..])) is not { } dataKey)
            return false;
        Span<byte> nonce = stackalloc byte[GcmContext.NonceSize];
        _nonces.Write(BinaryPrimitives.ReadUInt64LittleEndian(stored[5..]), nonce);
        var plaintext = destination[..PlaintextLength(stored.Length)];

        byte[]? rented = null;
        var aad = AadPrefixSize + key.Length <= StackAad ? stackalloc byte[StackAad] : rented = ArrayPool<byte>.Shared.Rent(AadPrefixSize + key.Length);
        var context = dataKey.Rent();
        bool holds;
        try
        {
            holds = context.TryDecrypt(nonce, stored[HeaderSize..^GcmContext.TagSize], stored[^GcmContext.TagSize..], plaintext, Aad(key, aad));
        }
        finally
        {
            dataKey.Return(context);
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }

        length = holds ? plaintext.Length : 0;
        return holds;
    }

    /// <summary>Decrypts the bytes behind <paramref name="start"/> where they stand, and moves the plaintext there.</summary>
    /// <returns>False where <see cref="TryDecrypt"/> is: the bytes are then no longer of use but to <see cref="Refusal"/>.</returns>
    public bool TryDecryptInPlace(ReadOnlySpan<byte> key, ByteBuffer buffer, int start)
    {
        var stored = buffer.Written[start..];
        if (stored.Length < Overhead || !TryDecrypt(key, stored, stored[HeaderSize..], out var length))
            return false;
        stored.Slice(HeaderSize, length).CopyTo(stored);
        buffer.Truncate(start + length);
        return true;
    }

    /// <summary>The error for a value that <see cref="TryDecrypt"/> refused.</summary>
    /// <param name="stored">The stored form.</param>
    /// <param name="what">Names the value: "Row 7 of table trips at LSN 12".</param>
    public HeliosException Refusal(ReadOnlySpan<byte> stored, string what)
    {
        if (stored.Length < Overhead || stored[0] == 0)
            return EncryptionErrors.TooShort(what, stored.Length);
        if (stored[0] > Format)
            return EncryptionErrors.TooNew(what, stored[0]);
        var keyId = BinaryPrimitives.ReadUInt32LittleEndian(stored[1..]);
        return _keys.Find(keyId) is null ? EncryptionErrors.UnknownKey(what, keyId, _keys.Path) : EncryptionErrors.NotAuthentic(what);
    }

    public void Dispose() => _nonces.Dispose();

    private ReadOnlySpan<byte> Aad(ReadOnlySpan<byte> key, Span<byte> buffer)
    {
        _aadPrefix.CopyTo(buffer);
        key.CopyTo(buffer[AadPrefixSize..]);
        return buffer[..(AadPrefixSize + key.Length)];
    }
}
