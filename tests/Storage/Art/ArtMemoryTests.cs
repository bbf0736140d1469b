using Helios.Pipeline.Storage;
using Xunit.Abstractions;
using static Helios.Pipeline.Storage.Tests.ArtTestKeys;

namespace Helios.Pipeline.Storage.Tests;

public class ArtMemoryTests(ITestOutputHelper output)
{
    private const int Million = 1_000_000;

    [Fact]
    public void A_million_inserts_leave_fewer_than_a_thousand_managed_objects()
    {
        const long smallestObject = 24;
        var before = GC.GetAllocatedBytesForCurrentThread();

        using var tree = new ArtTree();
        InsertSequential(tree);

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine($"{allocated} managed bytes");
        Assert.Equal(Million, tree.Count);
        Assert.InRange(allocated, 0, 1_000 * smallestObject);
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        using var tree = new ArtTree();
        tree.Push("a", 1);
        tree.Push("b", 1);
        tree.Find("a"u8, Lsn.Max, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1_000; i++)
            tree.Find("a"u8, Lsn.Max, out _);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_sequential_key_costs_at_most_40_bytes()
    {
        using var tree = new ArtTree();
        InsertSequential(tree);
        AssertBytesPerKey(tree, 40);
    }

    [Fact]
    public void A_random_16_byte_key_costs_at_most_70_bytes()
    {
        using var tree = new ArtTree();
        var random = new Random(7);
        Span<byte> key = stackalloc byte[16];
        for (var i = 1UL; i <= Million; i++)
        {
            random.NextBytes(key);
            tree.Push(key, Row(i));
        }

        AssertBytesPerKey(tree, 70);
    }

    [Fact]
    public void A_small_tree_is_small()
    {
        using var tree = new ArtTree();
        tree.Push("a", 1);
        Assert.InRange(tree.Bytes, 1, 96 * 1024);
    }

    [Fact]
    public void A_full_tree_refuses_a_key_keeps_the_others_and_takes_keys_again_after_removals()
    {
        using var tree = new ArtTree(2 * ArtSlots.SlabSize, poison: true, ignoreReaders: false);
        var filled = 0UL;
        var full = Assert.Throws<HeliosException>(() =>
        {
            for (; filled < Million; filled++)
                tree.Push($"a key of some length {filled * 2_654_435_761 % 1_000_003}", filled + 1);
        });

        Assert.Equal(("index_full", HeliosErrorKind.Invalid), (full.Code, full.Kind));
        Assert.Equal((long)filled, tree.Count);
        ArtWalk.Check(tree);
        Assert.InRange(tree.Bytes, 1, 2 * ArtSlots.SlabSize);
        for (var i = 0UL; i < filled; i++)
            Assert.True(tree.Pop(Key($"a key of some length {i * 2_654_435_761 % 1_000_003}"), new Lsn(1)));
        Assert.Equal(0, tree.LiveBytes);
        tree.Push("a key of some length 1", 1);
        Assert.Equal(1, tree.Count);
    }

    [Fact]
    public void A_refused_push_leaves_no_trace_whatever_it_had_begun()
    {
        var seed = Seed();
        output.WriteLine($"HELIOS_SEED={seed}");
        var random = new Random(seed);
        using var tree = new ArtTree(2 * ArtSlots.SlabSize, poison: true, ignoreReaders: false);
        var held = new List<byte[]>();
        var refused = 0;
        while (refused < 300)
        {
            var key = new byte[random.Next(4) == 0 ? random.Next(3_000) : random.Next(40)];
            if (random.Next(2) == 0 && key.Length > 0)
                key[random.Next(key.Length)] = (byte)random.Next(256); // zeros but for one byte: long prefixes to split
            else
                random.NextBytes(key);
            var before = (tree.Count, tree.NodeCounts, tree.LiveBytes, tree.TryGetNewest(key, out var newest), newest);
            try
            {
                tree.Push(key, Row(1));
                held.Add(key);
            }
            catch (HeliosException full) when (full.Code == "index_full")
            {
                refused++;
                Assert.Equal(before, (tree.Count, tree.NodeCounts, tree.LiveBytes, tree.TryGetNewest(key, out newest), newest));
                for (var i = 0; i < 20 && held.Count > 0; i++)
                {
                    var at = random.Next(held.Count);
                    Assert.True(tree.Pop(held[at], new Lsn(1)));
                    held.RemoveAt(at);
                }
            }
        }

        ArtWalk.Check(tree);
        foreach (var key in held)
            Assert.True(tree.Pop(key, new Lsn(1)));
        Assert.Equal(0, tree.LiveBytes);
    }

    [Fact]
    public void Sizes_are_rounded_up_to_their_class_by_an_eighth_at_most()
    {
        for (var size = 1; size <= ArtSizeClass.Largest; size++)
        {
            var sizeClass = ArtSizeClass.Of(size);
            Assert.InRange(ArtSizeClass.Size(sizeClass), size, size + Math.Max(15, size / 8));
            Assert.True(sizeClass == 0 || ArtSizeClass.Size(sizeClass - 1) < size);
            if (size >= ArtSlots.Granule)
                Assert.InRange(ArtSizeClass.Size(ArtSizeClass.LargestWithin(size)), size / 2, size);
        }
    }

    [Fact]
    public void A_disposed_tree_refuses_readers_and_the_writer()
    {
        var tree = new ArtTree();
        tree.Push("a", 1);
        var cursor = tree.OpenCursor(Lsn.Max);
        cursor.Seek(default);
        tree.Dispose();
        tree.Dispose();

        Assert.Throws<ObjectDisposedException>(() => tree.Find("a"u8, Lsn.Max, out _));
        Assert.Throws<ObjectDisposedException>(() => cursor.MoveNext());
        Assert.Throws<ObjectDisposedException>(() => tree.Push("b", 1));
        Assert.Throws<ObjectDisposedException>(() => tree.Pop("a"u8, new Lsn(1)));
    }

    private static void InsertSequential(ArtTree tree)
    {
        Span<byte> key = stackalloc byte[9];
        for (var i = 1; i <= Million; i++)
        {
            Sequential(key, i);
            tree.Push(key, Row((ulong)i));
        }
    }

    private void AssertBytesPerKey(ArtTree tree, int limit)
    {
        output.WriteLine($"{(double)tree.Bytes / Million:F1} bytes a key, {(double)tree.LiveBytes / Million:F1} of them live; {tree.NodeCounts}");
        Assert.Equal(Million, tree.Count);
        Assert.InRange(tree.Bytes, 1, (long)limit * Million);
    }
}
