using Helios.Pipeline.Storage;
using static Helios.Pipeline.Storage.Tests.ArtTestKeys;

namespace Helios.Pipeline.Storage.Tests;

public class ArtVersionTests
{
    private static readonly byte[] K = Key("k");

    [Fact]
    public void A_reader_sees_the_version_of_its_lsn()
    {
        using var tree = new ArtTree();
        tree.Push(K, Row(1, 10));
        tree.Push(K, Vacated(1, 20));
        tree.Push(K, Row(2, 30));

        Assert.Equal((KeyLookup.Absent, 0UL), At(tree, 9));
        Assert.Equal((KeyLookup.Live, 1UL), At(tree, 10));
        Assert.Equal((KeyLookup.Live, 1UL), At(tree, 19));
        Assert.Equal((KeyLookup.Vacated, 1UL), At(tree, 20));
        Assert.Equal((KeyLookup.Live, 2UL), At(tree, 30));
    }

    [Fact]
    public void Of_several_operations_of_one_commit_the_last_is_seen_and_each_can_be_undone()
    {
        using var tree = new ArtTree();
        tree.Push(K, Row(1, 5));
        tree.Push(K, Vacated(1, 6));
        tree.Push(K, Row(2, 6));
        Assert.Equal((KeyLookup.Live, 2UL), At(tree, 6));

        Assert.True(tree.Pop(K, new Lsn(6)));
        Assert.Equal((KeyLookup.Vacated, 1UL), At(tree, 6));
        Assert.True(tree.Pop(K, new Lsn(6)));
        Assert.Equal((KeyLookup.Live, 1UL), At(tree, 6));
        Assert.False(tree.Pop(K, new Lsn(6)));
        Assert.Equal(1, tree.Count);
    }

    [Fact]
    public void Trim_keeps_what_readers_at_the_horizon_see_and_older_readers_are_sent_to_the_history()
    {
        using var tree = new ArtTree();
        for (var lsn = 10UL; lsn <= 50; lsn += 10)
            tree.Push(K, Row(lsn, lsn));

        tree.Trim(K, new Lsn(35));

        Assert.Equal(2, tree.NodeCounts.Versions);
        Assert.Equal((KeyLookup.Older, 0UL), At(tree, 29));
        Assert.Equal((KeyLookup.Live, 30UL), At(tree, 35));
        Assert.Equal((KeyLookup.Live, 50UL), At(tree, 50));
        tree.Trim(K, Lsn.Max);
        Assert.Equal(0, tree.NodeCounts.Versions);
        Assert.Equal((KeyLookup.Older, 0UL), At(tree, 49));
    }

    [Fact]
    public void A_key_vacated_at_the_horizon_goes_and_raises_the_history_floor()
    {
        using var tree = new ArtTree();
        tree.Push(K, Row(1, 10));
        tree.Push(K, Vacated(1, 20));

        tree.Trim(K, new Lsn(19));
        Assert.True(tree.TryGetNewest(K, out _));
        Assert.Equal(Lsn.Zero, tree.HistoryFloor);
        tree.Trim(K, new Lsn(20));

        Assert.False(tree.TryGetNewest(K, out _));
        Assert.Equal(new Lsn(20), tree.HistoryFloor);
        Assert.Equal(default, tree.NodeCounts);
    }

    [Fact]
    public void A_key_loaded_with_history_sends_older_readers_there_after_any_push_and_pop()
    {
        using var tree = new ArtTree();
        tree.Load(K, Row(1, 10), hasHistory: true);
        tree.Push(K, Row(2, 20));

        Assert.Equal((KeyLookup.Older, 0UL), At(tree, 9));
        Assert.True(tree.Pop(K, new Lsn(20)));
        Assert.Equal((KeyLookup.Older, 0UL), At(tree, 9));
        Assert.Equal((KeyLookup.Live, 1UL), At(tree, 20));
    }

    [Fact]
    public void The_count_is_of_keys_whose_newest_version_is_live()
    {
        using var tree = new ArtTree();
        tree.Push("a", 1, lsn: 1);
        tree.Push("b", 2, lsn: 1);
        tree.Push(Key("a"), Vacated(1, 2));
        Assert.Equal(1, tree.Count);
        tree.Push(Key("a"), Row(3, 2));
        Assert.Equal(2, tree.Count);
        tree.Pop(Key("a"), new Lsn(2));
        Assert.Equal(1, tree.Count);
        tree.Push(Key("c"), Vacated(9, 3));
        Assert.Equal(1, tree.Count);
    }

    [Fact]
    public void A_cursor_returns_what_was_live_as_of_its_lsn_and_says_what_it_could_not_know()
    {
        using var tree = new ArtTree();
        tree.Push("a", 1, lsn: 1);
        tree.Push("b", 2, lsn: 5);
        tree.Push("c", 3, lsn: 1);
        tree.Push(Key("c"), Vacated(3, 4));
        tree.Push("d", 4, lsn: 1);
        tree.Push("d", 5, lsn: 6);
        tree.Trim(Key("d"), new Lsn(6));
        var cursor = tree.OpenCursor(new Lsn(3));

        cursor.Seek(default);

        Assert.Equal(["a", "c"], cursor.Rest());
        Assert.Equal(1, cursor.OlderSkipped);
    }

    [Fact]
    public void A_cursor_finds_a_key_behind_many_vacated_ones()
    {
        using var tree = new ArtTree();
        Span<byte> key = stackalloc byte[9];
        for (var i = 0; i < 10_000; i++)
        {
            Sequential(key, i);
            tree.Push(key, i == 9_000 ? Row(1) : Vacated(1, 1));
        }

        var cursor = tree.OpenCursor(Lsn.Max);
        cursor.Seek(default);

        Assert.True(cursor.MoveNext());
        Sequential(key, 9_000);
        Assert.Equal(key.ToArray(), cursor.Key.ToArray());
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void Numbers_and_keys_at_their_limits_are_kept_and_beyond_them_refused()
    {
        using var tree = new ArtTree();
        var highest = new KeyVersion(new RowId((1UL << 48) - 1), Lsn.Max, true);
        var longest = new byte[65_536];
        var sibling = new byte[65_536];
        sibling[^1] = 1;
        tree.Push(longest, highest);
        tree.Push(sibling, Row(2));
        tree.Push(longest.AsSpan(1), Row(3));
        tree.Push(default, Row(4));

        Assert.Equal(KeyLookup.Vacated, tree.Find(longest, Lsn.Max, out var version));
        Assert.Equal(highest, version);
        Assert.Equal(KeyLookup.Live, tree.Find(sibling, Lsn.Max, out version));
        Assert.Equal(Row(2), version);
        Assert.True(tree.TryGetNewest(longest.AsSpan(1), out version));
        Assert.Equal(Row(3), version);
        Assert.True(tree.TryGetNewest(default, out version));
        Assert.Equal(Row(4), version);
        ArtWalk.Check(tree);
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Push(new byte[65_537], Row(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Push(K, Row(1UL << 48)));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Push(K, Row(1, 1UL << 48)));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Push(longest, Row(1, 7)));
        Assert.Equal(3, tree.Count);
    }

    private static (KeyLookup, ulong) At(ArtTree tree, ulong lsn)
    {
        var found = tree.Find(K, new Lsn(lsn), out var version);
        return (found, version.Row.Value);
    }
}
