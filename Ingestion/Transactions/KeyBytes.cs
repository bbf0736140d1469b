using System.IO.Hashing;

namespace Helios.Pipeline.Ingestion;

/// <summary>Compares encoded keys, also with spans that are looked for.</summary>
internal sealed class KeyBytes : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static KeyBytes Comparer { get; } = new();

    public bool Equals(byte[]? left, byte[]? right) => left.AsSpan().SequenceEqual(right);

    public int GetHashCode(byte[] key) => GetHashCode(key.AsSpan());

    public bool Equals(ReadOnlySpan<byte> key, byte[] other) => key.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> key) => (int)XxHash3.HashToUInt64(key);

    public byte[] Create(ReadOnlySpan<byte> key) => key.ToArray();
}
