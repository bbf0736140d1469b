using System.Security.Cryptography;

namespace Helios.Pipeline.Storage;

/// <summary>Hashes index keys so that nobody without the database's keys can tell, or try out, which key a hash belongs to: HMAC-SHA256, cut to 16 bytes where that is asked for.</summary>
/// <remarks>Thread-safe; allocates nothing. Equal keys have equal hashes, for the life of the database: that is what they are for, and what they tell.</remarks>
internal sealed class KeyedHash(ReadOnlySpan<byte> key) : IDisposable
{
    /// <summary>Bytes of a short hash: two of 2^32 different keys have the same one with a chance of 2^-65.</summary>
    public const int ShortSize = 16;

    public const int FullSize = HMACSHA256.HashSizeInBytes;

    private readonly SecretBytes _key = new(key);

    internal SecretBytes Secret => _key;

    /// <param name="key">The index key; any length.</param>
    /// <param name="hash"><see cref="ShortSize"/> or <see cref="FullSize"/> bytes; the short one is the beginning of the full one.</param>
    public void Compute(ReadOnlySpan<byte> key, Span<byte> hash)
    {
        if (hash.Length == FullSize)
        {
            HMACSHA256.HashData(_key.Span, key, hash);
            return;
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, ShortSize);
        Span<byte> full = stackalloc byte[FullSize];
        HMACSHA256.HashData(_key.Span, key, full);
        full[..ShortSize].CopyTo(hash);
    }

    public void Dispose() => _key.Dispose();
}
