namespace Helios.Pipeline.Storage.Tests;

public sealed class BloomFilterTests
{
    [Theory]
    [InlineData(1_000, 0.01, 9_600, 7)]
    [InlineData(10_000, 0.01, 95_872, 7)]
    [InlineData(1, 0.5, 64, 16)]
    [InlineData(1_000, 0.9, 1_472, 1)]       // the share is taken to 0.5
    [InlineData(1_000, 0.0000001, 19_200, 13)] // and to 0.0001
    public void Its_size_follows_from_the_elements_and_the_promise(int expected, double falsePositives, long bits, int hashes)
    {
        var geometry = BloomGeometry.For(expected, falsePositives);
        Assert.Equal((bits, hashes), (geometry.Bits, geometry.Hashes));
    }

    [Theory]
    [InlineData(1_000, 0.01)]
    [InlineData(1_000, 0.1)]
    [InlineData(200, 0.01)]
    [InlineData(20_000, 0.001)]
    public void It_forgets_nothing_and_keeps_its_promise_within_a_factor_of_two(int expected, double promise) => Seed.Run(random =>
    {
        var (lookups, wrong) = (0, 0);
        while (lookups < 200_000)
        {
            var filter = new BloomFilter(BloomGeometry.For(expected, promise));
            var start = random.NextInt64();
            for (var i = 0; i < expected; i++)
                filter.Add(ValueHash.Of(start + i));
            for (var i = 0; i < expected; i++)
                Assert.True(filter.MayContain(ValueHash.Of(start + i)));
            for (var i = 0; i < 20_000; i++, lookups++)
                wrong += filter.MayContain(ValueHash.Of(start + expected + i)) ? 1 : 0;
            Assert.False(filter.IsSaturated);
            Assert.InRange(filter.MeasureFill(), 0.3, 0.55);
        }

        Assert.InRange(wrong / (double)lookups, promise / 4, promise * 2);
    });

    [Fact]
    public void An_element_that_is_there_is_not_counted_again_and_too_many_saturate_it()
    {
        var filter = new BloomFilter(BloomGeometry.For(10, 0.01));
        for (var i = 0; i < 100; i++)
            filter.Add(ValueHash.Of(7L));
        Assert.Equal((1, false), (filter.Count, filter.IsSaturated));
        for (var i = 0L; i < 50; i++)
            filter.Add(ValueHash.Of(i));
        Assert.True(filter.IsSaturated);
        for (var i = 0L; i < 50; i++)
            Assert.True(filter.MayContain(ValueHash.Of(i)), "a saturated filter must not forget");
    }

    [Fact]
    public void Filters_of_one_size_merge_and_others_are_refused()
    {
        var (a, b) = (new BloomFilter(BloomGeometry.For(100, 0.01)), new BloomFilter(BloomGeometry.For(100, 0.01)));
        a.Add(ValueHash.Of(1L));
        b.Add(ValueHash.Of(2L));
        a.Merge(b);
        Assert.True(a.MayContain(ValueHash.Of(1L)) && a.MayContain(ValueHash.Of(2L)));
        Assert.Equal(2, a.Count);
        Assert.Throws<ArgumentException>(() => a.Merge(new BloomFilter(BloomGeometry.For(200, 0.01))));
        Assert.Throws<ArgumentException>(() => a.Merge(new BloomFilter(a.Geometry with { Hashes = 3 })));
    }
}
