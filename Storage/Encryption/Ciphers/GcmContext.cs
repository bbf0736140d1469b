namespace Helios.Pipeline.Storage;

/// <summary>AES-256-GCM with one key that is set up once. Not thread-safe.</summary>
internal abstract class GcmContext : IDisposable
{
    public const int NonceSize = 12, TagSize = 16, KeySize = 32;

    /// <summary>The fastest that this machine has: libcrypto without a detour where it is found, else the runtime's own object. Both give the same bytes.</summary>
    public static GcmContext Create(ReadOnlySpan<byte> key) => Libcrypto.IsAvailable ? new LibcryptoGcm(key) : new RuntimeGcm(key);

    /// <summary>Encrypts; the ciphertext has the length of the plaintext, and may be the same memory.</summary>
    /// <remarks>The pair of key and nonce must never have been used: the caller counts.</remarks>
    public abstract void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad);

    /// <summary>Decrypts; where the tag does not hold it is false, and the plaintext is zeros.</summary>
    public abstract bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> aad);

    public abstract void Dispose();

    protected static void CheckSizes(int nonce, int input, int output, int tag)
    {
        // Native code writes behind what is too short.
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce, NonceSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(tag, TagSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(output, input);
    }
}
