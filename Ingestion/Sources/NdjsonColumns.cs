using System.IO.Hashing;
using System.Text;

namespace Helios.Pipeline.Ingestion;

/// <summary>The columns of a table, found by the UTF-8 names of JSON fields without allocating. Immutable; safe to share.</summary>
internal sealed class NdjsonColumns
{
    private readonly byte[][] _names;
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _ordinals;

    /// <param name="names">Different names in row order.</param>
    public NdjsonColumns(IEnumerable<string> names)
    {
        _names = [.. names.Select(Encoding.UTF8.GetBytes)];
        var ordinals = new Dictionary<byte[], int>(new Comparer());
        for (var i = 0; i < _names.Length; i++)
            ordinals.Add(_names[i], i);
        _ordinals = ordinals.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Columns there are.</summary>
    public int Count => _names.Length;

    /// <summary>The ordinal of a name, or -1.</summary>
    /// <param name="name">UTF-8.</param>
    /// <param name="expected">Tried first: the column behind the last one found. Records mostly keep one order.</param>
    public int IndexOf(ReadOnlySpan<byte> name, int expected)
    {
        if ((uint)expected < (uint)_names.Length && name.SequenceEqual(_names[expected]))
            return expected;
        return _ordinals.TryGetValue(name, out var ordinal) ? ordinal : -1;
    }

    private sealed class Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] name) => GetHashCode(name.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)XxHash3.HashToUInt64(alternate);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
