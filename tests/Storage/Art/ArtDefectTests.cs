using System.Globalization;
using Helios.Pipeline.Storage;
using static Helios.Pipeline.Storage.Tests.ArtTestKeys;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>Defects that index trees are known for: each must stay away.</summary>
public class ArtDefectTests
{
    // W22
    [Fact]
    public void A_key_that_ends_at_a_node_survives_the_growth_and_shrinking_of_that_node()
    {
        using var tree = new ArtTree();
        tree.Push("ab", 1);
        for (var i = 0; i < 256; i++)
        {
            tree.Push([.. "ab"u8, (byte)i], Row(100 + (ulong)i));
            Assert.Equal(1UL, tree.RowOf("ab"));
        }

        for (var i = 0; i < 256; i++)
        {
            Assert.True(tree.Pop([.. "ab"u8, (byte)i], new Lsn(1)));
            Assert.Equal(1UL, tree.RowOf("ab"));
        }

        Assert.Equal(1, tree.Count);
        Assert.Equal(new ArtNodeCounts(0, 0, 0, 0, 1, 0), tree.NodeCounts);
    }

    // W22
    [Fact]
    public void Decimal_text_keys_that_are_prefixes_of_each_other_are_all_found()
    {
        using var tree = new ArtTree();
        for (var i = 0UL; i < 20_000; i++)
            tree.Push(i.ToString(CultureInfo.InvariantCulture), i + 1);

        for (var i = 0UL; i < 20_000; i++)
            Assert.Equal(i + 1, tree.RowOf(i.ToString(CultureInfo.InvariantCulture)));
        ArtWalk.Check(tree);
    }

    // W23
    [Fact]
    public void Keys_with_a_long_shared_prefix_stay_reachable_when_another_key_splits_it()
    {
        using var tree = new ArtTree();
        tree.Push("ABCDEFGHIJKLM1", 1);
        tree.Push("ABCDEFGHIJKLM2", 2);
        tree.Push("ABCDEzzzz", 3);

        Assert.Equal([1UL, 2UL, 3UL], [tree.RowOf("ABCDEFGHIJKLM1"), tree.RowOf("ABCDEFGHIJKLM2"), tree.RowOf("ABCDEzzzz")]);
        Assert.Equal(["ABCDEFGHIJKLM1", "ABCDEFGHIJKLM2", "ABCDEzzzz"], All(tree));
        Assert.Equal(1, tree.Events.PrefixSplit);
    }

    // W23
    [Fact]
    public void A_split_prefix_is_whole_again_when_the_key_that_split_it_goes()
    {
        using var tree = new ArtTree();
        tree.Push("ABCDEFGHIJKLM1", 1);
        tree.Push("ABCDEFGHIJKLM2", 2);
        tree.Push("ABCDEzzzz", 3);

        Assert.True(tree.Pop(Key("ABCDEzzzz"), new Lsn(1)));

        Assert.Equal(1, tree.Events.Merge);
        Assert.Equal(1, tree.NodeCounts.Node4);
        Assert.Equal(["ABCDEFGHIJKLM1", "ABCDEFGHIJKLM2"], All(tree));
        Assert.Equal(0UL, tree.RowOf("ABCDEFGHIJKLM"));
    }

    // W24
    [Fact]
    public void A_key_that_differs_in_the_middle_of_a_long_prefix_is_not_found_in_its_place()
    {
        using var tree = new ArtTree();
        tree.Push("0123456789abc-1", 1);
        tree.Push("0123456789abc-2", 2);
        tree.Push("0123456789abc", 3);

        for (var at = 0; at < 13; at++)
        {
            foreach (var tail in new[] { "-1", "-2", "" })
            {
                var other = Key("0123456789abc" + tail);
                other[at] ^= 1;
                Assert.Equal(KeyLookup.Absent, tree.Find(other, Lsn.Max, out _));
                Assert.False(tree.TryGetNewest(other, out _));
            }
        }

        Assert.Equal([1UL, 2UL, 3UL], [tree.RowOf("0123456789abc-1"), tree.RowOf("0123456789abc-2"), tree.RowOf("0123456789abc")]);
    }

    // W24
    [Fact]
    public void A_key_that_leads_to_the_leaf_of_another_one_is_not_found()
    {
        using var tree = new ArtTree();
        tree.Push("lonely", 1);
        Assert.Equal(KeyLookup.Absent, tree.Find("lovely"u8, Lsn.Max, out _));

        tree.Push("x-branch", 2);
        foreach (var other in new[] { "lovely", "lonelY", "l", "", "lonely!", "x-brancH" })
        {
            Assert.Equal(KeyLookup.Absent, tree.Find(Key(other), Lsn.Max, out _));
            Assert.False(tree.Pop(Key(other), new Lsn(1)));
        }

        Assert.Equal(2, tree.Count);
    }

    // W24
    [Fact]
    public void Keys_with_equal_tails_below_different_prefixes_hold_different_rows()
    {
        using var tree = new ArtTree();
        tree.Push("prefix-number-one-tail1", 1);
        tree.Push("prefix-number-one-tail2", 2);
        tree.Push("prefix-number-two-tail1", 3);
        tree.Push("prefix-number-two-tail2", 4);

        Assert.Equal(4, tree.Count);
        Assert.Equal(1UL, tree.RowOf("prefix-number-one-tail1"));
        Assert.Equal(3UL, tree.RowOf("prefix-number-two-tail1"));
        Assert.Equal(0UL, tree.RowOf("prefix-number-six-tail1"));
    }

    // W26
    [Fact]
    public void Iteration_follows_the_bytes_whatever_the_order_of_insertion()
    {
        using var tree = new ArtTree();
        foreach (var key in new[] { "c", "a", "b", "", "ba", "\u00ff", "aa", "bb" })
            tree.Push(key, 1);

        Assert.Equal(["", "a", "aa", "b", "ba", "bb", "c", "\u00ff"], All(tree));
    }

    // W26
    [Fact]
    public void A_range_excludes_its_end_and_a_prefix_includes_itself()
    {
        using var tree = new ArtTree();
        foreach (var key in new[] { "b", "ba", "bab", "bb", "c", "ca", "a" })
            tree.Push(key, 1);
        var cursor = tree.OpenCursor(Lsn.Max);

        cursor.SeekRange(Key("ba"), Key("c"));
        Assert.Equal(["ba", "bab", "bb"], cursor.Rest());
        cursor.SeekPrefix(Key("ba"));
        Assert.Equal(["ba", "bab"], cursor.Rest());
        cursor.SeekPrefix(Key("bz"));
        Assert.Empty(cursor.Rest());
        cursor.SeekRange(Key("c"), Key("b"));
        Assert.Empty(cursor.Rest());
    }

    // W34
    [Fact]
    public void A_tree_whose_keys_have_all_gone_holds_no_node_and_counts_nothing()
    {
        using var tree = new ArtTree();
        for (var i = 0UL; i < 5_000; i++)
            tree.Push($"key {i * 7919 % 5000}", i + 1, lsn: 1);
        for (var i = 0UL; i < 5_000; i++)
            Assert.True(tree.Pop(Key($"key {i}"), new Lsn(1)));
        tree.Reclaim();

        Assert.Equal(default, tree.NodeCounts);
        Assert.Equal((0L, 0L, 0), (tree.Count, tree.LiveBytes, tree.Unreclaimed));
        Assert.Empty(All(tree));
    }

    private static List<string> All(ArtTree tree)
    {
        var cursor = tree.OpenCursor(Lsn.Max);
        cursor.Seek(default);
        return cursor.Rest();
    }
}
