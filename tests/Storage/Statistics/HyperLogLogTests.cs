namespace Helios.Pipeline.Storage.Tests;

public sealed class HyperLogLogTests
{
    /// <summary>Sketches of each size; with one that is right, more than 3 of 20 are off by 3 standard errors once in millions of runs.</summary>
    private const int Sketches = 20;

    [Theory]
    [InlineData(12, 3_000)]
    [InlineData(12, 5_000)]
    [InlineData(12, 12_000)]
    [InlineData(12, 40_000)]
    [InlineData(12, 100_000)]
    [InlineData(4, 2_000)]
    [InlineData(8, 700)]
    [InlineData(8, 20_000)]
    [InlineData(18, 150_000)]
    public void Estimates_lie_within_three_standard_errors_and_on_both_sides_of_the_truth(int precision, int values) => Seed.Run(random =>
    {
        var errors = new double[Sketches];
        for (var i = 0; i < Sketches; i++)
        {
            // Some are counted in one sketch, some in two that share a part.
            var sketch = new HyperLogLog(precision);
            var other = i % 2 == 0 ? sketch : new HyperLogLog(precision);
            var first = random.NextInt64();
            for (var value = 0; value < values; value++)
                (value % 3 == 0 ? other : sketch).Add(ValueHash.Of(first + value));
            for (var value = 0; value < values; value += 7)
                sketch.Add(ValueHash.Of(first + value));
            if (other != sketch)
                sketch.Merge(other);
            errors[i] = (sketch.Estimate() - values) / values / sketch.StandardError;
        }

        var shown = string.Join(' ', errors.Select(e => e.ToString("F1")));
        Assert.True(errors.Count(e => Math.Abs(e) > 3) <= 3, shown);
        Assert.True(Math.Abs(errors.Average()) < 1.3, shown);
    });

    [Fact]
    public void Small_counts_are_exact_however_often_a_value_comes_and_in_however_many_sketches() => Seed.Run(random =>
    {
        foreach (var count in new[] { 0, 1, 2, 17, 500, 2_048 })
        {
            var sketches = new[] { new HyperLogLog(), new HyperLogLog(), new HyperLogLog() };
            for (var i = 0; i < 3 * count; i++)
                sketches[random.Next(3)].Add(ValueHash.Of((long)(i % count)));
            foreach (var other in sketches[1..])
                sketches[0].Merge(other);
            Assert.Equal(count, sketches[0].Estimate());
        }

        var zero = new HyperLogLog();
        zero.Add(0);
        zero.Add(0);
        Assert.Equal(1, zero.Estimate());
    });

    [Fact]
    public void Merged_sketches_estimate_what_one_sketch_does_whatever_the_order() => Seed.Run(random =>
    {
        for (var round = 0; round < 50; round++)
        {
            var values = (int)Math.Pow(10, 1 + (4 * random.NextDouble()));
            var (whole, left, right) = (new HyperLogLog(10), new HyperLogLog(10), new HyperLogLog(10));
            var share = random.NextDouble();
            for (var i = 0; i < values; i++)
            {
                whole.Add(ValueHash.Of((long)i));
                (random.NextDouble() < share ? left : right).Add(ValueHash.Of((long)(values - 1 - i)));
            }

            for (var i = 0; i < values; i++) // what one of them missed
                left.Add(ValueHash.Of((long)i));
            var before = right.Estimate();
            left.Merge(right);
            Assert.Equal(whole.Estimate(), left.Estimate());
            Assert.Equal(before, right.Estimate());
        }
    });

    [Fact]
    public void Precisions_do_not_mix_and_are_4_to_18()
    {
        Assert.Throws<ArgumentException>(() => new HyperLogLog(10).Merge(new HyperLogLog(11)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HyperLogLog(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HyperLogLog(19));
    }
}
