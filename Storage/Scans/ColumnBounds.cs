using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>
/// What a column's value must be for a condition to hold, as components of keys (<see cref="OrderedEncoding"/>): among some points, or
/// between two ends that are both included. A necessary condition: rows within the bounds still have to be looked at. Immutable.
/// </summary>
/// <param name="Points">The only possible values, ascending and distinct; null where the ends are all that is known.</param>
/// <param name="Low">No value is before this; null for no end.</param>
/// <param name="High">No value is behind all that begin with this; null for no end.</param>
internal sealed record ColumnBounds(ImmutableArray<byte[]>? Points, byte[]? Low, byte[]? High)
{
    /// <summary>Can no row be within?</summary>
    public bool IsEmpty => Points is { IsEmpty: true } || (Low is not null && High is not null && IsBehind(Low, High));

    public static ColumnBounds Point(byte[] value) => new([value], null, null);

    public static ColumnBounds Range(byte[]? low, byte[]? high) => new(null, low, high);

    public static ColumnBounds None { get; } = new([], null, null);

    /// <summary>Both must hold.</summary>
    public ColumnBounds And(ColumnBounds other)
    {
        var low = Low is null || (other.Low is not null && other.Low.AsSpan().SequenceCompareTo(Low) > 0) ? other.Low : Low;
        var high = High is null || (other.High is not null && IsBehind(High, other.High)) ? other.High : High;
        var points = Points is { } own && other.Points is { } others ? Common(own, others) : Points ?? other.Points;
        if (points is { } some)
            points = [.. some.Where(p => (low is null || p.AsSpan().SequenceCompareTo(low) >= 0) && (high is null || !IsBehind(p, high)))];
        return new ColumnBounds(points, low, high);
    }

    /// <summary>What two lists in the same order both have: one pass, for a list of a condition may have thousands of values.</summary>
    private static ImmutableArray<byte[]> Common(ImmutableArray<byte[]> one, ImmutableArray<byte[]> other)
    {
        var common = ImmutableArray.CreateBuilder<byte[]>();
        for (int i = 0, j = 0; i < one.Length && j < other.Length;)
        {
            var order = one[i].AsSpan().SequenceCompareTo(other[j]);
            if (order == 0)
                common.Add(one[i]);
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }

        return common.ToImmutable();
    }

    /// <summary>Is a value behind every one that begins with an end?</summary>
    private static bool IsBehind(ReadOnlySpan<byte> value, ReadOnlySpan<byte> high) => value.SequenceCompareTo(high) > 0 && !value.StartsWith(high);
}
