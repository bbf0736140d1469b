using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Helios.Pipeline.Storage;

/// <summary>Names a key-encryption key without telling it: the first 8 bytes of SHA-256("helios kek" || key), printed as 16 hex digits.</summary>
/// <param name="Value">The 8 bytes as a big-endian number.</param>
public readonly record struct KekId(ulong Value)
{
    /// <summary>Length of a key-encryption key, bytes.</summary>
    public const int KeySize = 32;

    /// <summary>Bytes of an id where it is stored.</summary>
    internal const int Size = sizeof(ulong);

    private static ReadOnlySpan<byte> Prefix => "helios kek"u8;

    /// <summary>The id of a key.</summary>
    /// <param name="key">32 bytes.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public static KekId Of(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeySize)
            throw new ArgumentException($"A key has {KeySize} bytes, not {key.Length}.", nameof(key));
        Span<byte> input = stackalloc byte[Prefix.Length + KeySize];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Prefix.CopyTo(input);
        key.CopyTo(input[Prefix.Length..]);
        SHA256.HashData(input, hash);
        CryptographicOperations.ZeroMemory(input);
        return Read(hash);
    }

    /// <summary>16 hex digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    internal static KekId Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64BigEndian(bytes));

    internal void Write(Span<byte> bytes) => BinaryPrimitives.WriteUInt64BigEndian(bytes, Value);
}
