using System.Text;
using Helios.Pipeline.Storage;
using Xunit.Abstractions;
using static Helios.Pipeline.Storage.Tests.ArtTestKeys;

namespace Helios.Pipeline.Storage.Tests;

public class ArtDescendingTests(ITestOutputHelper output)
{
    private const int Rounds = 120;

    private static readonly string[] s_keys = ["", "a", "b", "ba", "bab", "bb", "c", "ca"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_walk_downwards_meets_what_a_sorted_dictionary_has_while_the_tree_changes_under_it(int run)
    {
        var seed = Seed() + run - 1;
        output.WriteLine($"HELIOS_SEED={seed} (run 1) repeats this");
        using var walks = new ArtDescendingWalks(seed);

        walks.Run(Rounds, ArtDescendingWalks.ByCursor);

        output.WriteLine(walks.ToString());
        Assert.True(walks.Returned > 10_000 && walks.OlderSkipped > 0);
        Assert.All(walks.NodesMet, met => Assert.True(met > 0, walks.ToString()));
        Assert.True(walks.ChangesOfShape > 0, "no walk was led astray");
        ArtWalk.Check(walks.Tree);
    }

    /// <summary>The test above is worth something only if it notices a walk that loses its place.</summary>
    [Fact]
    public void The_same_comparison_notices_a_walk_that_meets_a_key_again() => AssertNoticed(ArtDescendingDefects.GoesOnAtTheKey);

    [Fact]
    public void The_same_comparison_notices_a_walk_that_leaves_keys_out() => AssertNoticed(ArtDescendingDefects.GoesOnBelowItsPrefix);

    [Fact]
    public void The_same_comparison_notices_a_walk_that_takes_a_key_before_those_that_begin_with_it() => AssertNoticed(ArtDescendingDefects.TakesTheTerminalFirst);

    [Fact]
    public void Every_bound_is_that_of_the_walk_upwards()
    {
        using var tree = Tree(s_keys);
        var cursor = tree.OpenDescendingCursor(Lsn.Max);

        cursor.Seek(default);
        Assert.Equal(["ca", "c", "bb", "bab", "ba", "b", "a", ""], Rest(cursor));
        cursor.Seek("ba"u8);
        Assert.Equal(["ca", "c", "bb", "bab", "ba"], Rest(cursor));
        cursor.Seek("ba\0"u8);
        Assert.Equal(["ca", "c", "bb", "bab"], Rest(cursor));
        cursor.SeekRange(default, "ba"u8);
        Assert.Equal(["b", "a", ""], Rest(cursor));
        cursor.SeekRange(default, "ba\0"u8);
        Assert.Equal(["ba", "b", "a", ""], Rest(cursor));
        cursor.SeekRange("b"u8, "bb"u8);
        Assert.Equal(["bab", "ba", "b"], Rest(cursor));
        cursor.SeekRange("b\0"u8, "bb\0"u8);
        Assert.Equal(["bb", "bab", "ba"], Rest(cursor));
        cursor.SeekRange("bac"u8, "bad"u8);
        Assert.Empty(Rest(cursor));
        cursor.SeekRange("c"u8, "b"u8);
        Assert.Empty(Rest(cursor));
        cursor.SeekRange(default, default);
        Assert.Empty(Rest(cursor));
        cursor.SeekPrefix("ba"u8);
        Assert.Equal(["bab", "ba"], Rest(cursor));
        cursor.SeekPrefix("bz"u8);
        Assert.Empty(Rest(cursor));
        cursor.SeekPrefix(default);
        Assert.Equal(s_keys.Reverse(), Rest(cursor));
    }

    [Fact]
    public void A_prefix_that_nothing_can_follow_has_no_bound_above()
    {
        using var tree = new ArtTree();
        byte[][] keys = [[254], [254, 255], [255], [255, 0], [255, 254], [255, 255], [255, 255, 255]];
        foreach (var key in keys)
            tree.Push(key, Row(1));
        var cursor = tree.OpenDescendingCursor(Lsn.Max);

        cursor.SeekPrefix([255, 255]);
        Assert.Equal([keys[6], keys[5]], RestOfBytes(cursor));
        cursor.SeekPrefix([255]);
        Assert.Equal(keys[2..].Reverse(), RestOfBytes(cursor));
        cursor.SeekPrefix([254, 255]);
        Assert.Equal([keys[1]], RestOfBytes(cursor));
        cursor.SeekPrefix([254]);
        Assert.Equal([keys[1], keys[0]], RestOfBytes(cursor));
    }

    [Fact]
    public void A_tree_of_one_key_and_one_of_none_are_walked_downwards()
    {
        using var tree = new ArtTree();
        var cursor = tree.OpenDescendingCursor(Lsn.Max);
        Assert.False(cursor.MoveNext());
        cursor.Seek(default);
        Assert.False(cursor.MoveNext());

        tree.Push("lonely", 1);
        foreach (var (from, to, isThere) in new[] { ("", "z", true), ("lonely", "lonely", false), ("lonely", "lonely\0", true), ("lonely\0", "z", false), ("a", "lonely", false) })
        {
            cursor.SeekRange(Key(from), Key(to));
            Assert.Equal(isThere, cursor.MoveNext());
        }

        cursor.Seek(default);
        Assert.Equal(["lonely"], Rest(cursor));
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void A_walk_downwards_returns_what_was_live_as_of_its_lsn_and_says_what_it_could_not_know()
    {
        using var tree = new ArtTree();
        tree.Push("a", 1, lsn: 1);
        tree.Push("b", 2, lsn: 5);
        tree.Push("c", 3, lsn: 1);
        tree.Push(Key("c"), Vacated(3, 4));
        tree.Push("d", 4, lsn: 1);
        tree.Push("d", 5, lsn: 6);
        tree.Trim(Key("d"), new Lsn(6));
        var cursor = tree.OpenDescendingCursor(new Lsn(3));

        cursor.Seek(default);

        Assert.Equal(["c", "a"], Rest(cursor));
        Assert.Equal(1, cursor.OlderSkipped);
    }

    [Fact]
    public void A_walk_downwards_finds_a_key_before_many_vacated_ones()
    {
        using var tree = new ArtTree();
        Span<byte> key = stackalloc byte[9];
        for (var i = 0; i < 10_000; i++)
        {
            Sequential(key, i);
            tree.Push(key, i == 1_000 ? Row(1) : Vacated(1, 1));
        }

        var cursor = tree.OpenDescendingCursor(Lsn.Max);
        cursor.Seek(default);

        Assert.True(cursor.MoveNext());
        Sequential(key, 1_000);
        Assert.Equal(key.ToArray(), cursor.Key.ToArray());
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void The_writer_may_take_out_each_key_that_a_walk_downwards_meets_and_nothing_waits_for_the_walk()
    {
        using var tree = new ArtTree(ArtSlots.AddressLimit, poison: true, ignoreReaders: false);
        Span<byte> key = stackalloc byte[9];
        for (var i = 0; i < 3_000; i++)
        {
            Sequential(key, i * 7);
            tree.Push(key, Row((ulong)i + 1));
        }

        var cursor = tree.OpenDescendingCursor(Lsn.Max);
        var expected = 3_000UL;
        for (cursor.Seek(default); cursor.MoveNext(); expected--)
        {
            Assert.Equal(expected, cursor.Version.Row.Value);
            var met = cursor.Key.ToArray();
            Assert.True(tree.Pop(met, new Lsn(1)));
            tree.Reclaim();
            Assert.Equal(0, tree.Unreclaimed);
        }

        Assert.Equal(0UL, expected);
        Assert.Equal(default, tree.NodeCounts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Readers_walk_downwards_as_of_their_lsn_while_the_writer_changes_the_tree(bool newest)
    {
        var seed = Seed();
        output.WriteLine($"HELIOS_SEED={seed}");
        using var tree = new ArtTree(ArtSlots.AddressLimit, poison: true, ignoreReaders: false);
        var race = new ArtPrefixRace(tree, [Key("p"), Key("parent"), Key("parent-with-a-long-name"), [255, 255]], seed, steps: 60_000) { Descending = true };

        var failure = race.Run(readers: 2, newest);

        output.WriteLine($"{race.Scans} scans, {race.Returned} keys; {tree.NodeCounts}");
        Assert.True(failure is null, $"HELIOS_SEED={seed}: {failure}");
        Assert.True(race.Scans > 0 && race.Returned > 0);
        ArtWalk.Check(tree);
    }

    [Fact]
    public void A_descending_cursor_that_is_used_again_allocates_nothing()
    {
        using var tree = Tree(s_keys);
        var cursor = tree.OpenDescendingCursor(Lsn.Max);
        var first = CountAll(cursor);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var counted = CountAll(cursor);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal((14, 14), (first, counted));
    }

    private void AssertNoticed(ArtDescendingWalks.Walk defect)
    {
        var seed = Seed();
        output.WriteLine($"HELIOS_SEED={seed}");
        using var walks = new ArtDescendingWalks(seed);

        var failure = Record.Exception(() => walks.Run(Rounds, defect));

        Assert.NotNull(failure);
        output.WriteLine(failure.Message);
    }

    private static int CountAll(ArtDescendingCursor cursor)
    {
        var count = 0;
        for (cursor.Seek(default); cursor.MoveNext();)
            count++;
        for (cursor.SeekPrefix("b"u8); cursor.MoveNext();)
            count++;
        for (cursor.SeekRange("ba"u8, "bb"u8); cursor.MoveNext();)
            count++;
        return count;
    }

    private static ArtTree Tree(string[] keys)
    {
        var tree = new ArtTree();
        foreach (var key in keys)
            tree.Push(key, 1);
        return tree;
    }

    private static List<string> Rest(ArtDescendingCursor cursor) => [.. RestOfBytes(cursor).Select(Encoding.UTF8.GetString)];

    private static List<byte[]> RestOfBytes(ArtDescendingCursor cursor)
    {
        var keys = new List<byte[]>();
        while (cursor.MoveNext())
            keys.Add(cursor.Key.ToArray());
        return keys;
    }
}
