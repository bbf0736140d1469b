using System.Buffers.Binary;
using Helios.Pipeline.Storage;
using Xunit.Abstractions;
using static Helios.Pipeline.Storage.Tests.ArtTestKeys;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>Children found by the key of their parent: the key of an entry is the parent's key and the child's row id.</summary>
public class ArtPrefixScanTests(ITestOutputHelper output)
{
    // Parents that are stems of one another, share more than ten bytes, or have one child at most.
    private static readonly byte[][] s_parents =
    [
        [], Key("p"), Key("parent"), Key("parent-with-a-long-name"), Key("parent-with-a-long-nam"), Key("parent-with-a-long-name-2"),
        [0], [0, 0], [255], [255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
    ];

    [Fact]
    public void The_children_of_a_parent_are_those_a_sorted_dictionary_has_through_every_change()
    {
        var seed = Seed();
        output.WriteLine($"HELIOS_SEED={seed}");
        var random = new Random(seed);
        using var tree = new ArtTree(ArtSlots.AddressLimit, poison: true, ignoreReaders: false);
        var oracle = new SortedDictionary<byte[], ulong>(Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y)));
        var cursor = tree.OpenCursor(Lsn.Max);
        for (var lsn = 1UL; lsn <= 20_000; lsn++)
        {
            var row = (ulong)random.Next(1, 400);
            var key = Child(s_parents[random.Next(s_parents.Length)], row);
            if (oracle.Remove(key))
            {
                tree.Push(key, Vacated(row, lsn));
                if (random.Next(2) == 0)
                    tree.Trim(key, new Lsn(lsn));
            }
            else
            {
                tree.Push(key, Row(row, lsn));
                oracle.Add(key, row);
                if (random.Next(8) == 0)
                {
                    Assert.True(tree.Pop(key, new Lsn(lsn)));
                    oracle.Remove(key);
                }
            }

            if (lsn % 100 == 0)
                AssertSameChildren(cursor, oracle, random);
        }

        ArtWalk.Check(tree);
    }

    [Fact]
    public void The_writer_may_take_out_each_child_while_it_walks_them_and_meets_each_once()
    {
        using var tree = new ArtTree(ArtSlots.AddressLimit, poison: true, ignoreReaders: false);
        foreach (var parent in s_parents)
        {
            for (var row = 1UL; row <= 300; row++)
                tree.Push(Child(parent, row * 7), Row(row * 7));
        }

        var (cursor, parentKey, rows) = (tree.OpenCursor(Lsn.Max), Key("parent-with-a-long-name"), new List<ulong>());
        var others = tree.Count - tree.ChildrenOf(parentKey).Count;
        cursor.SeekPrefix(parentKey);
        while (cursor.MoveNext())
        {
            var key = cursor.Key.ToArray();
            rows.Add(cursor.Version.Row.Value);
            tree.Push(key, Vacated(cursor.Version.Row.Value, 2));
            tree.Trim(key, new Lsn(2));
            tree.Reclaim();
        }

        // "parent-with-a-long-name-2" begins with the parent's key, so its children come too: "-2" is above every row id here.
        Assert.Equal([.. Multiples(7, 300), .. Multiples(7, 300)], rows);
        Assert.Equal(others, tree.Count);
        Assert.Empty(tree.ChildrenOf(parentKey));
        Assert.Equal(Multiples(7, 300), tree.ChildrenOf(Key("parent-with-a-long-nam")).Where(row => row < 7 * 301));
        ArtWalk.Check(tree);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Readers_find_the_children_as_of_their_lsn_while_the_writer_changes_them(bool newest)
    {
        var seed = Seed();
        output.WriteLine($"HELIOS_SEED={seed}");
        using var tree = new ArtTree(ArtSlots.AddressLimit, poison: true, ignoreReaders: false);
        var race = new ArtPrefixRace(tree, s_parents[1..6], seed, steps: 150_000);

        var failure = race.Run(readers: 2, newest);

        output.WriteLine($"{race.Scans} scans, {race.Returned} children; {tree.NodeCounts}");
        Assert.True(failure is null, $"HELIOS_SEED={seed}: {failure}");
        Assert.True(race.Scans > 0 && race.Returned > 0);
        ArtWalk.Check(tree);
    }

    [Fact]
    public void A_cursor_that_is_used_again_allocates_nothing()
    {
        using var tree = new ArtTree();
        foreach (var parent in s_parents)
        {
            for (var row = 1UL; row <= 300; row++)
                tree.Push(Child(parent, row), Row(row));
        }

        var cursor = tree.OpenCursor(Lsn.Max);
        CountAll(cursor);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var counted = CountAll(cursor);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.True(counted >= tree.Count);
    }

    internal static byte[] Child(byte[] parent, ulong row)
    {
        var key = new byte[parent.Length + sizeof(ulong)];
        parent.CopyTo(key, 0);
        BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(parent.Length), row);
        return key;
    }

    private static int CountAll(ArtCursor cursor)
    {
        var count = 0;
        foreach (var parent in s_parents)
        {
            for (cursor.SeekPrefix(parent); cursor.MoveNext();)
                count++;
        }

        return count;
    }

    private static void AssertSameChildren(ArtCursor cursor, SortedDictionary<byte[], ulong> oracle, Random random)
    {
        var parent = s_parents[random.Next(s_parents.Length)];
        cursor.SeekPrefix(parent);
        foreach (var (key, row) in oracle)
        {
            if (!key.AsSpan().StartsWith(parent))
                continue;
            Assert.True(cursor.MoveNext());
            Assert.Equal(key, cursor.Key.ToArray());
            Assert.Equal(row, cursor.Version.Row.Value);
        }

        Assert.False(cursor.MoveNext());
    }

    private static IEnumerable<ulong> Multiples(ulong of, int count) => Enumerable.Range(1, count).Select(i => (ulong)i * of);
}

internal static class ArtPrefixScans
{
    /// <summary>The rows of the live newest entries whose keys begin with a parent's key, in key order.</summary>
    public static List<ulong> ChildrenOf(this ArtTree tree, byte[] parent)
    {
        var rows = new List<ulong>();
        var cursor = tree.OpenCursor(Lsn.Max);
        for (cursor.SeekPrefix(parent); cursor.MoveNext();)
            rows.Add(cursor.Version.Row.Value);
        return rows;
    }
}
