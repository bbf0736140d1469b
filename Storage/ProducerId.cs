using System.Security.Cryptography;
using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Names whoever numbers its commits, so that one that is sent again is not written again.</summary>
/// <param name="Value">The same for each attempt, also of a later process. Two that number by themselves need two ids.</param>
public readonly record struct ProducerId(Guid Value)
{
    /// <summary>Bytes of an id.</summary>
    internal const int Size = 16;

    /// <summary>Bytes that a name may have, as UTF-8.</summary>
    private const int MaxNameBytes = 128;

    /// <summary>The id that belongs to a name: the first 16 bytes of the SHA-256 of its UTF-8. Equal names have equal ids, in every database and version.</summary>
    /// <param name="name">1 to 128 bytes as UTF-8; upper and lower case differ.</param>
    /// <exception cref="ArgumentException">The name is empty, longer, or holds a lone surrogate.</exception>
    public static ProducerId From(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        byte[] bytes;
        try
        {
            bytes = new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(name);
        }
        catch (EncoderFallbackException error)
        {
            throw new ArgumentException("The name of a producer is no valid text.", nameof(name), error);
        }

        if (bytes.Length is 0 or > MaxNameBytes)
            throw new ArgumentException($"The name of a producer has 1 to {MaxNameBytes} bytes as UTF-8, not {bytes.Length}.", nameof(name));
        return Read(SHA256.HashData(bytes));
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();

    internal static ProducerId Read(ReadOnlySpan<byte> bytes) => new(new Guid(bytes[..Size], bigEndian: true));

    internal void Write(Span<byte> bytes) => Value.TryWriteBytes(bytes[..Size], bigEndian: true, out _);
}
