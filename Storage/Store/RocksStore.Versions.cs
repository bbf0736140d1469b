using RocksDbSharp;

namespace Helios.Pipeline.Storage;

/// <content>What the collection of versions needs.</content>
internal sealed partial class RocksStore
{
    /// <summary>How far dead versions have been removed, flushed or not; null where none ever were.</summary>
    public CollectedState? Collected() => ReadCollected(_handle.ReadOptions);

    /// <summary>The same as it stands in the files: what a kill would leave.</summary>
    public CollectedState? FlushedCollected() => ReadCollected(_handle.PersistedReadOptions);

    /// <summary>Opens a cursor over all versions from a row on, leaving the cache to others. The caller disposes it.</summary>
    /// <param name="partition">Where it begins.</param>
    /// <param name="from">The row that it begins with.</param>
    /// <param name="isAlone">Is the partition the only one that is read?</param>
    public VersionCursor OpenVersions(uint partition, RowId from, bool isAlone)
    {
        Span<byte> end = stackalloc byte[KeySpace.RowKeySize + 1];
        Span<byte> start = stackalloc byte[KeySpace.RowPrefixSize];
        var length = isAlone ? KeyWriter.RowsEnd(end, partition) : 0;
        return new VersionCursor(_handle, ScanReadahead, _time, _keys?.Rows, start[..KeyWriter.RowPrefix(start, partition, from)], end[..length]);
    }

    /// <summary>Opens a cursor over all versions behind a key, leaving the cache to others. The caller disposes it.</summary>
    public VersionCursor OpenVersions(ReadOnlySpan<byte> behind) => new(_handle, ScanReadahead, _time, _keys?.Rows, behind);

    /// <summary>About how many bytes the keys of the default family take that begin with <paramref name="prefix"/>, in files and in memory.</summary>
    public long ApproximateMetaBytes(ReadOnlySpan<byte> prefix) => ApproximateBytes(_handle.Meta, prefix, After(prefix));

    /// <summary>Rewrites the files that hold rows of one partition, and no others: what was removed takes no room afterwards.</summary>
    /// <remarks>
    /// Any thread; blocks for as long as it takes. RocksDB flushes where rows of the partition are in memory: meanwhile nothing may be applied that the log has not
    /// made durable (see <see cref="Flush()"/>).
    /// </remarks>
    /// <exception cref="HeliosException">"store_failed": RocksDB could not write.</exception>
    public void RewritePartition(uint partition, bool hasLog)
    {
        Span<byte> start = stackalloc byte[KeySpace.RowPrefixSize];
        Span<byte> end = stackalloc byte[KeySpace.RowKeySize + 1];
        var startLength = KeyWriter.RowPrefix(start, partition, default);
        var endLength = KeyWriter.RowsEnd(end, partition);
        Rewrite(_handle.Rows, start[..startLength], end[..endLength], hasLog);
    }

    /// <summary>Rewrites the files of the default family that hold keys that begin with <paramref name="prefix"/>.</summary>
    /// <remarks>As <see cref="RewritePartition"/>.</remarks>
    public void RewriteMeta(ReadOnlySpan<byte> prefix, bool hasLog) => Rewrite(_handle.Meta, prefix, After(prefix), hasLog);

    private CollectedState? ReadCollected(nint readOptions)
    {
        using var value = new ByteBuffer(ValueCipher.StoredLength(CollectedState.Size));
        var space = value.GetSpan(ValueCipher.StoredLength(CollectedState.Size));
        var length = Read(readOptions, _handle.Meta, KeySpace.CollectedKey, space);
        if (length < 0)
            return null;
        if (length > space.Length)
            throw StoreErrors.Corrupt($"The note of removed versions of the store in {Directory} has {length} bytes.");
        value.Advance(length);
        if (_keys is not null)
            StoredMeta.Decrypt(_keys.Meta, KeySpace.CollectedKey, value, 0);
        return CollectedState.Read(value.Written);
    }

    private unsafe void Rewrite(nint family, ReadOnlySpan<byte> from, ReadOnlySpan<byte> before, bool hasLog)
    {
        const byte forceOptimized = 3; // also the files of the last level, but none twice
        var failures = BackgroundErrors;
        _handle.Enter();
        var options = Native.Instance.rocksdb_compactoptions_create();
        try
        {
            Native.Instance.rocksdb_compactoptions_set_bottommost_level_compaction(options, forceOptimized);
            Native.Instance.rocksdb_compactoptions_set_exclusive_manual_compaction(options, 0); // those of its own go on
            fixed (byte* start = from)
            fixed (byte* end = before)
                Native.Instance.rocksdb_compact_range_cf_opt(_handle.Database, family, options, start, (nuint)from.Length, end, (nuint)before.Length);
        }
        finally
        {
            Native.Instance.rocksdb_compactoptions_destroy(options);
            _handle.Exit();
        }

        if (BackgroundErrors > failures) // the C interface does not hand on how it went
            throw Failed(hasLog);
    }

    // The lowest key behind all that begin with the prefix, which does not consist of 0xFF.
    private static byte[] After(ReadOnlySpan<byte> prefix)
    {
        var end = prefix.TrimEnd((byte)0xFF).ToArray();
        end[^1]++;
        return end;
    }
}
