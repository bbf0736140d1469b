using RocksDbSharp;

namespace Helios.Pipeline.Storage;

/// <summary>The one door to RocksDB: rows and everything else that is kept behind the log.</summary>
/// <remarks>
/// Readers: any thread, any number. <see cref="Write"/>, <see cref="BeginFlush"/>, <see cref="Flush"/> and the compactions: the
/// one thread that owns the store. RocksDB's own log is off and it never flushes by itself: what was not flushed is gone when
/// the store is closed, and comes back from the engine's log. All members throw <see cref="ObjectDisposedException"/> after
/// <see cref="Dispose"/>.
/// </remarks>
internal sealed partial class RocksStore : IDisposable
{
    private readonly StoreHandle _handle;
    private readonly StoreOptions _options;
    private readonly TimeProvider _time;
    private readonly DatabaseKeys? _keys;
    private long _unflushedBytes;
    private long _writeCalls;
    private long _batchBytes;

    private RocksStore(StoreHandle handle, StoreOptions options, TimeProvider time, DatabaseKeys? keys)
    {
        _keys = keys;
        _handle = handle;
        _options = options;
        _time = time;
    }

    public string Directory => _handle.Directory;

    /// <summary>Batch bytes written since the last flush was begun. Reaching <see cref="StoreOptions.FlushBytes"/> is the owner's sign to begin one.</summary>
    public long UnflushedBytes => Volatile.Read(ref _unflushedBytes);

    /// <summary>True where <see cref="UnflushedBytes"/> has reached the threshold.</summary>
    public bool FlushDue => UnflushedBytes >= _options.FlushBytes;

    /// <summary>How often a batch was handed to RocksDB: once per run.</summary>
    public long WriteCalls => Volatile.Read(ref _writeCalls);

    /// <summary>Opens the store in a directory of its own.</summary>
    /// <param name="directory">Where; made where it is not there and <paramref name="create"/> is true.</param>
    /// <param name="options">Memory, threads, compression.</param>
    /// <param name="create">False: a missing store is damage.</param>
    /// <param name="time">Clock for the age of iterators; the system's where null.</param>
    /// <param name="keys">What values are encrypted with; null in a database that is not encrypted. Disposed of by the caller, after the store.</param>
    /// <exception cref="HeliosException">"corrupt": missing or damaged; "busy": open elsewhere; "disk_full", "io_error", "store_failed".</exception>
    public static RocksStore Open(string directory, StoreOptions options, bool create, TimeProvider? time = null, DatabaseKeys? keys = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(options);

        // RocksDB itself would leave a directory and a log file behind before it says that there is nothing.
        if (!create && !File.Exists(Path.Combine(directory, "CURRENT")))
            throw StoreErrors.Missing(directory);
        if (create)
            System.IO.Directory.CreateDirectory(directory);
        return new RocksStore(StoreHandle.Open(directory, options, create), options, time ?? TimeProvider.System, keys);
    }

    /// <summary>A batch for this store; the caller disposes of it.</summary>
    public StoreBatch NewBatch() => new(keys: _keys);

    /// <summary>Takes the place of fingerprints in keys; null in a database that is not encrypted.</summary>
    public KeyedHash? Hash => _keys?.IndexHash;

    /// <summary>Applies a batch in one native call, all of it or nothing. The batch stays the caller's.</summary>
    /// <exception cref="HeliosException">Nothing of the batch was applied. After an error of the disk every later write fails too, until the store is opened again.</exception>
    public unsafe void Write(StoreBatch batch)
    {
        if (batch.Keys != _keys) // a batch of plain values would stand readable in the files, and be damage to every reader
            throw new ArgumentException("The batch was made for another store.", nameof(batch));
        _handle.Enter();
        try
        {
            if (batch.Count == 0)
                return;
            var representation = batch.Representation;
            Volatile.Write(ref _batchBytes, batch.Capacity);
            nint error = 0;
            fixed (byte* bytes = representation)
            {
                var native = Native.Instance.rocksdb_writebatch_create_from(bytes, (nuint)representation.Length);
                Native.Instance.rocksdb_write(_handle.Database, _handle.WriteOptions, native, out error);
                Native.Instance.rocksdb_writebatch_destroy(native);
            }

            StoreErrors.Check(error, Directory, "write to");
            Interlocked.Increment(ref _writeCalls);
            Interlocked.Add(ref _unflushedBytes, representation.Length);
        }
        finally
        {
            _handle.Exit();
        }
    }

