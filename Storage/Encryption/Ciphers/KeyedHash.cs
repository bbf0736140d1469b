using System.Security.Cryptography;

namespace Helios.Pipeline.Storage;

/// <summary>Hashes index keys so that nobody without the database's keys can tell, or try out, which key a hash belongs to: HMAC-SHA256, cut to 16 bytes where that is asked for.</summary>
/// <remarks>
/// Thread-safe; allocates nothing once its objects are made. Equal keys have equal hashes, for the life of the database: that is what they are
/// for, and what they tell.
/// </remarks>
internal sealed class KeyedHash : IDisposable
{
    /// <summary>Bytes of a short hash: two of 2^32 different keys have the same one with a chance of 2^-65.</summary>
    public const int ShortSize = 16;

    public const int FullSize = HMACSHA256.HashSizeInBytes;

    private readonly SecretBytes _key;
    private readonly IdleObjects<IncrementalHash> _hashes; // a kept one takes less than half the time of a new one

    public KeyedHash(ReadOnlySpan<byte> key)
    {
        _key = new SecretBytes(key);
        _hashes = new IdleObjects<IncrementalHash>(() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key.Span));
    }

    internal SecretBytes Secret => _key;

    /// <param name="key">The index key; any length.</param>
    /// <param name="hash"><see cref="ShortSize"/> or <see cref="FullSize"/> bytes; the short one is the beginning of the full one.</param>
    public void Compute(ReadOnlySpan<byte> key, Span<byte> hash)
    {
        if (hash.Length is not (ShortSize or FullSize))
            throw new ArgumentOutOfRangeException(nameof(hash), hash.Length, $"A hash has {ShortSize} or {FullSize} bytes.");
        Span<byte> full = stackalloc byte[FullSize];
        var hmac = _hashes.Rent();
        hmac.AppendData(key);
        hmac.GetHashAndReset(full);
        _hashes.Return(hmac); // where it threw, it may hold half a key: it is dropped
        full[..hash.Length].CopyTo(hash);
    }

    public void Dispose()
    {
        _hashes.Dispose();
        _key.Dispose();
    }
}
