using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A key that only a client has: what it seals, and the blind values it makes, mean nothing to the engine, its files and its backups.</summary>
/// <remarks>
/// <para>
/// Two keys are derived from the 32 bytes by HKDF-SHA256, one that seals (info <c>helios client seal</c>) and one for blind indexes
/// (<c>helios client blind</c>); neither tells the other. Thread-safe. Zeroed when disposed: dispose of it after the last <see cref="RowSealer"/> that uses it.
/// </para>
/// <para>Nobody can restore it: a client that loses its key, or forgets its password, has lost what it sealed.</para>
/// </remarks>
public sealed class ClientKey : IDisposable
{
    /// <summary>Length of a client's key, bytes.</summary>
    public const int Size = 32;

    private readonly SecretBytes _sealing = new(Size);
    private readonly SecretBytes _blinding = new(Size);

    private ClientKey(SecretBytes master)
    {
        using (master)
        {
            HKDF.DeriveKey(HashAlgorithmName.SHA256, master.Span, _sealing.Span, salt: default, "helios client seal"u8);
            HKDF.DeriveKey(HashAlgorithmName.SHA256, master.Span, _blinding.Span, salt: default, "helios client blind"u8);
            Span<byte> id = stackalloc byte[sizeof(ulong)];
            HKDF.DeriveKey(HashAlgorithmName.SHA256, master.Span, id, salt: default, "helios client id"u8);
            Number = BinaryPrimitives.ReadUInt64BigEndian(id);
        }
    }

    /// <summary>Names the key without telling it: 16 hex digits. It stands readable in each sealed row.</summary>
    public string Id => Name(Number);

    internal ulong Number { get; }

    /// <summary>A key that the client holds.</summary>
    /// <param name="key">32 random bytes, copied: <c>RandomNumberGenerator.GetBytes(32)</c>.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public static ClientKey FromBytes(ReadOnlySpan<byte> key)
    {
        if (key.Length != Size)
            throw new ArgumentException($"A key has {Size} bytes, not {key.Length}.", nameof(key));
        return new ClientKey(new SecretBytes(key));
    }

    /// <summary>The key of a password: the same on every machine, as nothing but the two texts goes into it.</summary>
    /// <param name="password">Not empty; taken as UTF-8 without normalization.</param>
    /// <param name="identifier">Whose password it is, such as an address: two clients with one password have different keys. Not empty, not secret, taken as it is.</param>
    /// <param name="iterations">100,000 to 10,000,000 rounds of PBKDF2-HMAC-SHA256; 600,000, about 0.2 s, by default. Another number is another key.</param>
    /// <remarks>The salt is SHA-256 of <c>helios client encryption</c>, a zero byte and the identifier.</remarks>
    /// <exception cref="ArgumentException">The password or identifier is empty or holds a lone surrogate, or the iterations are out of range.</exception>
    public static ClientKey FromPassword(ReadOnlySpan<char> password, string identifier, int iterations = PasswordDerivation.DefaultIterations)
    {
        var master = new SecretBytes(Size);
        Derive(password, identifier, "helios client encryption\0"u8, iterations, master.Span);
        return new ClientKey(master);
    }

    /// <summary>What a client may show to a server of the application's as proof that it knows the password; it tells nothing of <see cref="FromPassword"/>'s key.</summary>
    /// <param name="password">As in <see cref="FromPassword"/>.</param>
    /// <param name="identifier">As in <see cref="FromPassword"/>.</param>
    /// <param name="iterations">As in <see cref="FromPassword"/>.</param>
    /// <returns>32 bytes: the salt is SHA-256 of <c>helios client authentication</c>, a zero byte and the identifier. The server keeps a hash of them only.</returns>
    /// <remarks>An embedded engine has nobody to authenticate: it never asks for it. It is for the application that puts the engine behind a network.</remarks>
    /// <exception cref="ArgumentException">As in <see cref="FromPassword"/>.</exception>
    public static byte[] AuthenticationKey(ReadOnlySpan<char> password, string identifier, int iterations = PasswordDerivation.DefaultIterations)
    {
        var key = new byte[Size];
        Derive(password, identifier, "helios client authentication\0"u8, iterations, key);
        return key;
    }

    /// <summary>Zeroes the keys.</summary>
    public void Dispose()
    {
        _sealing.Dispose();
        _blinding.Dispose();
    }

    /// <summary>Its id; nothing of the key.</summary>
    public override string ToString() => $"client key {Id}";

    internal static string Name(ulong number) => number.ToString("x16", CultureInfo.InvariantCulture);

    internal ReadOnlyMemory<byte>[] Secrets => [_sealing.Memory, _blinding.Memory];

    /// <summary>The key of one sealed row.</summary>
    internal AesGcm OpenRow(ReadOnlySpan<byte> salt)
    {
        Span<byte> info = stackalloc byte[SealedEnvelope.SaltSize + 10];
        "helios row"u8.CopyTo(info);
        salt.CopyTo(info[10..]);
        Span<byte> key = stackalloc byte[Size];
        HKDF.Expand(HashAlgorithmName.SHA256, _sealing.Span, key, info);
        var cipher = new AesGcm(key, SealedEnvelope.TagSize);
        CryptographicOperations.ZeroMemory(key);
        return cipher;
    }

    /// <summary>The key of one column's blind index; the caller disposes of it.</summary>
    internal SecretBytes OpenColumn(string table, string column)
    {
        var info = Encoding.UTF8.GetBytes($"helios column\0{table}\0{column}");
        var key = new SecretBytes(Size);
        HKDF.Expand(HashAlgorithmName.SHA256, _blinding.Span, key.Span, info);
        return key;
    }

    private static void Derive(ReadOnlySpan<char> password, string identifier, ReadOnlySpan<byte> purpose, int iterations, Span<byte> key)
    {
        ArgumentException.ThrowIfNullOrEmpty(identifier);
        KeyProviders.CheckIterations(iterations);
        using var secret = KeyProviders.Utf8(password);
        using var name = KeyProviders.Utf8(identifier);
        new PasswordDerivation(SHA256.HashData([.. purpose, .. name.Span]), iterations).Derive(secret.Span, key);
    }
}
