namespace Helios.Pipeline.Storage;

/// <summary>Encrypts payloads of log frames in place. The header stays readable, and is verified with the payload.</summary>
/// <remarks>
/// A frame's header names the key (offset 32) and the counter (offset 88), so the writer takes a <see cref="NonceUse"/> first, fills the header, encrypts,
/// and seals with the checksum last. <see cref="TakeNonce"/> and <see cref="Encrypt"/> belong to one thread; decrypting is thread-safe.
/// </remarks>
internal sealed class FrameCipher : IDisposable
{
    /// <summary>Bytes that an encrypted payload has behind it.</summary>
    public const int TagSize = GcmContext.TagSize;

    /// <summary>The header without its checksum.</summary>
    public const int AadSize = WalFrame.HeaderSize - sizeof(uint);

    private readonly DatabaseKeys _keys;
    private readonly NonceSequence _nonces;
    private GcmContext? _context; // from TakeNonce to Encrypt
    private NonceUse _taken;

    public FrameCipher(DatabaseKeys keys)
    {
        _keys = keys;
        _nonces = new NonceSequence(keys, NonceDomain.Frame);
    }

    internal NonceSequence Nonces => _nonces;

    /// <summary>The additional data of a frame: header bytes 0..7 and 12..95, as they are sealed.</summary>
    /// <param name="header">The header, but for its checksum complete: payload length with the tag, flags, key id, counter.</param>
    /// <param name="aad"><see cref="AadSize"/> bytes.</param>
    public static void WriteAad(ReadOnlySpan<byte> header, Span<byte> aad)
    {
        header[..8].CopyTo(aad);
        header[12..WalFrame.HeaderSize].CopyTo(aad[8..]);
    }

    /// <summary>The key and counter for the next frame.</summary>
    /// <exception cref="HeliosException">As <see cref="DatabaseKeys.KeyAfter"/>.</exception>
    public NonceUse TakeNonce()
    {
        _context = _nonces.Take(out _taken);
        return _taken;
    }

    /// <summary>Encrypts a payload in place with the nonce that was taken last; each is good for one call.</summary>
    /// <exception cref="InvalidOperationException">That nonce has been used.</exception>
    public void Encrypt(Span<byte> payload, Span<byte> tag, ReadOnlySpan<byte> aad, NonceUse use)
    {
        // Two frames under one nonce would give the key away: better no log than that.
        if (_context is not { } context || use != _taken)
            throw new InvalidOperationException("A nonce encrypts one frame: take the next one first.");
        _context = null;
        Span<byte> nonce = stackalloc byte[GcmContext.NonceSize];
        _nonces.Write(use.Counter, nonce);
        context.Encrypt(nonce, payload, payload, tag, aad);
    }

    /// <summary>Decrypts in place; where it is false, the payload is as it was (the key is unknown) or zeros (it does not verify).</summary>
    public bool TryDecrypt(Span<byte> payload, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> aad, NonceUse use)
    {
        if (_keys.Find(use.KeyId) is not { } key)
            return false;
        Span<byte> nonce = stackalloc byte[GcmContext.NonceSize];
        _nonces.Write(use.Counter, nonce);
        var context = key.Rent();
        try
        {
            return context.TryDecrypt(nonce, payload, tag, payload, aad);
        }
        finally
        {
            key.Return(context);
        }
    }

    /// <summary>The error for a frame that <see cref="TryDecrypt"/> refused.</summary>
    /// <param name="keyId">The key that its header names.</param>
    /// <param name="what">Names the frame: "Log segment 3, byte 4096".</param>
    public HeliosException Refusal(uint keyId, string what) =>
        _keys.Find(keyId) is null ? EncryptionErrors.UnknownKey(what, keyId, _keys.Path) : EncryptionErrors.NotAuthentic(what);

    public void Dispose() => _nonces.Dispose();
}
