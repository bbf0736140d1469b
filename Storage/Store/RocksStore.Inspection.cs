namespace Helios.Pipeline.Storage;

internal sealed partial class RocksStore
{
    /// <summary>Memory that blocks, indexes, filters and memtables take of <see cref="StoreOptions.CacheBytes"/> now.</summary>
    public long CacheBytes => Number(_handle.Rows, "rocksdb.block-cache-usage");

    /// <summary>Opens a cursor over all versions of all rows, leaving the cache to others. The caller disposes it.</summary>
    public VersionCursor OpenVersions() => new(_handle, ScanReadahead, _time, _keys?.Rows);
}