    /// <summary>Begins to make all that was written durable, both families at once, and returns; waits only where a write would stall otherwise.</summary>
    /// <remarks>The caller has synced the log up to the applied LSN before. Whether it is done: <see cref="FlushPending"/>; how far: <see cref="FlushedLsn"/>.</remarks>
    public void BeginFlush() => Flush(_handle.BeginFlushOptions);

    /// <summary>Makes all that was written durable, and waits for it.</summary>
    /// <remarks>The caller has synced the log up to the applied LSN before.</remarks>
    public void Flush() => Flush(_handle.FlushOptions);

    /// <summary>True while a flush that was begun has not reached the manifest. Stays true where it failed: the next write says why.</summary>
    public bool FlushPending
    {
        get
        {
            // RocksDB takes a memtable off this count only when the manifest names its file: not a moment before it is durable.
            const string waiting = "rocksdb.num-immutable-mem-table";
            return Number(_handle.Rows, waiting) + Number(_handle.Meta, waiting) > 0;
        }
    }

    /// <summary>The LSN up to which commits are in the store's files: the log before it is not needed for recovery.</summary>
    /// <returns><see cref="Lsn.Zero"/> where nothing was flushed yet.</returns>
    public Lsn FlushedLsn() => ReadApplied(_handle.PersistedReadOptions)?.Lsn ?? Lsn.Zero;

    /// <summary>How far the store is, flushed or not; null where nothing was applied yet.</summary>
    public AppliedState? Applied() => ReadApplied(_handle.ReadOptions);

    /// <summary>Drops the native iterators of readers that have not moved for a second. Any thread; each flush does it too.</summary>
    public void ReleaseIdleCursors()
    {
        foreach (var iterator in _handle.Iterators())
            iterator.DropIfStale();
    }

    /// <summary>Closes the store. What was not flushed is lost here and comes back from the log. Waits for calls that are running.</summary>
    public void Dispose() => _handle.Dispose();

    private void Flush(nint flushOptions)
    {
        _handle.Enter();
        try
        {
            ReleaseIdleCursors();
            var begun = UnflushedBytes;
            Native.Instance.rocksdb_flush_cfs(_handle.Database, flushOptions, [_handle.Meta, _handle.Rows], 2, out var error);
            StoreErrors.Check(error, Directory, "flush");
            Interlocked.Add(ref _unflushedBytes, -begun);
        }
        finally
        {
            _handle.Exit();
        }
    }

    private AppliedState? ReadApplied(nint readOptions)
    {
        Span<byte> value = stackalloc byte[ValueCipher.StoredLength(AppliedState.Size)];
        var length = Read(readOptions, _handle.Meta, KeySpace.AppliedKey, value);
        if (length < 0)
            return null;
        if (_keys is not null)
            return ReadEncryptedApplied(_keys.Meta, value[..Math.Min(length, value.Length)]);
        return AppliedState.Read(length <= value.Length ? value[..length] : throw StoreErrors.Corrupt($"The applied state of the store in {Directory} has {length} bytes."));
    }

    private static AppliedState ReadEncryptedApplied(ValueCipher cipher, ReadOnlySpan<byte> stored)
    {
        using var value = new ByteBuffer(stored.Length);
        value.Append(stored);
        StoredMeta.Decrypt(cipher, KeySpace.AppliedKey, value, 0);
        return AppliedState.Read(value.Written);
    }

    private unsafe long Number(nint family, string property)
    {
        _handle.Enter();
        try
        {
            ulong value = 0;
            if (Native.Instance.rocksdb_property_int_cf(_handle.Database, family, property, (nint)(&value)) != 0)
                throw new HeliosException(HeliosErrorKind.Internal, "internal", $"The store in {Directory} knows no {property}.");
            return (long)value;
        }
        finally
        {
            _handle.Exit();
        }
    }
}
