using RocksDbSharp;

namespace Helios.Pipeline.Load;

/// <summary>RocksDB as a rival: its defaults, with the memory, blocks and compression that Helios gives its own store.</summary>
internal static class RocksSettings
{
    private const ulong MemtableBytes = 64 << 20;
    private const ulong CacheBytes = 256 << 20;
    private const ulong BlockBytes = 16 << 10;
    private const int FilterBits = 10;

    public static DbOptions Options()
    {
        var options = new DbOptions()
            .SetCreateIfMissing(true)
            .SetCompression(Compression.Lz4)
            .SetWriteBufferSize(MemtableBytes)
            .SetMaxWriteBufferNumber(4)
            .SetBlockBasedTableFactory(new BlockBasedTableOptions()
                .SetBlockSize(BlockBytes)
                .SetBlockCache(Cache.CreateLru(CacheBytes))
                .SetFilterPolicy(BloomFilterPolicy.Create(FilterBits, false)));
        Native.Instance.rocksdb_options_set_max_background_jobs(options.Handle, Math.Clamp(Environment.ProcessorCount, 2, 8));
        return options;
    }

    public static RocksDb Open(string directory) => RocksDb.Open(Options(), directory);

    public static void FlushAndClose(RocksDb database)
    {
        using (database)
            database.Flush(new FlushOptions().SetWaitForFlush(true));
    }

    public static long Count(string directory)
    {
        using var database = Open(directory);
        return Count(database, null);
    }

    public static long Count(RocksDb database, ColumnFamilyHandle? family)
    {
        var count = 0L;
        using var iterator = database.NewIterator(family);
        for (iterator.SeekToFirst(); iterator.Valid(); iterator.Next())
            count++;
        return count;
    }
}
