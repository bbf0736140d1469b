using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>Who made a nonce. The numbers are stored in no file, but every nonce begins with one: they never change.</summary>
internal enum NonceDomain : uint
{
    Frame = 1,
    Row = 2,
    Meta = 3,
    Index = 4,
}

/// <summary>What makes a nonce: never the same twice in one domain.</summary>
internal readonly record struct NonceUse(uint KeyId, ulong Counter);

/// <summary>
/// Hands out the nonces of one domain, each once. A nonce is
/// <code>
/// offset size field
///      0    4 domain, little-endian
///      4    8 counter, little-endian, from 1
/// </code>
/// </summary>
/// <remarks>One thread at a time, and one sequence a domain: <see cref="DatabaseKeys"/> makes them. It only goes forward, to a new key too: a use that fails is lost.</remarks>
internal sealed class NonceSequence(DatabaseKeys keys, NonceDomain domain) : IDisposable
{
    /// <summary>Uses of a key in a domain: far below what the counter holds, so that no key ages without bound.</summary>
    public const ulong MaxUses = 1UL << 32;

    private DataKey? _key;
    private GcmContext? _context; // of _key, for this domain alone: no reader ever borrows it
    private ulong _used;
    private bool _disposed;

    /// <summary>Lower in tests alone.</summary>
    internal ulong Limit { get; set; } = MaxUses;

    /// <summary>
    /// The next nonce, and a cipher object with its key, for one encryption. The first call, and the one after the last use of a key, write the key file; after a
    /// rotation it is under the key that came with it.
    /// </summary>
    /// <exception cref="HeliosException">As <see cref="DatabaseKeys.KeyAfter"/>.</exception>
    public GcmContext Take(out NonceUse use)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(DatabaseKeys));
        if (_context is null || _used >= Limit || !keys.IsCurrent(_key))
            Renew();
        use = new NonceUse(_key!.Id, ++_used);
        return _context!;
    }

    /// <summary>Writes the 12 bytes of a nonce.</summary>
    public static void Write(NonceDomain domain, ulong counter, Span<byte> nonce)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(nonce, (uint)domain);
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[4..], counter);
    }

    public void Write(ulong counter, Span<byte> nonce) => Write(domain, counter, nonce);

    public void Dispose()
    {
        _disposed = true;
        _context?.Dispose();
    }

    private void Renew()
    {
        var key = keys.KeyAfter(_key);
        var context = keys.OpenContext(key);
        _context?.Dispose();
        (_key, _context, _used) = (key, context, 0);
    }
}
