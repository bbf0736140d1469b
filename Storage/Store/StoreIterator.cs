using System.Runtime.InteropServices;
using RocksDbSharp;

namespace Helios.Pipeline.Storage;

/// <summary>
/// A native iterator over one family, bounded above, that may be dropped between any two steps: an open one pins memtables and
/// files that a flush or compaction would otherwise free, so it is never kept for long.
/// </summary>
/// <remarks>
/// All members but the constructor and <see cref="Dispose"/> are called under <see cref="Gate"/>; the store takes it too when it
/// drops iterators. Spans are valid under the gate until the next call. Whoever drops it seeks again before reading on.
/// </remarks>
internal sealed unsafe class StoreIterator : IDisposable
{
    /// <summary>Steps after which an iterator is replaced: half a second of reading at worst, and the new seek costs nothing against them.</summary>
    public const int MaxSteps = 65_536;

    /// <summary>Age after which it is replaced or, when idle, dropped.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly StoreHandle _handle;
    private readonly TimeProvider _time;
    private readonly nint _family;
    private nint _readOptions;
    private void* _bound; // the options point at it as long as they live
    private nint _iterator;
    private long _openedAt;
    private int _steps;
    private bool _disposed;

    /// <param name="handle">The store.</param>
    /// <param name="family">The family to read.</param>
    /// <param name="before">The first key that is not read any more; empty = to the end.</param>
    /// <param name="readahead">Bytes to read ahead in files; such a scan leaves the cache to others. 0 = as RocksDB sees fit.</param>
    /// <param name="time">Clock for <see cref="MaxAge"/>.</param>
    public StoreIterator(StoreHandle handle, nint family, ReadOnlySpan<byte> before, int readahead, TimeProvider time)
    {
        _handle = handle;
        _family = family;
        _time = time;
        var native = Native.Instance;
        _readOptions = native.rocksdb_readoptions_create();

        // Rows have a prefix extractor; without this a scan over many rows would see those of the first prefix only.
        native.rocksdb_readoptions_set_total_order_seek(_readOptions, 1);
        if (readahead > 0)
        {
            native.rocksdb_readoptions_set_readahead_size(_readOptions, (nuint)readahead);
            native.rocksdb_readoptions_set_fill_cache(_readOptions, 0);

            // Else RocksDB looks for each block in the cache, twice, to read no more than it must: a tenth of the time of a scan that the cache has little of.
            native.rocksdb_readoptions_set_auto_readahead_size(_readOptions, 0);
        }

        if (!before.IsEmpty)
        {
            _bound = NativeMemory.Alloc((nuint)before.Length);
            before.CopyTo(new Span<byte>(_bound, before.Length));
            native.rocksdb_readoptions_set_iterate_upper_bound(_readOptions, (nint)_bound, (nuint)before.Length);
        }

        try
        {
            handle.Register(this);
        }
        catch
        {
            Free();
            throw;
        }
    }

    /// <summary>Held for every step.</summary>
    public Lock Gate { get; } = new();

    public bool IsOpen => _iterator != 0;

    /// <summary>True where the native iterator has lived long enough.</summary>
    public bool IsStale => _steps >= MaxSteps || _time.GetElapsedTime(_openedAt) >= MaxAge;

    public ReadOnlySpan<byte> Key => IteratorCalls.Key(_iterator);

    public ReadOnlySpan<byte> Value => IteratorCalls.Value(_iterator);

    /// <summary>Goes to the first key at or after <paramref name="key"/>; false at the end.</summary>
    /// <exception cref="ObjectDisposedException">The iterator or its store is disposed.</exception>
    /// <exception cref="HeliosException">The files are damaged or cannot be read.</exception>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        ThrowIfDisposed();
        if (_iterator == 0)
        {
            _iterator = Native.Instance.rocksdb_create_iterator_cf(_handle.Database, _readOptions, _family);
            _openedAt = _time.GetTimestamp();
            _steps = 0;
        }

        fixed (byte* at = key)
            Native.Instance.rocksdb_iter_seek(_iterator, at, (nuint)key.Length);
        return CheckValid();
    }

    /// <summary>Goes to the next key; false at the end. The iterator is open and has not ended.</summary>
    public bool Next()
    {
        IteratorCalls.Next(_iterator);
        return CheckValid();
    }

    /// <exception cref="ObjectDisposedException">The iterator or its store is disposed.</exception>
    public void ThrowIfDisposed()
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(StoreCursor));
        _handle.ThrowIfDisposed();
    }

    /// <summary>Frees the native iterator; takes the gate itself where the caller does not hold it.</summary>
    public void Drop()
    {
        lock (Gate)
        {
            if (_iterator != 0)
                Native.Instance.rocksdb_iter_destroy(_iterator);
            _iterator = 0;
        }
    }

    /// <summary>Drops it where nobody has used it for long: a reader that stopped pins nothing.</summary>
    public void DropIfStale()
    {
        lock (Gate)
        {
            if (_iterator != 0 && IsStale)
                Drop();
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            Drop();
            Free();
        }

        _handle.Unregister(this);
    }

    private bool CheckValid()
    {
        _steps++;
        if (IteratorCalls.IsValid(_iterator))
            return true;
        nint error = 0;
        Native.Instance.rocksdb_iter_get_error(_iterator, out error);
        StoreErrors.Check(error, _handle.Directory, "read");
        return false;
    }

    private void Free()
    {
        Native.Instance.rocksdb_readoptions_destroy(_readOptions);
        NativeMemory.Free(_bound);
        _readOptions = 0;
        _bound = null;
    }
}
