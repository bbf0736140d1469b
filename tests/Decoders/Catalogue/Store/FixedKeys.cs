using System.Security.Cryptography;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>The keys of a database that are the same in every process, so that kept inputs still decrypt.</summary>
internal static class FixedKeys
{
    /// <summary>Ids of the data keys; 1 is the key for hashes.</summary>
    public static readonly uint[] Ids = [2, 3];

    private const string Path = "keys";

    public static Guid Database => LogValue.Database;

    /// <summary>Made by the key-encryption key alone: what it seals, it seals the same way each time.</summary>
    public static KekSecrets Kek { get; } = OpenKek();

    /// <summary>Only to decrypt: an encryption by the product would make a new key, at random, and write the key file.</summary>
    public static DatabaseKeys Keys { get; } = OpenKeys();

    /// <summary>Encrypts with any counter, so that a value has one encoding.</summary>
    /// <param name="plaintext">May lie where the ciphertext goes.</param>
    public static void Encrypt(NonceDomain domain, NonceUse use, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad) =>
        Encrypt(Keys, domain, use, plaintext, ciphertext, tag, aad);

    /// <summary>The same with the keys of another database.</summary>
    public static void Encrypt(DatabaseKeys keys, NonceDomain domain, NonceUse use, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad)
    {
        Span<byte> nonce = stackalloc byte[GcmContext.NonceSize];
        NonceSequence.Write(domain, use.Counter, nonce);
        var key = keys.Find(use.KeyId) ?? throw new ArgumentException($"There is no data key {use.KeyId}.");
        var context = key.Rent();
        context.Encrypt(nonce, plaintext, ciphertext, tag, aad);
        key.Return(context);
    }

    /// <summary>Makes the tag right for the ciphertext that is there, as only somebody with the key can; nothing where no key has that id.</summary>
    public static void Repair(NonceDomain domain, NonceUse use, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad)
    {
        if (Keys.Find(use.KeyId) is null)
            return;
        Encrypt(domain, use, ciphertext, ciphertext, tag, aad); // counter mode: the second time gives the first bytes again
        Encrypt(domain, use, ciphertext, ciphertext, tag, aad);
    }

    private static KekSecrets OpenKek()
    {
        using var provider = Provider();
        return KekSecrets.Current(provider, Database, Path);
    }

    private static DatabaseKeys OpenKeys()
    {
        KeyRecord[] records = [Kek.Wrap(1, KeyPurpose.IndexHash, 0, Key(1)), .. Ids.Select(id => Kek.Wrap(id, KeyPurpose.Data, 0, Key(id)))];
        var file = new KeyFileContent(Database, Kek.Id, null, records).Encode(Kek);
        using var provider = Provider();
        return DatabaseKeys.Open(new BytesAsFiles(new Dictionary<string, ReadOnlyMemory<byte>> { [Path] = file }), Path, Database, provider, TimeProvider.System);
    }

    private static IKeyProvider Provider() => KeyProviders.FromBytes(Key(0));

    private static byte[] Key(uint number) => SHA256.HashData([.. "key of the decoder tests "u8, (byte)number]);
}
