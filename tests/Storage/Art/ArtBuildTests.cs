using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Storage.Tests;

public class ArtBuildTests
{
    [Fact]
    public void A_tree_that_was_built_from_ascending_keys_is_the_one_that_pushing_them_makes()
    {
        var seed = ArtTestKeys.Seed();
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            var keys = Keys(random, round);
            using var built = new ArtTree(ArtSlots.AddressLimit, poison: true, ignoreReaders: false);
            using var pushed = new ArtTree(ArtSlots.AddressLimit, poison: true, ignoreReaders: false);
            var builder = built.BeginBuild();
            for (var i = 0; i < keys.Count; i++)
            {
                var version = ArtTestKeys.Row((ulong)i + 1, (ulong)random.Next(1, 1000));
                Assert.True(builder.TryAppend(keys[i], version), $"HELIOS_SEED={seed}");
                pushed.Push(keys[i], version);
            }

            builder.Complete();
            ArtWalk.Check(built);
            Assert.True((pushed.Count, pushed.NodeCounts, pushed.LiveBytes) == (built.Count, built.NodeCounts, built.LiveBytes), $"HELIOS_SEED={seed}, round {round}");
            SameScan(pushed, built, $"HELIOS_SEED={seed}, round {round}");
        }
    }

    [Fact]
    public void A_tree_that_was_built_takes_every_later_change()
    {
        var seed = ArtTestKeys.Seed();
        var random = new Random(seed);
        var keys = Keys(random, 7);
        using var built = new ArtTree(ArtSlots.AddressLimit, poison: true, ignoreReaders: false);
        using var pushed = new ArtTree(ArtSlots.AddressLimit, poison: true, ignoreReaders: false);
        var builder = built.BeginBuild();
        foreach (var key in keys)
        {
            Assert.True(builder.TryAppend(key, ArtTestKeys.Row(1)));
            pushed.Push(key, ArtTestKeys.Row(1));
        }

        builder.Complete();
        for (ulong lsn = 2; lsn < 4_000; lsn++)
        {
            var key = random.Next(3) == 0 ? keys[random.Next(keys.Count)] : Key(random, 5);
            var version = random.Next(2) == 0 ? ArtTestKeys.Row(lsn, lsn) : ArtTestKeys.Vacated(lsn, lsn);
            foreach (var tree in new[] { built, pushed })
            {
                tree.Push(key, version);
                tree.Trim(key, new Lsn(lsn));
            }
        }

        ArtWalk.Check(built);
        Assert.Equal(pushed.Count, built.Count);
        SameScan(pushed, built, $"HELIOS_SEED={seed}");
    }

    [Fact]
    public void A_key_that_does_not_come_after_the_one_before_is_refused_and_changes_nothing()
    {
        using var tree = new ArtTree();
        var builder = tree.BeginBuild();
        Assert.True(builder.TryAppend("b"u8, ArtTestKeys.Row(1)));
        Assert.True(builder.TryAppend("bc"u8, ArtTestKeys.Row(2)));
        foreach (var key in new[] { "bc", "b", "", "a", "bb", "bbz" })
            Assert.False(builder.TryAppend(ArtTestKeys.Key(key), ArtTestKeys.Row(3)), key);
        Assert.True(builder.TryAppend("bd"u8, ArtTestKeys.Row(4)));
        builder.Complete();
        var cursor = tree.OpenCursor(Lsn.Max);
        cursor.Seek([]);
        Assert.Equal(["b", "bc", "bd"], cursor.Rest());
        Assert.Throws<InvalidOperationException>(() => tree.BeginBuild());
    }

    [Fact]
    public void A_tree_that_nothing_was_added_to_is_empty()
    {
        using var tree = new ArtTree();
        tree.BeginBuild().Complete();
        Assert.Equal(0, tree.Count);
        tree.Push("a", 1);
        Assert.Equal(1ul, tree.RowOf("a"));
    }

    [Fact]
    public void A_build_beyond_the_limit_is_refused_as_a_push_is()
    {
        using var tree = new ArtTree(maxBytes: 2 << 20);
        var builder = tree.BeginBuild();
        var error = Assert.Throws<HeliosException>(() =>
        {
            var key = new byte[9];
            for (var i = 0; i < 1_000_000; i++)
            {
                ArtTestKeys.Sequential(key, i);
                builder.TryAppend(key, ArtTestKeys.Row(1));
            }
        });
        Assert.Equal("index_full", error.Code);
    }

    internal static void SameScan(ArtTree expected, ArtTree actual, string seed)
    {
        var (left, right) = (expected.OpenCursor(Lsn.Max), actual.OpenCursor(Lsn.Max));
        left.Seek([]);
        right.Seek([]);
        while (left.MoveNext())
        {
            Assert.True(right.MoveNext(), seed);
            Assert.True(left.Key.SequenceEqual(right.Key) && left.Version == right.Version, seed);
            Assert.True(actual.Find(left.Key, Lsn.Max, out var found) == KeyLookup.Live && found == left.Version, seed);
        }

        Assert.False(right.MoveNext(), seed);
    }

    /// <summary>Dense ones make nodes of 256, sparse ones of 4, with keys that are prefixes of others and long shared prefixes.</summary>
    internal static List<byte[]> Keys(Random random, int round)
    {
        var letters = new[] { 2, 5, 17, 49, 256 }[round % 5];
        var keys = new SortedSet<byte[]>(Comparer<byte[]>.Create(static (x, y) => x.AsSpan().SequenceCompareTo(y)));
        for (var i = 0; i < round * 40; i++)
            keys.Add(Key(random, letters));
        return [.. keys];
    }

    private static byte[] Key(Random random, int letters)
    {
        var key = new byte[random.Next(0, 6)];
        for (var i = 0; i < key.Length; i++)
            key[i] = (byte)random.Next(letters);
        return random.Next(4) == 0 ? [.. "a prefix that is shared by many"u8, .. key] : key;
    }
}
