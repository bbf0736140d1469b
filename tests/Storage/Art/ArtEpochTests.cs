using Helios.Pipeline.Storage;
using static Helios.Pipeline.Storage.Tests.ArtTestKeys;

namespace Helios.Pipeline.Storage.Tests;

public unsafe class ArtEpochTests
{
    [Fact]
    public void What_a_reader_may_hold_is_not_freed_before_it_leaves()
    {
        using var tree = new ArtTree(ArtSlots.AddressLimit, poison: true, ignoreReaders: false);
        tree.Push("held", 7);
        var place = tree.Epochs.Enter();
        var leaf = tree.Slots.Address(*tree.Slots.Root);

        tree.Pop(Key("held"), new Lsn(1));
        Churn(tree);
        Assert.True(tree.Unreclaimed > 1_000);
        Assert.Equal("held"u8.ToArray(), ArtLeaf.Key(leaf).ToArray());
        Assert.Equal(Row(7), ArtLeaf.Read(leaf));

        tree.Epochs.Exit(place);
        tree.Reclaim();
        Assert.Equal(0, tree.Unreclaimed);
        Assert.Equal((byte)ArtKind.Free, *leaf);
    }

    [Fact]
    public void A_reader_that_comes_later_does_not_hold_up_what_was_unlinked_before()
    {
        using var tree = new ArtTree();
        tree.Push("a", 1);
        tree.Pop(Key("a"), new Lsn(1));
        tree.Reclaim();
        tree.Push("a", 1);
        tree.Pop(Key("a"), new Lsn(1));
        tree.Epochs.Advance();
        var place = tree.Epochs.Enter();

        tree.Reclaim();

        Assert.Equal(0, tree.Unreclaimed);
        tree.Epochs.Exit(place);
    }

    [Fact]
    public void More_readers_than_places_are_all_let_in_and_all_protected()
    {
        using var tree = new ArtTree();
        tree.Push("a", 1);
        var places = new List<int>();
        for (var i = 0; i < 100; i++)
            places.Add(tree.Epochs.Enter());
        tree.Pop(Key("a"), new Lsn(1));

        // The last in are the ones that share a place; they leave last too.
        for (var i = 0; i < 99; i++)
        {
            tree.Epochs.Exit(places[i]);
            tree.Reclaim();
            Assert.Equal(1, tree.Unreclaimed);
        }

        tree.Epochs.Exit(places[99]);
        tree.Reclaim();
        Assert.Equal(0, tree.Unreclaimed);
    }

    [Fact]
    public void Readers_inside_when_the_tree_is_disposed_finish_and_later_ones_are_refused()
    {
        var tree = new ArtTree();
        for (var i = 0UL; i < 1_000; i++)
            tree.Push($"key {i}", i + 1);
        using var reading = new CountdownEvent(3);
        var refused = 0;
        var wrong = 0;
        var threads = Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            var hasSignalled = false;
            for (var i = 0UL; ; i = (i + 1) % 1_000)
            {
                try
                {
                    if (tree.RowOf($"key {i}") != i + 1)
                        Interlocked.Increment(ref wrong);
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref refused);
                    return;
                }

                if (i == 500 && !hasSignalled)
                {
                    hasSignalled = true;
                    reading.Signal();
                }
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        reading.Wait();

        tree.Dispose();

        threads.ForEach(t => t.Join());
        Assert.Equal((3, 0), (refused, wrong));
    }

    private static void Churn(ArtTree tree)
    {
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0UL; i < 500; i++)
                tree.Push($"churn {i}", i + 1);
            for (var i = 0UL; i < 500; i++)
                tree.Pop(Key($"churn {i}"), new Lsn(1));
        }
    }
}
