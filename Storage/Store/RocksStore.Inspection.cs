namespace Helios.Pipeline.Storage;

internal sealed partial class RocksStore
{
    /// <summary>Memory that blocks, indexes, filters and memtables take of <see cref="StoreOptions.CacheBytes"/> now.</summary>
    public long CacheBytes => Number(_handle.Rows, "rocksdb.block-cache-usage");

    /// <summary>Bytes of the files that RocksDB takes for live: without what newer versions of a key or a deletion have made useless, about.</summary>
    public long LiveDataBytes => Number(_handle.Rows, "rocksdb.estimate-live-data-size") + Number(_handle.Meta, "rocksdb.estimate-live-data-size");

    /// <summary>Memory kept for open files beside the cache.</summary>
    public long TableReaderBytes => Number(_handle.Rows, "rocksdb.estimate-table-readers-mem") + Number(_handle.Meta, "rocksdb.estimate-table-readers-mem");

    /// <summary>Memory of the batch that was written last: its owner keeps it for the next one.</summary>
    public long BatchBytes => Volatile.Read(ref _batchBytes);

    /// <summary>Opens a cursor over all versions of all rows, leaving the cache to others. The caller disposes it.</summary>
    public VersionCursor OpenVersions() => new(_handle, ScanReadahead, _time, _keys?.Rows);
}
