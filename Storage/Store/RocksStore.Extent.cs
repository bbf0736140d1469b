using RocksDbSharp;

namespace Helios.Pipeline.Storage;

internal sealed partial class RocksStore
{
    /// <summary>The highest row id that any version in a partition has, whoever sees it; zero where there is none.</summary>
    public unsafe RowId HighestRow(uint partition)
    {
        Span<byte> sought = stackalloc byte[KeySpace.RowKeySize];
        KeyWriter.Row(sought, partition, new RowId(ulong.MaxValue), Lsn.Zero);
        _handle.Enter();
        var native = Native.Instance;
        var options = native.rocksdb_readoptions_create();
        native.rocksdb_readoptions_set_total_order_seek(options, 1); // what is sought has no row's prefix
        nint iterator = 0;
        try
        {
            iterator = native.rocksdb_create_iterator_cf(_handle.Database, options, _handle.Rows);
            fixed (byte* at = sought)
                native.rocksdb_iter_seek_for_prev(iterator, at, (nuint)sought.Length);
            if (native.rocksdb_iter_valid(iterator) == 0)
            {
                nint error = 0;
                native.rocksdb_iter_get_error(iterator, out error);
                StoreErrors.Check(error, Directory, "read");
                return default;
            }

            var key = native.rocksdb_iter_key(iterator, out var length);
            var (found, row, _) = KeyReader.Row(new ReadOnlySpan<byte>((void*)key, (int)length));
            return found == partition ? row : default;
        }
        finally
        {
            if (iterator != 0)
                native.rocksdb_iter_destroy(iterator);
            native.rocksdb_readoptions_destroy(options);
            _handle.Exit();
        }
    }
}
