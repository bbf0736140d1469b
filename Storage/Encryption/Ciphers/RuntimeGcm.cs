using System.Security.Cryptography;

namespace Helios.Pipeline.Storage;

/// <summary><see cref="GcmContext"/> through the runtime's <see cref="AesGcm"/>: on every system.</summary>
internal sealed class RuntimeGcm(ReadOnlySpan<byte> key) : GcmContext
{
    private readonly AesGcm _cipher = new(key, TagSize);

    public override void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad)
    {
        CheckSizes(nonce.Length, plaintext.Length, ciphertext.Length, tag.Length);
        _cipher.Encrypt(nonce, plaintext, ciphertext, tag, aad);
    }

    public override bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> aad)
    {
        CheckSizes(nonce.Length, ciphertext.Length, plaintext.Length, tag.Length);
        try
        {
            _cipher.Decrypt(nonce, ciphertext, tag, plaintext, aad);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            CryptographicOperations.ZeroMemory(plaintext);
            return false;
        }
    }

    public override void Dispose() => _cipher.Dispose();
}
