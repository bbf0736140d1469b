using RocksDbSharp;

namespace Helios.Pipeline.Storage;

internal sealed partial class RocksStore
{
    /// <summary>Bytes that a long scan reads ahead: large enough that a disk is read sequentially.</summary>
    private const int ScanReadahead = 512 << 10;

    /// <summary>Reads exactly one version of a row.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="row">The row.</param>
    /// <param name="lsn">The commit that wrote the version.</param>
    /// <param name="into">The row's bytes are appended; unchanged where there is no row.</param>
    /// <returns>False where there is no such version or it says that the row is deleted.</returns>
    /// <remarks>Allocates nothing once <paramref name="into"/> is large enough.</remarks>
    /// <exception cref="HeliosException">"corrupt" where the file is damaged, "io_error" where it cannot be read.</exception>
    public bool TryGetRow(uint partition, RowId row, Lsn lsn, ByteBuffer into)
    {
        Span<byte> key = stackalloc byte[KeySpace.RowKeySize];
        KeyWriter.Row(key, partition, row, lsn);
        var start = into.Length;
        if (!TryGet(_handle.Rows, key, into))
            return false;
        if (_keys is not null)
            StoredRow.Decrypt(_keys.Rows, key, into, start);

        var kind = StoredRow.Kind(into.Written[start..], row, lsn);
        TakeKindOut(into, start);
        return kind != RowKind.Tombstone;
    }

    /// <summary>Reads the newest version of a row at or before an LSN. Slower than <see cref="TryGetRow"/> by half: it seeks.</summary>
    /// <returns>False where the row did not exist at that LSN.</returns>
    public bool TryGetRowAsOf(uint partition, RowId row, Lsn asOf, ByteBuffer into, out Lsn version)
    {
        _handle.Enter();
        try
        {
            return SeekRow(partition, row, asOf, into, out version);
        }
        finally
        {
            _handle.Exit();
        }
    }

    /// <summary>Reads a value of the default family.</summary>
    /// <param name="key">As <see cref="KeyWriter"/> writes it.</param>
    /// <param name="into">The value is appended; unchanged where there is none.</param>
    /// <exception cref="HeliosException">"corrupt" where an encrypted value does not verify.</exception>
    public bool TryGetMeta(ReadOnlySpan<byte> key, ByteBuffer into)
    {
        var start = into.Length;
        if (!TryGet(_handle.Meta, key, into))
            return false;
        if (_keys is not null)
            StoredMeta.Decrypt(_keys.Meta, key, into, start);
        return true;
    }

    /// <summary>Reads the stored position of a source.</summary>
    public bool TryGetSource(TableId table, UInt128 fingerprint, ByteBuffer into)
    {
        Span<byte> key = stackalloc byte[KeySpace.SourceKeySize];
        KeyWriter.Source(key, table, fingerprint, Hash);
        return TryGetMeta(key, into);
    }

    /// <summary>The counters of a table as of the applied LSN; null where it never had any.</summary>
    public TableCounters? Counters(TableId table)
    {
        Span<byte> key = stackalloc byte[KeySpace.CountersKeySize];
        KeyWriter.Counters(key, table);
        using var value = new ByteBuffer(TableCounters.MaxSize);
        return TryGetMeta(key, value) ? TableCounters.Read(value.Written) : null;
    }

    /// <summary>Opens a cursor over the rows of a partition. The caller disposes it.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="asOf">The LSN to read at: applied already, and protected from collection by the caller.</param>
    /// <param name="from">The first row id.</param>
    /// <param name="through">The last row id, included; all where it is null.</param>
    /// <param name="longScan">True: read far ahead, and leave the cache to others.</param>
    public StoreCursor OpenCursor(uint partition, Lsn asOf, RowId from = default, RowId? through = null, bool longScan = false) =>
        new(_handle, partition, asOf, from, through ?? new RowId(ulong.MaxValue), longScan ? ScanReadahead : 0, _time, _keys?.Rows);

    /// <summary>Opens a cursor over the keys of the default family that begin with <paramref name="prefix"/>. The caller disposes it.</summary>
    public MetaCursor OpenMeta(ReadOnlySpan<byte> prefix) => new(_handle, prefix, _time, _keys?.Meta);

    private bool TryGet(nint family, ReadOnlySpan<byte> key, ByteBuffer into)
    {
        var room = 0;
        while (true)
        {
            var space = into.GetSpan(room);
            var length = Read(_handle.ReadOptions, family, key, space);
            if (length < 0)
                return false;
            if (length <= space.Length)
            {
                into.Advance(length);
                return true;
            }

            room = length; // it can have grown only by another write to the same key
        }
    }

    /// <summary>Reads a value; copies it where it fits.</summary>
    /// <returns>The value's length, or -1 where there is none.</returns>
    private unsafe int Read(nint readOptions, nint family, ReadOnlySpan<byte> key, Span<byte> into)
    {
        PerfLevel.TurnOff();
        _handle.Enter();
        try
        {
            nint error = 0;
            nuint length = 0;
            byte found = 0;
            fixed (byte* at = key)
            fixed (byte* to = into)
                Native.Instance.rocksdb_get_into_buffer_cf(_handle.Database, readOptions, family, at, (nuint)key.Length, (nint)to, (nuint)into.Length, out length, out found, out error);
            StoreErrors.Check(error, Directory, "read");
            return found == 0 ? -1 : checked((int)length);
        }
        finally
        {
            _handle.Exit();
        }
    }

    /// <summary>The kind stands before the row.</summary>
    private static void TakeKindOut(ByteBuffer into, int start)
    {
        var value = into.Written[start..];
        value[1..].CopyTo(value);
        into.Truncate(into.Length - 1);
    }

    private unsafe bool SeekRow(uint partition, RowId row, Lsn asOf, ByteBuffer into, out Lsn version)
    {
        version = Lsn.Zero;
        var native = Native.Instance;
        Span<byte> sought = stackalloc byte[KeySpace.RowKeySize];
        KeyWriter.Row(sought, partition, row, asOf);
        var iterator = native.rocksdb_create_iterator_cf(_handle.Database, _handle.RowReadOptions, _handle.Rows);
        try
        {
            fixed (byte* at = sought)
                native.rocksdb_iter_seek(iterator, at, (nuint)sought.Length);
            if (native.rocksdb_iter_valid(iterator) == 0)
            {
                nint error = 0;
                native.rocksdb_iter_get_error(iterator, out error);
                StoreErrors.Check(error, Directory, "read");
                return false;
            }

            var key = native.rocksdb_iter_key(iterator, out var keyLength);
            var found = new ReadOnlySpan<byte>((void*)key, (int)keyLength);
            var (foundPartition, foundRow, lsn) = KeyReader.Row(found);
            if (foundPartition != partition || foundRow != row)
                return false;
            var bytes = native.rocksdb_iter_value(iterator, out var length);
            var value = new ReadOnlySpan<byte>((void*)bytes, (int)length);
            var start = into.Length;
            if (_keys is not null)
            {
                into.Append(value);
                StoredRow.Decrypt(_keys.Rows, found, into, start);
                value = into.Written[start..];
            }

            var isThere = StoredRow.Kind(value, row, lsn) != RowKind.Tombstone;
            if (_keys is not null)
                TakeKindOut(into, start);
            else if (isThere)
                into.Append(value[1..]);
            if (isThere)
                version = lsn;
            return isThere;
        }
        finally
        {
            native.rocksdb_iter_destroy(iterator);
        }
    }
}
