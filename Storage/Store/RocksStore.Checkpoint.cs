using RocksDbSharp;

namespace Helios.Pipeline.Storage;

internal sealed partial class RocksStore
{
    /// <summary>Makes a second directory of the store's files as they are now, by hard links where the file system has them.</summary>
    /// <param name="directory">Must not be there; its parent must. On the same file system it takes no time and no space.</param>
    /// <returns>How far the store is in there, read back from it; null where nothing was ever flushed.</returns>
    /// <remarks>
    /// Any thread; reads and writes go on. Nothing is flushed by it: what is only in memory is not in there. So it can hold no commit that the log has not
    /// made durable. The directory is the caller's to delete.
    /// </remarks>
    /// <exception cref="HeliosException">"disk_full", "io_error", "store_failed"; the store itself is not affected.</exception>
    public AppliedState? Checkpoint(string directory)
    {
        CreateCheckpoint(directory);

        return ReadApplied(directory, _options, _time, _keys);
    }

    /// <summary>How far the store in a directory is, its files left as they are; null where nothing was ever flushed.</summary>
    /// <exception cref="HeliosException">As <see cref="Open"/>.</exception>
    public static AppliedState? ReadApplied(string directory, StoreOptions options, TimeProvider time, DatabaseKeys? keys)
    {
        // Only reading: an ordinary open would write a manifest and might compact, and the files would not be the store's any more.
        var little = new StoreOptions { CacheBytes = 8 << 20, Tune = options.Tune };
        using var store = new RocksStore(StoreHandle.Open(directory, little, create: false, readOnly: true), little, time, keys);
        return store.Applied();
    }

    private void CreateCheckpoint(string directory)
    {
        // With any other number RocksDB would flush by itself, ahead of the log.
        const ulong neverFlush = ulong.MaxValue;
        _handle.Enter();
        try
        {
            var native = Native.Instance;
            nint error = 0;
            var checkpoint = native.rocksdb_checkpoint_object_create(_handle.Database, out error);
            StoreErrors.Check(error, Directory, "make a checkpoint of");
            native.rocksdb_checkpoint_create(checkpoint, directory, neverFlush, out error);
            native.rocksdb_checkpoint_object_destroy(checkpoint);
            StoreErrors.Check(error, Directory, "make a checkpoint of");
        }
        finally
        {
            _handle.Exit();
        }
    }
}
