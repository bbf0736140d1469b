using RocksDbSharp;

namespace Helios.Pipeline.Storage;

/// <summary>The native objects behind an open store, and who is using them: none is freed under a running call.</summary>
/// <remarks>
/// Thread-safe. A call into RocksDB stands between <see cref="Enter"/> and <see cref="Exit"/>, or under the gate of a registered
/// iterator; <see cref="Dispose"/> lets no new one begin, waits for those running, and then frees everything in order.
/// </remarks>
internal sealed class StoreHandle : IDisposable
{
    private readonly HashSet<StoreIterator> _iterators = [];
    private readonly Lock _iteratorsLock = new();
    private int _calls;
    private int _disposed;

    private StoreHandle(string directory) => Directory = directory;

    public string Directory { get; }

    public nint Database { get; private set; }

    public nint Meta { get; private set; }

    public nint Rows { get; private set; }

    public nint WriteOptions { get; private set; }

    public nint ReadOptions { get; private set; }

    /// <summary>Reads what has reached the files and nothing else.</summary>
    public nint PersistedReadOptions { get; private set; }

    /// <summary>Reads the versions of one row by a seek: the filter over row prefixes may answer.</summary>
    public nint RowReadOptions { get; private set; }

    public nint BeginFlushOptions { get; private set; }

    public nint FlushOptions { get; private set; }

    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    private nint Cache { get; set; }

    private nint Memory { get; set; }

    private nint DatabaseOptions { get; set; }

    private nint MetaOptions { get; set; }

    private nint RowsOptions { get; set; }

    /// <exception cref="HeliosException">The store cannot be opened.</exception>
    public static StoreHandle Open(string directory, StoreOptions options, bool create, bool readOnly = false)
    {
        var handle = new StoreHandle(directory);
        try
        {
            handle.OpenNative(options, create, readOnly);
            if (!readOnly)
                StoreLeftovers.Remove(directory);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Begins a call. Whoever called it calls <see cref="Exit"/> whatever happens.</summary>
    /// <exception cref="ObjectDisposedException">The store is closed; no <see cref="Exit"/> then.</exception>
    public void Enter()
    {
        Interlocked.Increment(ref _calls);
        if (!IsDisposed)
            return;
        Exit();
        ThrowIfDisposed();
    }

    public void Exit() => Interlocked.Decrement(ref _calls);

    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(IsDisposed, typeof(RocksStore));

    /// <summary>Makes the store drop the iterator before it closes.</summary>
    public void Register(StoreIterator iterator)
    {
        lock (_iteratorsLock)
        {
            ThrowIfDisposed();
            _iterators.Add(iterator);
        }
    }

    public void Unregister(StoreIterator iterator)
    {
        lock (_iteratorsLock)
            _iterators.Remove(iterator);
    }

    public StoreIterator[] Iterators()
    {
        lock (_iteratorsLock)
            return [.. _iterators];
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        // Calls are short, a flush at worst; nothing can begin any more.
        var wait = default(SpinWait);
        while (Volatile.Read(ref _calls) != 0)
            wait.SpinOnce();

        foreach (var iterator in Iterators())
            iterator.Drop();
        Free();
    }

    private void OpenNative(StoreOptions options, bool create, bool readOnly)
    {
        var native = Native.Instance;
        Cache = native.rocksdb_cache_create_lru((nuint)options.CacheBytes);
        Memory = StoreTuning.Memory(Cache);
        DatabaseOptions = StoreTuning.Database(options, create, Memory);
        options.Tune?.Invoke(DatabaseOptions);
        MetaOptions = StoreTuning.Family(options, rows: false, Cache);
        RowsOptions = StoreTuning.Family(options, rows: true, Cache);
        options.TuneFamilies?.Invoke(MetaOptions);
        options.TuneFamilies?.Invoke(RowsOptions);

        var families = new nint[2];
        nint error = 0;
        Database = readOnly
            ? native.rocksdb_open_for_read_only_column_families(DatabaseOptions, Directory, 2, ["default", KeySpace.RowsFamily], [MetaOptions, RowsOptions], families, 0, out error)
            : native.rocksdb_open_column_families(DatabaseOptions, Directory, 2, ["default", KeySpace.RowsFamily], [MetaOptions, RowsOptions], families, out error);
        StoreErrors.Check(error, Directory, "open");
        (Meta, Rows) = (families[0], families[1]);

        // Batches carry the number of the family as a constant.
        if (native.rocksdb_column_family_handle_get_id(Rows) != KeySpace.RowsFamilyId)
            throw StoreErrors.Corrupt($"The store in {Directory} was not made by this engine: its families have other numbers.");

        WriteOptions = StoreTuning.Writes();
        ReadOptions = native.rocksdb_readoptions_create();
        PersistedReadOptions = native.rocksdb_readoptions_create();
        native.rocksdb_readoptions_set_read_tier(PersistedReadOptions, 2);
        RowReadOptions = native.rocksdb_readoptions_create();
        native.rocksdb_readoptions_set_prefix_same_as_start(RowReadOptions, 1);
        BeginFlushOptions = StoreTuning.Flushes(wait: false);
        FlushOptions = StoreTuning.Flushes(wait: true);
    }

    // Families before their database; options before the cache and the memory account that they share.
    private void Free()
    {
        var native = Native.Instance;
        if (Meta != 0)
            native.rocksdb_column_family_handle_destroy(Meta);
        if (Rows != 0)
            native.rocksdb_column_family_handle_destroy(Rows);
        if (Database != 0)
            native.rocksdb_close(Database);
        if (FlushOptions != 0)
            native.rocksdb_flushoptions_destroy(FlushOptions);
        if (BeginFlushOptions != 0)
            native.rocksdb_flushoptions_destroy(BeginFlushOptions);
        foreach (var reads in (ReadOnlySpan<nint>)[ReadOptions, PersistedReadOptions, RowReadOptions])
        {
            if (reads != 0)
                native.rocksdb_readoptions_destroy(reads);
        }

        if (WriteOptions != 0)
            native.rocksdb_writeoptions_destroy(WriteOptions);
        foreach (var settings in (ReadOnlySpan<nint>)[RowsOptions, MetaOptions, DatabaseOptions])
        {
            if (settings != 0)
                native.rocksdb_options_destroy(settings);
        }

        if (Memory != 0)
            native.rocksdb_write_buffer_manager_destroy(Memory);
        if (Cache != 0)
            native.rocksdb_cache_destroy(Cache);
    }
}
