using System.Collections.Immutable;

namespace Helios.Pipeline;

/// <summary>Where a query looks for its rows.</summary>
internal abstract record AccessPath
{
    /// <summary>Nowhere: no row can be meant.</summary>
    public sealed record Nothing : AccessPath;

    /// <summary>All rows of the table by ascending row id, but for the blocks that cannot have one.</summary>
    public sealed record Table : AccessPath;

    /// <summary>An index, by the order of its keys.</summary>
    /// <param name="Place">Which one of the table.</param>
    /// <param name="Ranges">Runs of its keys, ascending, none touching another.</param>
    /// <param name="IsDescending">From the last key down.</param>
    public sealed record Index(int Place, ImmutableArray<KeyRange> Ranges, bool IsDescending) : AccessPath;

    /// <summary>Single keys of a unique index.</summary>
    /// <param name="Place">Which one of the table.</param>
    /// <param name="Keys">Whole keys, ascending and distinct.</param>
    /// <param name="IsDescending">From the last key down.</param>
    public sealed record Lookup(int Place, ImmutableArray<byte[]> Keys, bool IsDescending) : AccessPath;
}

/// <summary>A run of keys.</summary>
/// <param name="From">The first possible key; empty for the first of all.</param>
/// <param name="To">The first key behind it; null where it goes to the end.</param>
internal readonly record struct KeyRange(byte[] From, byte[]? To)
{
    public bool IsEmpty => To is not null && From.AsSpan().SequenceCompareTo(To) >= 0;

    /// <summary>The first key behind all that begin with some bytes; null where there is none.</summary>
    public static byte[]? Behind(ReadOnlySpan<byte> prefix)
    {
        var end = prefix.TrimEnd((byte)0xff).Length;
        if (end == 0)
            return null;
        var behind = prefix[..end].ToArray();
        behind[^1]++;
        return behind;
    }
}
