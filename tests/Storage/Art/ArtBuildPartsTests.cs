using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Storage.Tests;

public class ArtBuildPartsTests
{
    [Fact]
    public void A_tree_of_parts_is_the_one_that_pushing_its_keys_makes_wherever_it_was_cut()
    {
        var seed = ArtTestKeys.Seed();
        var random = new Random(seed);
        for (var round = 0; round < 400; round++)
        {
            var keys = ArtBuildTests.Keys(random, round % 40);
            using var pushed = Pushed(keys);
            using var built = new ArtTree(ArtSlots.AddressLimit, poison: true, ignoreReaders: false);
            var builder = built.BeginBuild();
            var borders = Borders(random, keys.Count, round % 9);
            for (var i = 0; i < borders[0]; i++)
                Assert.True(builder.TryAppend(keys[i], Version(i)));
            var parts = borders.Skip(1).Select(_ => builder.BeginPart()).ToArray();
            foreach (var part in Enumerable.Range(0, parts.Length).OrderBy(_ => random.Next()))
                Fill(parts[part], keys, borders[part], borders[part + 1]);
            foreach (var part in parts)
                Assert.True(builder.TryJoin(part), $"HELIOS_SEED={seed}, round {round}");
            builder.Complete();

            ArtWalk.Check(built);
            Assert.True((pushed.Count, pushed.NodeCounts, pushed.LiveBytes) == (built.Count, built.NodeCounts, built.LiveBytes), $"HELIOS_SEED={seed}, round {round}");
            ArtBuildTests.SameScan(pushed, built, $"HELIOS_SEED={seed}, round {round}");
        }
    }

    [Fact]
    public void A_part_that_does_not_come_behind_the_keys_before_is_not_joined()
    {
        foreach (var (before, after) in new[] { ("b", "b"), ("b", "a"), ("b", ""), ("bc", "b"), ("bc", "bb"), ("bc", "bbz"), ("prefix 2", "prefix 1"), ("prefix", "pre") })
        {
            using var tree = new ArtTree();
            var builder = tree.BeginBuild();
            var (first, second) = (builder.BeginPart(), builder.BeginPart());
            Assert.True(first.TryAppend(""u8, ArtTestKeys.Row(1)) && first.TryAppend(ArtTestKeys.Key(before), ArtTestKeys.Row(1)));
            Assert.True(second.TryAppend(ArtTestKeys.Key(after), ArtTestKeys.Row(2)) && second.TryAppend("z"u8, ArtTestKeys.Row(3)));
            first.EndPart();
            second.EndPart();
            Assert.True(builder.TryJoin(first));
            Assert.False(builder.TryJoin(second), $"{before}, {after}");
        }
    }

    [Fact]
    public void What_the_caller_says_of_a_shared_beginning_does_not_hide_a_key_out_of_order()
    {
        using var tree = new ArtTree();
        var builder = tree.BeginBuild();
        Assert.True(builder.TryAppend("abcd"u8, ArtTestKeys.Row(1)));
        Assert.False(builder.TryAppend("abca"u8, ArtTestKeys.Row(1), shared: 3));
        Assert.False(builder.TryAppend("abca"u8, ArtTestKeys.Row(1), shared: 1));
        Assert.False(builder.TryAppend("abcd"u8, ArtTestKeys.Row(1), shared: 4));
        Assert.False(builder.TryAppend("abcd"u8, ArtTestKeys.Row(1), shared: 2));
        Assert.False(builder.TryAppend("abc"u8, ArtTestKeys.Row(1), shared: 3));
        Assert.True(builder.TryAppend("abce"u8, ArtTestKeys.Row(1), shared: 1));
        Assert.True(builder.TryAppend("abcef"u8, ArtTestKeys.Row(1), shared: 4));
        builder.Complete();
        ArtWalk.Check(tree);
        Assert.Equal(3, tree.Count);
    }

