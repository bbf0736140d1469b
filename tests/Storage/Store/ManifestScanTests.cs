using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>Where a manifest of RocksDB stops being whole.</summary>
public sealed class ManifestScanTests
{
    private static readonly byte[][] s_records = [.. new[] { 20, 0, 40_000, 3, ManifestScan.BlockSize - ManifestScan.HeaderSize, 70_000, 100 }.Select(static (length, i) => Enumerable.Range(0, length).Select(n => (byte)(n * 7 + i)).ToArray())];

    [Fact]
    public void A_manifest_that_rocksdb_wrote_is_whole_to_its_end()
    {
        using var directory = new StoreDirectory();
        using (var store = directory.Create())
        {
            for (var i = 0; i < 5; i++)
            {
                using var batch = store.NewBatch();
                batch.PutMeta([(byte)i, 1], new byte[100]);
                store.Write(batch);
                store.Flush();
            }
        }

        var manifest = Assert.Single(Directory.GetFiles(directory.Path, "MANIFEST-*"));
        Assert.Equal(new FileInfo(manifest).Length, EndOfWhole(File.ReadAllBytes(manifest)));
        Assert.InRange(ManifestFormat.Read(File.ReadAllBytes(manifest)).Count, 6, 1_000);
    }

    [Fact]
    public void Records_of_every_length_are_whole_across_blocks()
    {
        var bytes = ManifestFormat.Write(s_records);
        Assert.Equal(bytes.Length, EndOfWhole(bytes));
        Assert.Equal(s_records, ManifestFormat.Read(bytes).Select(static record => record.Payload));
    }

    [Fact]
    public void A_flipped_bit_ends_what_is_whole_before_its_record()
    {
        var bytes = ManifestFormat.Write(s_records);
        var starts = ManifestFormat.Read(bytes).Select(static record => record.Start).ToArray();
        for (var at = 0; at < bytes.Length; at += at < 300 ? 1 : 97)
        {
            bytes[at] ^= 0x20;
            Assert.Equal(starts.Last(start => start <= at), EndOfWhole(bytes));
            bytes[at] ^= 0x20;
        }
    }

    [Fact]
    public void What_a_block_leaves_unused_belongs_to_nothing()
    {
        var bytes = ManifestFormat.Write([new byte[ManifestScan.BlockSize - ManifestScan.HeaderSize - 3], new byte[10]]);
        Assert.Equal(bytes.Length, EndOfWhole(bytes));
        bytes[ManifestScan.BlockSize - 2] = 1;
        Assert.Equal(bytes.Length, EndOfWhole(bytes));
        bytes[^1] ^= 1;
        Assert.Equal(ManifestScan.BlockSize, EndOfWhole(bytes));
    }

    [Fact]
    public void Zeros_end_what_is_whole_though_intact_records_follow()
    {
        var bytes = ManifestFormat.Write(Enumerable.Repeat(Enumerable.Repeat((byte)1, 200).ToArray(), 4));
        bytes.AsSpan(250, 100).Clear();
        Assert.Equal(207, EndOfWhole(bytes));
    }

    [Fact]
    public void A_cut_at_any_byte_leaves_the_records_before_it()
    {
        var bytes = ManifestFormat.Write([new byte[10], new byte[33_000], new byte[5]]);
        var ends = new[] { 0, 17, ManifestFormat.Read(bytes)[2].Start, bytes.Length };
        for (var length = 0; length < bytes.Length; length += length < 60 || length > 32_700 ? 1 : 50)
            Assert.Equal(ends.Last(end => end <= length), EndOfWhole(bytes[..length]));
    }

    [Fact]
    public void A_piece_of_another_kind_leaves_everything_open()
    {
        var bytes = ManifestFormat.Write([new byte[10], new byte[10]]);
        bytes[17 + 6] = 9;
        ManifestFormat.Repair(bytes);
        Assert.Null(EndOfWhole(bytes));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void A_piece_that_continues_nothing_is_not_whole(byte type)
    {
        var bytes = ManifestFormat.Write([new byte[10], new byte[10]]);
        bytes[17 + 6] = type;
        ManifestFormat.Repair(bytes);
        Assert.Equal(17, EndOfWhole(bytes));
    }

    private static long? EndOfWhole(byte[] bytes)
    {
        var files = new MemoryFiles();
        using var file = files.Create("manifest");
        file.Write(bytes, 0);
        return ManifestScan.EndOfWhole(file);
    }
}
