using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Helios.Pipeline.Storage;

/// <summary>What an open database keeps of its key-encryption key: one key that wraps and one that seals the key file, both derived from it for this database alone.</summary>
/// <remarks>Used under the lock of <see cref="DatabaseKeys"/>. Zeroed when disposed.</remarks>
internal sealed class KekSecrets : IDisposable
{
    private const int AadSize = 8 + sizeof(uint) + 16 + KekId.Size + sizeof(uint) + sizeof(uint);

    private readonly Guid _databaseId;
    private readonly SecretBytes _sealKey = new(KekId.KeySize);
    private readonly AesGcm _wrap;

    private KekSecrets(ReadOnlySpan<byte> kek, Guid databaseId, PasswordDerivation? derivation)
    {
        Id = KekId.Of(kek);
        Derivation = derivation;
        _databaseId = databaseId;

        Span<byte> salt = stackalloc byte[16];
        databaseId.TryWriteBytes(salt, bigEndian: true, out _);
        Span<byte> wrapKey = stackalloc byte[KekId.KeySize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, kek, wrapKey, salt, "helios keys wrap"u8);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, kek, _sealKey.Span, salt, "helios keys seal"u8);
        _wrap = new AesGcm(wrapKey, KeyRecord.TagSize);
        CryptographicOperations.ZeroMemory(wrapKey);
    }

    public KekId Id { get; }

    /// <summary>How the key comes from a password, or null.</summary>
    public PasswordDerivation? Derivation { get; }

    internal SecretBytes SealKey => _sealKey;

    /// <summary>The provider's current key; for a password with a new salt.</summary>
    /// <exception cref="HeliosException">Unavailable: <c>key_unavailable</c>, or <c>key_mismatch</c> where the provider contradicts itself.</exception>
    public static KekSecrets Current(IKeyProvider provider, Guid databaseId, string path)
    {
        Span<byte> key = stackalloc byte[KekId.KeySize];
        try
        {
            if (provider is IPasswordKeyProvider { CurrentIterations: > 0 } password)
            {
                var derivation = PasswordDerivation.Create(password.CurrentIterations);
                password.DeriveCurrent(derivation, key);
                return new KekSecrets(key, databaseId, derivation);
            }

            var id = provider.Current;
            return provider.TryGetKey(id, key) ? Named(key, id, databaseId, derivation: null, path) : throw Unavailable(path, $"the provider does not give its own current key {id}");
        }
        catch (Exception error) when (error is not HeliosException)
        {
            throw Unavailable(path, $"the provider of keys failed: {error.Message}", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>The key that a key file is wrapped under.</summary>
    /// <exception cref="HeliosException">Unavailable: <c>key_unavailable</c> where there is no provider, or it failed; <c>key_mismatch</c> where it has other keys, or gives another key for that id.</exception>
    public static KekSecrets Find(IKeyProvider? provider, KekId id, PasswordDerivation? derivation, Guid databaseId, string path)
    {
        if (provider is null)
            throw Unavailable(path, $"the database is encrypted under key {id}, and no provider of keys was given");
        Span<byte> key = stackalloc byte[KekId.KeySize];
        try
        {
            // A raw key may be under the same id as a derived one only if it is that key: whichever answers is right.
            var found = (derivation is not null && provider is IPasswordKeyProvider password && password.TryDerive(derivation, id, key)) || provider.TryGetKey(id, key);
            return found
                ? Named(key, id, databaseId, derivation, path)
                : throw Mismatch(path, $"the database is encrypted under key {id}, which is not what was given{(derivation is null ? "" : ": the key comes from a password, which may be wrong")}");
        }
        catch (Exception error) when (error is not HeliosException)
        {
            throw Unavailable(path, $"the provider of keys failed: {error.Message}", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Encrypts a key for the file, with a new random nonce.</summary>
    public KeyRecord Wrap(uint id, KeyPurpose purpose, long made, ReadOnlySpan<byte> key)
    {
        var wrapped = new byte[KeyRecord.WrappedSize];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, KeyRecord.NonceSize));
        Span<byte> aad = stackalloc byte[AadSize];
        WriteAad(id, purpose, aad);
        _wrap.Encrypt(wrapped.AsSpan(0, KeyRecord.NonceSize), key, wrapped.AsSpan(KeyRecord.NonceSize, KeyRecord.KeySize), wrapped.AsSpan(KeyRecord.NonceSize + KeyRecord.KeySize), aad);
        return new KeyRecord(id, purpose, made, wrapped);
    }

    /// <summary>Decrypts a key of the file; false, and zeros, where it was not wrapped under this key for this database, id and purpose.</summary>
    public bool TryUnwrap(KeyRecord record, Span<byte> key)
    {
        Span<byte> aad = stackalloc byte[AadSize];
        WriteAad(record.Id, record.Purpose, aad);
        var wrapped = record.Wrapped.AsSpan();
        try
        {
            _wrap.Decrypt(wrapped[..KeyRecord.NonceSize], wrapped.Slice(KeyRecord.NonceSize, KeyRecord.KeySize), wrapped[(KeyRecord.NonceSize + KeyRecord.KeySize)..], key, aad);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    /// <summary>Writes the HMAC of a key file's bytes.</summary>
    public void Seal(ReadOnlySpan<byte> file, Span<byte> mac)
    {
        var (first, second) = KeyFileContent.Sealed(file.Length);
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _sealKey.Span);
        hash.AppendData(file[first]);
        hash.AppendData(file[second]);
        hash.GetHashAndReset(mac);
    }

    /// <summary>Does the HMAC at the end of a key file hold?</summary>
    public bool IsSealOf(ReadOnlySpan<byte> file)
    {
        Span<byte> mac = stackalloc byte[KeyFileContent.MacSize];
        Seal(file, mac);
        return CryptographicOperations.FixedTimeEquals(mac, file[^KeyFileContent.MacSize..]);
    }

    public void Dispose()
    {
        _wrap.Dispose();
        _sealKey.Dispose();
    }

    public static HeliosException Mismatch(string path, string what) =>
        new(HeliosErrorKind.Unavailable, "key_mismatch", $"{path}: {what}. Nothing was changed.");

    private static HeliosException Unavailable(string path, string what, Exception? cause = null) =>
        new(HeliosErrorKind.Unavailable, "key_unavailable", $"{path}: {what}. Nothing was changed.", cause);

    private static KekSecrets Named(ReadOnlySpan<byte> key, KekId id, Guid databaseId, PasswordDerivation? derivation, string path)
    {
        return KekId.Of(key) == id
            ? new KekSecrets(key, databaseId, derivation)
            : throw Mismatch(path, $"the provider of keys gave another key for {id}");
    }

    private void WriteAad(uint id, KeyPurpose purpose, Span<byte> aad)
    {
        KeyFileContent.Magic.CopyTo(aad);
        BinaryPrimitives.WriteUInt32LittleEndian(aad[8..], KeyFileContent.Format);
        _databaseId.TryWriteBytes(aad[12..], bigEndian: true, out _);
        Id.Write(aad[28..]);
        BinaryPrimitives.WriteUInt32LittleEndian(aad[36..], id);
        BinaryPrimitives.WriteUInt32LittleEndian(aad[40..], (uint)purpose);
    }
}
