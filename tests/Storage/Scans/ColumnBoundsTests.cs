using System.Collections.Immutable;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests;

public sealed class ColumnBoundsTests
{
    [Fact]
    public void Two_bounds_together_are_what_their_definition_says()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        for (var i = 0; i < 5_000; i++)
        {
            var (one, other) = (Bounds(random), Bounds(random));

            var (expected, found) = (And(one, other), one.And(other));

            Assert.True(Text(expected) == Text(found), $"HELIOS_SEED={seed}: {Text(one)} and {Text(other)}: expected {Text(expected)}; found {Text(found)}");
        }
    }

    [Fact]
    public void Of_two_lists_the_values_that_both_have_are_left_however_long_they_are()
    {
        var even = new ColumnBounds([.. Enumerable.Range(0, 200_000).Select(static i => Key(2 * i))], null, null);
        var third = new ColumnBounds([.. Enumerable.Range(0, 200_000).Select(static i => Key(3 * i))], null, null);

        var both = even.And(third); // 40 billion pairs, if each were looked at

        Assert.Equal(66_667, both.Points!.Value.Length);
        Assert.Equal(Key(399_996), both.Points.Value[^1]);
    }

    private static byte[] Key(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    /// <summary>What it means, value by value.</summary>
    private static ColumnBounds And(ColumnBounds one, ColumnBounds other)
    {
        var low = one.Low is null || (other.Low is not null && other.Low.AsSpan().SequenceCompareTo(one.Low) > 0) ? other.Low : one.Low;
        var high = one.High is null || (other.High is not null && IsBehind(one.High, other.High)) ? other.High : one.High;
        var points = one.Points is { } own && other.Points is { } others
            ? own.Where(p => others.Any(o => o.AsSpan().SequenceEqual(p))).ToImmutableArray()
            : one.Points ?? other.Points;
        if (points is { } some)
            points = [.. some.Where(p => (low is null || p.AsSpan().SequenceCompareTo(low) >= 0) && (high is null || !IsBehind(p, high)))];
        return new ColumnBounds(points, low, high);
    }

    private static bool IsBehind(byte[] value, byte[] high) => value.AsSpan().SequenceCompareTo(high) > 0 && !value.AsSpan().StartsWith(high);

    private static ColumnBounds Bounds(Random random)
    {
        if (random.Next(12) == 0)
            return ColumnBounds.None;
        var points = random.Next(3) == 0 ? null : new SortedSet<byte[]>(Enumerable.Range(0, random.Next(9)).Select(_ => Bytes(random)), Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)));
        return new ColumnBounds(points is null ? null : [.. points], random.Next(2) == 0 ? null : Bytes(random), random.Next(2) == 0 ? null : Bytes(random));
    }

    /// <summary>Few and short: some are equal, and some begin with others.</summary>
    private static byte[] Bytes(Random random) => [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (byte)(random.Next(3) * 127))];

    private static string Text(ColumnBounds bounds) =>
        $"[{(bounds.Points is { } points ? string.Join(' ', points.Select(Convert.ToHexString)) : "any")}] {(bounds.Low is null ? "-" : Convert.ToHexString(bounds.Low))}..{(bounds.High is null ? "-" : Convert.ToHexString(bounds.High))}";
}
