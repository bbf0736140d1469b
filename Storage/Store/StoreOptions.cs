namespace Helios.Pipeline.Storage;

/// <summary>How blocks of the store are compressed. Each block names its own method, so the choice may change at any opening.</summary>
internal enum StoreCompression
{
    None = 0,
    Lz4 = 4,
    Zstd = 7,
}

/// <summary>What an opener of the store may choose; everything else is decided in <see cref="StoreTuning"/>. Immutable.</summary>
internal sealed class StoreOptions
{
    /// <summary>Compression of new blocks.</summary>
    /// <value>The default, Lz4, decompresses at several GB/s, so that reads stay bound by the seek; Zstd saves about a third more space for several times the CPU time of compaction.</value>
    public StoreCompression Compression { get; init; } = StoreCompression.Lz4;

    /// <summary>Memory for blocks, indexes and filters of the store's files; memtables are charged to it.</summary>
    /// <value>8 MiB and up; the default is 256 MiB.</value>
    public long CacheBytes
    {
        get;
        init => field = value >= 8 << 20 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "CacheBytes is 8 MiB and up.");
    } = 256L << 20;

    /// <summary>Batch bytes after which the owner is to begin a flush; RocksDB itself never does.</summary>
    /// <value>64 KiB to 1 GiB; the default is 64 MiB: files big enough to compact cheaply, and a replay after a crash that takes about a second.</value>
    public long FlushBytes
    {
        get;
        init => field = value is >= 64 << 10 and <= 1 << 30 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "FlushBytes is 64 KiB to 1 GiB.");
    } = 64L << 20;

    /// <summary>Threads for flushes and compactions, shared by both.</summary>
    /// <value>2 to 64; the default is the number of cores, at least 2 and at most 8: one flush must never wait behind a compaction.</value>
    public int BackgroundJobs
    {
        get;
        init => field = value is >= 2 and <= 64 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "BackgroundJobs is 2 to 64.");
    } = Math.Clamp(Environment.ProcessorCount, 2, 8);

    /// <summary>Changes RocksDB's options of the database before they are used; null for none. Tests put the store into memory with it.</summary>
    public Action<nint>? Tune { get; init; }

    /// <summary>Changes RocksDB's options of each family before they are used; null for none. Tests draw the compaction with it.</summary>
    public Action<nint>? TuneFamilies { get; init; }
}