    [Fact]
    public void Threads_that_build_parts_at_once_share_nothing_and_the_tree_takes_later_changes()
    {
        const int Parts = 8;
        const int Each = 20_000;
        using var tree = new ArtTree();
        var builder = tree.BeginBuild();
        var parts = Enumerable.Range(0, Parts).Select(_ => builder.BeginPart()).ToArray();
        Parallel.For(0, Parts, new ParallelOptions { MaxDegreeOfParallelism = 4 }, part =>
        {
            var key = new byte[12];
            for (var i = 0; i < Each; i++)
            {
                ArtTestKeys.Sequential(key, (part * Each) + i);
                parts[part].TryAppend(key, Version(i));
            }

            parts[part].EndPart();
        });
        Assert.All(parts, part => Assert.True(builder.TryJoin(part)));
        builder.Complete();
        ArtWalk.Check(tree);
        Assert.Equal(Parts * Each, tree.Count);
        Assert.InRange(tree.Bytes, tree.LiveBytes, tree.LiveBytes + (5 * ArtSlots.SlabSize)); // one slab that is not full for each thread, and the tree's own

        var key = new byte[12];
        for (var i = 0; i < Parts * Each; i += 7)
        {
            ArtTestKeys.Sequential(key, i);
            Assert.True(tree.Pop(key, new Lsn(1)));
            tree.Push(key, ArtTestKeys.Row(5, 2));
        }

        ArtWalk.Check(tree);
        Assert.Equal(Parts * Each, tree.Count);
    }

    [Fact]
    public void A_small_tree_of_a_part_takes_no_more_memory_than_one_that_was_pushed()
    {
        List<byte[]> keys = [[1], [2], [2, 3]];
        using var pushed = Pushed(keys);
        using var built = new ArtTree();
        var builder = built.BeginBuild();
        var part = builder.BeginPart();
        Fill(part, keys, 0, keys.Count);
        Assert.True(builder.TryJoin(part));
        builder.Complete();
        Assert.Equal(pushed.Bytes, built.Bytes);
    }

    [Fact]
    public void Parts_leave_the_memory_that_is_kept_back_for_removals()
    {
        const int Limit = 4 << 20;
        using var full = new ArtTree(Limit);
        var most = 0;
        var filling = full.BeginBuild();
        Assert.Equal("index_full", Assert.Throws<HeliosException>(() => AddParts(filling, int.MaxValue, ref most)).Code);

        using var tree = new ArtTree(Limit, poison: true, ignoreReaders: false);
        var builder = tree.BeginBuild();
        var count = 0;
        AddParts(builder, most - 1_000, ref count); // its last nodes need some room too
        builder.Complete();
        ArtWalk.Check(tree);
        Assert.Equal(count, tree.Count);
        Assert.InRange(tree.LiveBytes, Limit / 3, Limit - ArtSlots.Reserve); // the builder of the whole has slabs of its own, while the parts go on
        var key = new byte[12];
        for (var i = 0; i < count; i++)
        {
            ArtTestKeys.Sequential(key, i);
            Assert.True(tree.Pop(key, new Lsn(1)));
        }

        Assert.Equal(0, tree.Count);
    }

    private static void AddParts(ArtTree.Builder builder, int most, ref int count)
    {
        var key = new byte[12];
        while (count < most)
        {
            var part = builder.BeginPart();
            for (var i = 0; i < 1_000; i++)
            {
                ArtTestKeys.Sequential(key, count + i);
                part.TryAppend(key, Version(i));
            }

            part.EndPart();
            Assert.True(builder.TryJoin(part));
            count += 1_000;
        }
    }

    private static KeyVersion Version(int i) => ArtTestKeys.Row((ulong)i + 1, 1);

    private static void Fill(ArtTree.Builder part, List<byte[]> keys, int from, int to)
    {
        for (var i = from; i < to; i++)
            Assert.True(part.TryAppend(keys[i], Version(i)));
        part.EndPart();
    }

    private static ArtTree Pushed(List<byte[]> keys)
    {
        var tree = new ArtTree();
        for (var i = 0; i < keys.Count; i++)
            tree.Push(keys[i], Version(i));
        return tree;
    }

    /// <summary>Where parts begin and end, in order; what is before the first goes to the tree's own builder. Parts may be empty.</summary>
    private static int[] Borders(Random random, int keys, int parts)
    {
        var borders = Enumerable.Range(0, parts + 1).Select(_ => random.Next(keys + 1)).Order().ToArray();
        if (random.Next(2) == 0)
            borders[0] = 0;
        borders[^1] = keys;
        return borders;
    }
}
