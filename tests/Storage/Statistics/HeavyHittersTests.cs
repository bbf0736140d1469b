using System.Buffers.Binary;

namespace Helios.Pipeline.Storage.Tests;

public sealed class HeavyHittersTests
{
    [Fact]
    public void No_value_that_is_more_than_a_hundredth_is_missed_and_no_count_is_further_from_the_truth_than_it_says() => Seed.Run(random =>
    {
        for (var round = 0; round < 30; round++)
        {
            var values = Stream(random);
            var sketches = Enumerable.Range(0, random.Next(1, 5)).Select(_ => new HeavyHitters()).ToArray();
            var cuts = values.Select(_ => random.Next(sketches.Length)).ToArray();
            for (var i = 0; i < values.Length; i++)
                sketches[cuts[i]].Add(ValueHash.Of(values[i]), BitConverter.GetBytes(values[i]));
            foreach (var other in sketches[1..])
                sketches[0].Merge(other);

            var found = sketches[0].Top(int.MaxValue).ToDictionary(value => value.Hash);
            Assert.Equal(values.Length, sketches[0].Total);
            Assert.InRange(sketches[0].Error, 0, values.Length / (HeavyHitters.Counters + 1));
            foreach (var (value, count) in values.CountBy(value => value))
            {
                var held = found.TryGetValue(ValueHash.Of(value), out var hitter) ? hitter.Count : 0;
                Assert.InRange(held, Math.Max(0, count - sketches[0].Error), count);
                Assert.True(held > 0 || count * HeavyHitters.Counters <= values.Length, $"{value} is there {count} of {values.Length} times");
                if (held > 0)
                    Assert.Equal(value, BinaryPrimitives.ReadInt64LittleEndian(hitter.Bytes));
            }
        }
    });

    /// <summary>The worst order: what is frequent comes first, and then what drives it out.</summary>
    [Fact]
    public void A_frequent_value_is_not_driven_out_by_rare_ones_that_follow()
    {
        var sketch = new HeavyHitters();
        for (var i = 0; i < 1_011; i++)
            sketch.Add(ValueHash.Of(-1L), [1]);
        for (var i = 0L; i < 100_000 - 1_000; i++)
            sketch.Add(ValueHash.Of(i), [2]);
        Assert.Equal(ValueHash.Of(-1L), sketch.Top(1)[0].Hash);
    }

    [Fact]
    public void Up_to_two_hundred_values_are_counted_exactly_most_common_first()
    {
        var sketch = new HeavyHitters();
        for (var i = 0L; i < 200; i++)
        {
            for (var times = 0; times <= i; times++)
                sketch.Add(ValueHash.Of(i), [(byte)i]);
        }

        Assert.Equal(0, sketch.Error);
        Assert.Equal([200, 199, 198], sketch.Top(3).Select(value => value.Count));
        Assert.Equal([199], sketch.Top(1)[0].Bytes);
    }

    [Fact]
    public void A_long_value_is_kept_as_its_first_bytes_and_told_from_others_that_begin_alike()
    {
        var sketch = new HeavyHitters();
        byte[] whole = [.. Enumerable.Repeat((byte)7, 64)];
        byte[] longer = [.. whole, 1];
        sketch.Add(1, longer);
        sketch.Add(1, longer);
        sketch.Add(2, [.. whole, 2]);
        sketch.Add(2, [.. whole, 2]);
        sketch.Add(3, whole);
        var top = sketch.Top(10);
        Assert.Equal([(1UL, 2L, 32, true), (2UL, 2L, 32, true), (3UL, 1L, 64, false)], top.Select(value => (value.Hash, value.Count, value.Bytes.Length, value.IsClipped)));
    }

    /// <summary>Some values often, many rarely; sometimes in order, so that each comes all at once.</summary>
    private static long[] Stream(Random random)
    {
        var length = random.Next(1, 20_000);
        var often = random.Next(1, 130); // around the limit of a hundredth
        var share = random.NextDouble();
        var rare = random.Next(1, 100_000);
        long[] values = [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() < share ? random.Next(random.Next(1, often + 1)) : 1_000L + random.Next(rare))];
        if (random.Next(3) == 0)
            Array.Sort(values);
        return values;
    }
}
