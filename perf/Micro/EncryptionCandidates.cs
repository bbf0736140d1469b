using System.Buffers.Binary;
using System.Security.Cryptography;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Micro;

/// <summary>The ways to encrypt rows of 120 bytes, each with the same additional data as a stored row has (18 bytes and a key of 20).</summary>
internal sealed class EncryptionCandidates : IDisposable
{
    public const int RowBytes = 120;

    private const int AadBytes = 38;

    private readonly List<IDisposable> _owned = [];
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(GcmContext.KeySize);
    private readonly byte[] _nonce = new byte[GcmContext.NonceSize];
    private readonly byte[] _tag = new byte[GcmContext.TagSize];
    private readonly byte[] _aad = RandomNumberGenerator.GetBytes(AadBytes);
    private readonly byte[] _rowKey = RandomNumberGenerator.GetBytes(KeySpace.RowKeySize);
    private ulong _counter;

    public EncryptionCandidates()
    {
        All.Add(new Candidate("copy of the row (for scale)", 1, Copy(RowBytes)));
        GcmContext runtime = Own(new RuntimeGcm(_key));
        Add("a: AesGcm, kept object", runtime, 1);
        if (Libcrypto.IsAvailable)
            Add("b: libcrypto, kept context", Own(new LibcryptoGcm(_key)), 1);
        foreach (var rows in (int[])[32, 256])
        {
            Add($"c: one call a pack of {rows}, AesGcm", runtime, rows);
            if (Libcrypto.IsAvailable)
                Add($"c: one call a pack of {rows}, libcrypto", Own(new LibcryptoGcm(_key)), rows);
        }

        AddShipped();
    }

    public List<Candidate> All { get; } = [];

    public void Dispose() => _owned.ForEach(owned => owned.Dispose());

    private void Add(string name, GcmContext cipher, int rows)
    {
        var (plain, encrypted) = (RandomNumberGenerator.GetBytes(rows * RowBytes), new byte[rows * RowBytes]);
        All.Add(new Candidate(name, rows, () =>
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_nonce.AsSpan(4), ++_counter);
            cipher.Encrypt(_nonce, plain, encrypted, _tag, _aad);
        }));

        var (stored, tag, back, nonce) = (new byte[rows * RowBytes], new byte[GcmContext.TagSize], new byte[rows * RowBytes], new byte[GcmContext.NonceSize]);
        cipher.Encrypt(nonce, plain, stored, tag, _aad);
        All.Add(new Candidate(name + ", decrypt", rows, () =>
        {
            if (!cipher.TryDecrypt(nonce, stored, tag, back, _aad))
                throw new InvalidOperationException("what was encrypted does not decrypt");
        }, decrypts: true));
    }

    /// <summary>What the engine calls: nonce, header, additional data, and for a read the key's search and a borrowed context.</summary>
    private void AddShipped()
    {
        var keys = Own(DatabaseKeys.Create(new MemoryFiles(), "/db/keys", Guid.NewGuid(), Own(KeyProviders.FromBytes(_key)), TimeProvider.System));
        var (plain, stored, back) = (RandomNumberGenerator.GetBytes(RowBytes), new byte[ValueCipher.StoredLength(RowBytes)], new byte[RowBytes]);
        All.Add(new Candidate("ValueCipher.Encrypt, as shipped", 1, () => keys.Rows.Encrypt(_rowKey, plain, stored)));
        var written = new byte[stored.Length];
        keys.Rows.Encrypt(_rowKey, plain, written);
        All.Add(new Candidate("ValueCipher.TryDecrypt, as shipped", 1, () =>
        {
            if (!keys.Rows.TryDecrypt(_rowKey, written, back, out _))
                throw new InvalidOperationException("what was encrypted does not decrypt");
        }, decrypts: true));
        var (hash, full) = (new byte[KeyedHash.ShortSize], new byte[KeyedHash.FullSize]);
        All.Add(new Candidate("HMAC-SHA256 of a 20-byte key, one call (for scale)", 1, () => HMACSHA256.HashData(_key, _rowKey, full)));
        All.Add(new Candidate("KeyedHash.Compute of a 20-byte key", 1, () => keys.IndexHash.Compute(_rowKey, hash)));
    }

    private static Action Copy(int bytes)
    {
        var (from, to) = (new byte[bytes], new byte[bytes]);
        return () => from.CopyTo(to, 0);
    }

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
