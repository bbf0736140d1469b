using System.Runtime.InteropServices;
using RocksDbSharp;

namespace Helios.Pipeline.Storage;

internal sealed partial class RocksStore
{
    private long _forgottenErrors;

    /// <summary>Bytes of the files that are part of the store now; what compaction has replaced does not count.</summary>
    public long LiveBytes => Number(_handle.Rows, "rocksdb.live-sst-files-size") + Number(_handle.Meta, "rocksdb.live-sst-files-size");

    /// <summary>Memory of memtables, charged to the cache.</summary>
    public long MemtableBytes => Number(_handle.Rows, "rocksdb.size-all-mem-tables") + Number(_handle.Meta, "rocksdb.size-all-mem-tables");

    /// <summary>Flushes and compactions that failed since opening, or since they were forgotten. More than 0: the store takes no more writes, unless RocksDB has found room since.</summary>
    public long BackgroundErrors => AllBackgroundErrors - Volatile.Read(ref _forgottenErrors);

    private long AllBackgroundErrors => Number(_handle.Meta, "rocksdb.background-errors");

    /// <summary>A flush has succeeded since: what failed before counts no more.</summary>
    public void ForgetBackgroundErrors() => Volatile.Write(ref _forgottenErrors, AllBackgroundErrors);

    /// <summary>What everyone says who notices <see cref="BackgroundErrors"/>.</summary>
    /// <param name="hasLog">Does what was acknowledged come back from a log?</param>
    public HeliosException Failed(bool hasLog) => new(HeliosErrorKind.Unavailable, "store_failed",
        $"{Directory}: RocksDB could not write its files. {(hasLog ? "What was acknowledged is in the log; mend the disk, then resume, or open the database again." : "What it has flushed before holds; mend the disk and open the database again.")}");

    /// <summary>Levels, files and compactions in RocksDB's own words: for people, not for programs.</summary>
    public string Statistics
    {
        get
        {
            _handle.Enter();
            try
            {
                var text = Native.Instance.rocksdb_property_value_cf(_handle.Database, _handle.Rows, "rocksdb.stats");
                var statistics = Marshal.PtrToStringUTF8(text) ?? "";
                Native.Instance.rocksdb_free(text);
                return statistics;
            }
            finally
            {
                _handle.Exit();
            }
        }
    }

    /// <summary>About how many bytes the rows of a partition take, in files and in memory.</summary>
    public long ApproximateBytes(uint partition)
    {
        Span<byte> start = stackalloc byte[KeySpace.RowPrefixSize];
        Span<byte> end = stackalloc byte[KeySpace.RowKeySize + 1];
        var startLength = KeyWriter.RowPrefix(start, partition, default);
        var endLength = KeyWriter.RowsEnd(end, partition);
        return ApproximateBytes(_handle.Rows, start[..startLength], end[..endLength]);
    }

    private unsafe long ApproximateBytes(nint family, ReadOnlySpan<byte> start, ReadOnlySpan<byte> end)
    {
        var (startLength, endLength) = ((nuint)start.Length, (nuint)end.Length);
        const byte memtablesAndFiles = 3;
        _handle.Enter();
        try
        {
            ulong bytes = 0;
            nint error = 0;
            fixed (byte* first = start)
            fixed (byte* last = end)
            {
                var (from, to) = ((nint)first, (nint)last);
                Native.Instance.rocksdb_approximate_sizes_cf_with_flags(
                    _handle.Database, family, 1, (nint)(&from), (nint)(&startLength), (nint)(&to), (nint)(&endLength), memtablesAndFiles, (nint)(&bytes), out error);
            }

            StoreErrors.Check(error, Directory, "measure");
            return (long)bytes;
        }
        finally
        {
            _handle.Exit();
        }
    }

    /// <summary>Reads every byte of every file and compares it with the checksums kept for the file and for each block.</summary>
    /// <remarks>Takes as long as reading the store twice, the second time mostly from the system's cache. Any thread; reads and writes go on.</remarks>
    /// <exception cref="HeliosException">"corrupt": the message names the damaged file. Everything else in the store may still be sound.</exception>
    public void Verify()
    {
        _handle.Enter();
        try
        {
            nint error = 0;
            Native.Instance.rocksdb_verify_file_checksums(_handle.Database, out error);
            StoreErrors.Check(error, Directory, "verify");
            Native.Instance.rocksdb_verify_checksum(_handle.Database, out error);
            StoreErrors.Check(error, Directory, "verify");
        }
        finally
        {
            _handle.Exit();
        }
    }

    /// <summary>Rewrites the whole store: afterwards no file holds what was deleted or replaced.</summary>
    /// <remarks>Flushes first, so the caller has synced the log up to the applied LSN.</remarks>
    public void Compact()
    {
        Flush();
        CompactRange(_handle.Rows, default, default);
        CompactRange(_handle.Meta, default, default);
    }

    /// <summary>Rewrites the rows of one partition.</summary>
    /// <remarks>Flushes first, so the caller has synced the log up to the applied LSN.</remarks>
    public void CompactPartition(uint partition)
    {
        Span<byte> start = stackalloc byte[KeySpace.RowPrefixSize];
        Span<byte> end = stackalloc byte[KeySpace.RowKeySize + 1];
        var startLength = KeyWriter.RowPrefix(start, partition, default);
        var endLength = KeyWriter.RowsEnd(end, partition);
        Flush();
        CompactRange(_handle.Rows, start[..startLength], end[..endLength]);
    }

    // An empty bound means none: the native side takes a null pointer for that, and fixed makes one of an empty span.
    private unsafe void CompactRange(nint family, ReadOnlySpan<byte> from, ReadOnlySpan<byte> before)
    {
        _handle.Enter();
        try
        {
            fixed (byte* start = from)
            fixed (byte* end = before)
                Native.Instance.rocksdb_compact_range_cf(_handle.Database, family, start, (nuint)from.Length, end, (nuint)before.Length);
        }
        finally
        {
            _handle.Exit();
        }
    }
}
