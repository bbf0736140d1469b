namespace Helios.Pipeline.Storage;

/// <summary>Gives the key-encryption keys (KEK, 32 bytes) that wrap the keys of a database. <see cref="KeyProviders"/> has ready-made ones.</summary>
/// <remarks>
/// The engine asks when it opens a database and when it rotates, on any one thread. It never disposes of a provider: whoever made it
/// does, after the database is open. An implementation must put no key into an exception or a text; what it throws becomes
/// <c>key_unavailable</c>.
/// </remarks>
public interface IKeyProvider : IDisposable
{
    /// <summary>The key under which a new database is made, and to which a rotation leads.</summary>
    KekId Current { get; }

    /// <summary>Writes a key; false where this provider does not have it.</summary>
    /// <param name="id">The key asked for: the one that the database was last wrapped under.</param>
    /// <param name="key">32 bytes; what they hold afterwards means nothing where the answer is false. The engine zeroes them after use.</param>
    bool TryGetKey(KekId id, Span<byte> key);
}
