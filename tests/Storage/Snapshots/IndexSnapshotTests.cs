using Helios.Pipeline.Storage.Tests.Encryption;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Snapshots;

public class IndexSnapshotTests
{
    private const string Path = "/db/indexes/snapshot";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_written_comes_back(bool encrypted)
    {
        var seed = ArtTestKeys.Seed();
        var random = new Random(seed);
        for (var round = 0; round < 9; round++)
        {
            var trees = Trees(random, round);
            var vault = encrypted ? new Vault() : null;
            var files = vault?.Disk ?? new MemoryFiles();
            using var keys = vault?.Open();
            Write(files, trees, keys?.Indexes);
            using var reader = IndexSnapshotReader.Open(files, Path, Vault.Database, keys?.Indexes);
            Assert.Equal(Header with { IsEncrypted = encrypted, Length = reader.Header.Length, DirectoryOffset = reader.Header.DirectoryOffset, Blocks = reader.Header.Blocks, Trees = (uint)trees.Count }, reader.Header);
            Assert.Equal(trees.Count, reader.Trees.Count);
            for (var i = 0; i < trees.Count; i++)
            {
                Assert.Equal((new TableId((uint)i / 2), (uint)i, trees[i].Count), (reader.Trees[i].Table, reader.Trees[i].Index, reader.Trees[i].Entries));
                Assert.Equal(trees[i].Select(e => e.Version.Row.Value).DefaultIfEmpty().Max(), reader.Trees[i].HighestRow.Value);
                Assert.True(trees[i].SequenceEqual(Read(reader, i), EntryComparer.Instance), $"HELIOS_SEED={seed}, round {round}, tree {i}");
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_flipped_byte_is_found(bool encrypted)
    {
        var seed = ArtTestKeys.Seed();
        var vault = encrypted ? new Vault() : null;
        var files = vault?.Disk ?? new MemoryFiles();
        using var keys = vault?.Open();
        Write(files, Trees(new Random(seed), 5), keys?.Indexes);
        var length = files.ReadAll(Path).Length;
        Assert.InRange(length, 2_000, 100_000);
        for (var at = 0; at < length; at += at < 200 || at > length - 400 ? 1 : 211)
        {
            var undo = files.Flip(Path, at);
            var error = Assert.Throws<HeliosException>(() => ReadAll(files, keys?.Indexes));
            Assert.True(error.Code is "corrupt" or "format_too_new", $"HELIOS_SEED={seed}: byte {at}");
            undo();
        }

        ReadAll(files, keys?.Indexes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_parts_of_a_tree_have_its_entries_once_and_in_order(bool encrypted)
    {
        var seed = ArtTestKeys.Seed();
        var trees = Trees(new Random(seed), 9);
        var vault = encrypted ? new Vault() : null;
        var files = vault?.Disk ?? new MemoryFiles();
        using var keys = vault?.Open();
        Write(files, trees, keys?.Indexes);
        using var reader = IndexSnapshotReader.Open(files, Path, Vault.Database, keys?.Indexes);
        for (var i = 0; i < trees.Count; i++)
        {
            foreach (var most in new[] { 1L, 5_000, long.MaxValue })
            {
                var parts = reader.Split(i, most);
                Assert.Equal(most == 1 ? Math.Max(1, reader.Trees[i].Blocks) : most == long.MaxValue ? 1 : (uint)parts.Count, (uint)parts.Count);
                var entries = parts.SelectMany(part => Read(reader.OpenPart(part)));
                Assert.True(trees[i].SequenceEqual(entries, EntryComparer.Instance), $"HELIOS_SEED={seed}, tree {i}, {most}");
            }
        }
    }

    [Fact]
    public void A_flipped_byte_in_any_block_is_found_where_a_tree_is_read_in_parts()
    {
        var seed = ArtTestKeys.Seed();
        var files = new MemoryFiles();
        Write(files, Trees(new Random(seed), 9), null);
        using var reader = IndexSnapshotReader.Open(files, Path, Vault.Database, null);
        var tree = reader.Trees.Count - 1;
        var parts = reader.Split(tree, 1);
        Assert.True(parts.Count > 2, "borders are wanted");
        foreach (var at in parts.SelectMany(part => Enumerable.Range(0, IndexSnapshotFormat.BlockHeaderSize + 1).Select(i => part.Offset + i)))
        {
            var undo = files.Flip(Path, (int)at);
            var error = Assert.Throws<HeliosException>(() => reader.Split(tree, 1).ForEach(part => Read(reader.OpenPart(part))));
            Assert.True(error.Code == "corrupt", $"HELIOS_SEED={seed}: byte {at}");
            undo();
        }
    }

    [Fact]
    public void A_file_that_was_cut_anywhere_is_found()
    {
        var files = new MemoryFiles();
        Write(files, Trees(new Random(1), 8), null);
        var whole = files.ReadAll(Path);
        using (var reader = IndexSnapshotReader.Open(files, Path, Vault.Database, null))
        {
            Assert.True(reader.Header.Blocks > 3, "borders of blocks are wanted");
            var borders = reader.Trees.Select(t => t.Offset).Append(reader.Header.DirectoryOffset).ToArray();
            foreach (var length in borders.SelectMany(b => new[] { b - 1, b, b + 1 }).Append(0).Append(50).Append(whole.Length - 1))
            {
                var cut = new MemoryFiles();
                cut.WriteDurably(Path, whole.AsSpan(0, (int)length));
                Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => ReadAll(cut, null)).Code);
            }
        }

        var longer = new MemoryFiles();
        longer.WriteDurably(Path, [.. whole, 0]);
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => ReadAll(longer, null)).Code);
    }

    [Fact]
    public void A_block_of_another_snapshot_or_of_another_place_does_not_pass()
    {
        var (files, older) = (new MemoryFiles(), new MemoryFiles());
        var trees = Trees(new Random(1), 8);
        Write(files, trees, null);
        Write(older, trees, null, Header with { Lsn = new Lsn(998) });
        using var reader = IndexSnapshotReader.Open(files, Path, Vault.Database, null);
        var (newBytes, oldBytes) = (files.ReadAll(Path), older.ReadAll(Path));
        Assert.Equal(newBytes.Length, oldBytes.Length);
        var (from, to) = ((int)reader.Trees[0].Offset, (int)reader.Trees[1].Offset);
        var mixed = new MemoryFiles();
        mixed.WriteDurably(Path, [.. newBytes[..from], .. oldBytes[from..to], .. newBytes[to..]]);
        Assert.Contains("checksum of a block", Assert.Throws<HeliosException>(() => ReadAll(mixed, null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_database_a_newer_version_and_the_other_sort_are_refused()
    {
        var files = new MemoryFiles();
        Write(files, Trees(new Random(1), 2), null);
        Assert.Contains("belongs to database", Assert.Throws<HeliosException>(() => IndexSnapshotReader.Open(files, Path, Guid.NewGuid(), null)).Message, StringComparison.Ordinal);
        using (var keys = new Vault().Open())
            Assert.Contains("it is not encrypted", Assert.Throws<HeliosException>(() => IndexSnapshotReader.Open(files, Path, Vault.Database, keys.Indexes)).Message, StringComparison.Ordinal);
        files.Flip(Path, 8, mask: 2);
        Assert.Equal("format_too_new", Assert.Throws<HeliosException>(() => ReadAll(files, null)).Code);
    }

    [Fact]
    public void Keys_do_not_stand_in_the_clear_where_the_database_is_encrypted()
    {
        var canary = "a canary that occurs nowhere by chance"u8.ToArray();
        List<List<Entry>> trees = [[new Entry(canary, new KeyVersion(new RowId(1), new Lsn(1), false))]];
        var vault = new Vault();
        using var keys = vault.Open();
        Write(vault.Disk, trees, keys.Indexes);
        Assert.Equal(-1, vault.Disk.ReadAll(Path).AsSpan().IndexOf(canary));
        var plain = new MemoryFiles();
        Write(plain, trees, null);
        Assert.NotEqual(-1, plain.ReadAll(Path).AsSpan().IndexOf(canary));
    }

    [Fact]
    public void A_snapshot_does_not_verify_under_the_keys_of_another_database()
    {
        var (vault, other) = (new Vault(), new Vault());
        using var keys = vault.Open();
        using var others = other.Open();
        keys.PrepareToWrite();
        others.PrepareToWrite();
        Write(vault.Disk, Trees(new Random(1), 2), keys.Indexes);
        Assert.Contains("does not verify", Assert.Throws<HeliosException>(() => ReadAll(vault.Disk, others.Indexes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_of_every_length_come_back_wherever_the_block_ends()
    {
        ulong[] numbers = [0, 1, .. Enumerable.Range(1, 47).SelectMany(static bit => new[] { (1UL << bit) - 1, 1UL << bit, (1UL << bit) + 1 }), Lsn.Max.Value];
        var entries = new IndexSnapshotEntries();
        foreach (var behind in Enumerable.Range(0, 4)) // short keys behind the numbers
        {
            using var payload = new ByteBuffer();
            KeyVersion previous = default;
            var versions = numbers.Zip(numbers.Reverse(), static (row, lsn) => new KeyVersion(new RowId(row), new Lsn(lsn), Vacated: false)).ToArray();
            foreach (var version in versions)
            {
                IndexSnapshotEntries.Append(payload, [], previous, new byte[behind], version);
                previous = version;
            }

            entries.Begin(payload.Array, 0, payload.Length);
            foreach (var version in versions)
                Assert.True(entries.TryMoveNext() && entries.Version == version && entries.Key.Length == behind, $"{version}, {behind}");
            Assert.True(entries.IsAtEnd);
            entries.Begin(payload.Array, 0, payload.Length - 1 - behind);
            foreach (var version in versions.SkipLast(1))
                Assert.True(entries.TryMoveNext() && entries.Version == version);
            Assert.False(entries.TryMoveNext());
        }
    }

    [Fact]
    public void Random_bytes_as_entries_end_or_are_damage_and_never_more()
    {
        var seed = ArtTestKeys.Seed();
        var random = new Random(seed);
        var entries = new IndexSnapshotEntries();
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(0, 40)];
            random.NextBytes(bytes);
            if (random.Next(2) == 0)
                bytes.AsSpan().Replace((byte)255, (byte)0);
            for (var at = 0; at < bytes.Length && random.Next(2) == 0; at++)
                bytes[at] &= 3;
            entries.Begin(bytes, 0, bytes.Length);
            for (var count = 0; entries.TryMoveNext(); count++)
            {
                Assert.True(count <= bytes.Length && entries.Key.Length <= bytes.Length, $"HELIOS_SEED={seed}");
                Assert.True(entries.Version.Row.Value <= Lsn.Max.Value && entries.Version.Lsn <= Lsn.Max, $"HELIOS_SEED={seed}");
            }
        }
    }

    private static IndexSnapshotHeader Header => new()
    {
        DatabaseId = Vault.Database,
        Lsn = new Lsn(1_000),
        FrameFirst = new Lsn(990),
        FrameEpoch = 3,
        FrameCrc = 0x1234_5678,
        IsEncrypted = false,
        Taken = 638_000_000_000_000_000,
    };

    private static void Write(MemoryFiles files, List<List<Entry>> trees, ValueCipher? cipher, IndexSnapshotHeader? header = null)
    {
        using var file = files.Create(Path);
        using var writer = new IndexSnapshotWriter(file, header ?? Header, cipher);
        for (var i = 0; i < trees.Count; i++)
        {
            writer.BeginTree(new TableId((uint)i / 2), (uint)i);
            foreach (var entry in trees[i])
                writer.Add(entry.Key, entry.Version);
        }

        writer.Finish();
    }

    private static void ReadAll(MemoryFiles files, ValueCipher? cipher)
    {
        using var reader = IndexSnapshotReader.Open(files, Path, Vault.Database, cipher);
        for (var i = 0; i < reader.Trees.Count; i++)
            Read(reader, i);
    }

    private static List<Entry> Read(IndexSnapshotReader reader, int tree)
    {
        return Read(reader.OpenTree(tree));
    }

    private static List<Entry> Read(IndexSnapshotCursor opened)
    {
        var entries = new List<Entry>();
        using var cursor = opened;
        while (cursor.MoveNext())
            entries.Add(new Entry(cursor.Key.ToArray(), cursor.Version));
        return entries;
    }

    /// <summary>Trees of several sizes, the first of all kinds of keys, an empty one and the longest key among them.</summary>
    private static List<List<Entry>> Trees(Random random, int round)
    {
        var trees = new List<List<Entry>>();
        for (var tree = 0; tree < round; tree++)
        {
            var keys = new SortedSet<byte[]>(Comparer<byte[]>.Create(static (x, y) => x.AsSpan().SequenceCompareTo(y)));
            var count = tree == 1 ? 0 : 1 << (2 * tree);
            for (var i = 0; i < Math.Min(count, 20_000); i++)
            {
                var key = new byte[random.Next(0, 20)];
                random.NextBytes(key);
                keys.Add(key);
            }

            if (tree == 4)
                keys.Add(new byte[ArtLeaf.MaxKeyLength]);
            trees.Add([.. keys.Select(key => new Entry(key, new KeyVersion(new RowId((ulong)random.NextInt64(1L << 48)), new Lsn((ulong)random.Next(1, 999)), false)))]);
        }

        return trees;
    }

    private sealed record Entry(byte[] Key, KeyVersion Version);

    private sealed class EntryComparer : IEqualityComparer<Entry>
    {
        public static readonly EntryComparer Instance = new();

        public bool Equals(Entry? x, Entry? y) => x!.Version == y!.Version && x.Key.AsSpan().SequenceEqual(y.Key);

        public int GetHashCode(Entry entry) => entry.Version.GetHashCode();
    }
}
