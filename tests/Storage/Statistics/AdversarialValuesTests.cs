namespace Helios.Pipeline.Storage.Tests;

/// <summary>The errors that docs/statistics.md states, over values and orders that are chosen against the sketches.</summary>
public sealed class AdversarialValuesTests
{
    private const int Rows = 30_000;
    private const double StandardErrors = 5 * 1.04 / 64; // of 4,096 registers
    private const double RankError = 0.02; // 1.3 % hold 99 times of 100 for one bound; here are thousands

    /// <summary>Numbers whose order is that of the values which are made of them; null is NULL.</summary>
    public static TheoryData<string> Orders => ["ascending", "descending", "equal", "two", "outside in", "frequent first", "frequent last", "in runs", "each thrice in a round", "mostly NULL", "only NULLs", "none", "nine", "ten", "one"];

    [Theory]
    [MemberData(nameof(Orders))]
    public void Integers(string order) => Check(ColumnType.Int8, order, static i => i - (Rows / 2L));

    /// <summary>NaN, infinities, and numbers of every size.</summary>
    [Theory]
    [MemberData(nameof(Orders))]
    public void Floats_to_NaN(string order) => Check(ColumnType.Float8, order, static i => i switch
    {
        0 => double.NegativeInfinity,
        >= Rows - 50 => i % 2 == 0 ? double.NaN : -double.NaN, // one value
        Rows - 51 => double.PositiveInfinity,
        _ => (i - (Rows / 2)) * Math.Pow(10, Math.Abs(i - (Rows / 2)) / 200.0),
    });

    /// <summary>All codes are one, and so are the bytes that are kept: only hashes tell them apart.</summary>
    [Theory]
    [MemberData(nameof(Orders))]
    public void Long_texts_that_begin_alike(string order) => Check(ColumnType.Text, order, static i => $"{new string('p', 100)}{i:D9}", clipped: true);

    [Theory]
    [MemberData(nameof(Orders))]
    public void Numerics_that_differ_behind_their_sixteenth_digit(string order) => Check(ColumnType.Numeric, order, static i => Numeric38.From(10_000_000_000_000_000_000m + i));

    [Fact]
    public void Huge_texts_take_no_more_memory_than_short_ones()
    {
        var sample = TypeSample.Of(ColumnType.Text);
        using var sketch = new TableSketch(sample.Schema);
        Sketches.Add(sketch, sample.Schema, Enumerable.Range(0, 300).Select(i => sample.Row($"{i % 7}{new string('x', 100_000)}")));

        var column = sketch.ToStatistics(new Lsn(1), Sketches.Time).Columns[0];

        Assert.InRange(sketch.Bytes, 1, 60 * 1024);
        Assert.Equal((300L, 7L), (column.Values, column.DistinctCount));
        Assert.InRange(column.AverageWidth, 100_001, 100_010);
        Assert.All(column.MostCommon, v => Assert.InRange(v.Count, 42, 43));
        Assert.InRange(StatisticsCodec.Encode(sketch.ToStatistics(new Lsn(1), Sketches.Time)).Length, 1, 2_000);
    }

    private static void Check(ColumnType type, string order, Func<int, object> valueOf, bool clipped = false) => Seed.Run(random =>
    {
        int?[] numbers = [.. Numbers(order, random)];
        object?[] values = [.. numbers.Select(i => i is { } known ? valueOf(known) : null)];
        var column = Sketches.Of(type, values);
        object[] there = [.. values.OfType<object>()];
        Assert.Equal((values.LongLength, (long)values.Length - there.Length), (column.Rows, column.Nulls));

        // Values are one where their keys are: that is not asked of the hash which the sketch counts by.
        var byKey = there.GroupBy(v => Convert.ToHexString(TypeSample.Of(type).Key(v))).Select(g => (Hash: FilterValues.StatisticsHashOf(type, g.First()), Count: g.Count())).ToArray();
        var counts = byKey.ToDictionary(v => v.Hash, v => v.Count);
        var distinct = column.DistinctCount!.Value;
        Assert.True(counts.Count <= 2_048 ? distinct == counts.Count : Math.Abs(distinct - counts.Count) <= counts.Count * StandardErrors, $"{distinct} distinct, are {counts.Count}");
        Assert.InRange(column.CountError, 0, there.Length / 100);
        Assert.All(column.MostCommon, v => Assert.InRange(v.Count, counts[v.Hash] - column.CountError, counts[v.Hash]));
        Assert.Equal(column.MostCommon.Select(v => v.Count).OrderDescending(), column.MostCommon.Select(v => v.Count));
        if (order is "equal" or "two" or "frequent first" or "frequent last")
            Assert.Equal(counts.MaxBy(c => c.Value).Key, column.MostCommon[0].Hash);

        Assert.Equal(there.Length == 0, column.Least is null);
        Assert.Equal(there.Length < 10, column.Histogram.IsEmpty);
        if (there.Length == 0)
            return;
        var sample = TypeSample.Of(type);
        int[] sorted = [.. numbers.OfType<int>().Order()];
        if (!clipped)
        {
            Assert.Equal(sample.Key(valueOf(sorted[0])), column.Least!.Value.Component.ToArray());
            Assert.Equal(sample.Key(valueOf(sorted[^1])), column.Greatest!.Value.Component.ToArray());
        }

        ulong[] codes = [.. sorted.Select(i => FilterValues.Code(type, valueOf(i))).Order()];
        for (var i = 0; i < column.Histogram.Length; i++)
        {
            var wanted = i / (double)(column.Histogram.Length - 1);
            var (below, notAbove) = (codes.Count(c => c < column.Histogram[i]) / (double)codes.Length, codes.Count(c => c <= column.Histogram[i]) / (double)codes.Length);
            Assert.True(below - RankError <= wanted && wanted <= notAbove + RankError, $"bound {i} has rank {below:F4} to {notAbove:F4}, wanted {wanted:F4}");
        }
    });

    private static IEnumerable<int?> Numbers(string order, Random random)
    {
        var all = Enumerable.Range(0, Rows).Select(i => (int?)i);
        return order switch
        {
            "ascending" => all,
            "descending" => all.Reverse(),
            "equal" => all.Select(_ => (int?)7),
            "two" => all.Select(i => i % 9 == 0 ? 5 : (int?)25_000),
            "outside in" => all.Select(i => i % 2 == 0 ? i / 2 : Rows - 1 - (i / 2)),
            "frequent first" => all.Select(i => i < Rows / 10 ? 3 : i),
            "frequent last" => all.Select(i => i < Rows - (Rows / 10) ? i : 3),
            "in runs" => all.Select(i => i / 150 * 150),
            "each thrice in a round" => all.Select(i => i % (Rows / 3)),
            "mostly NULL" => all.Select(i => random.Next(100) == 0 ? i : null),
            "only NULLs" => all.Select(_ => (int?)null),
            "none" => [],
            "nine" => all.Take(9),
            "ten" => all.Take(10),
            _ => [17, null, null],
        };
    }
}
