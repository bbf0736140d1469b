using System.Reflection;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>RocksDB's own write batch, called by name: the product keeps RocksDB's types to itself.</summary>
internal sealed class NativeBatch : IDisposable
{
    private readonly StoreDirectory _directory = new();
    private readonly StoreHandle _store;
    private readonly dynamic _native;
    private readonly nint _batch;

    public NativeBatch()
    {
        _store = StoreHandle.Open(_directory.Path, new(), create: true);
        var native = typeof(RocksStore).Assembly.GetReferencedAssemblies().Single(a => a.Name!.Contains("Rocks", StringComparison.Ordinal));
        _native = Assembly.Load(native).GetType("RocksDbSharp.Native")!.GetField("Instance")!.GetValue(null)!;
        _batch = _native.rocksdb_writebatch_create();
    }

    public void PutRow(byte[] key, byte[] value) => _native.rocksdb_writebatch_put_cf(_batch, _store.Rows, key, (nuint)key.Length, value, (nuint)value.Length);

    public void RemoveRow(byte[] key) => _native.rocksdb_writebatch_delete_cf(_batch, _store.Rows, key, (nuint)key.Length);

    public void RemoveRows(byte[] from, byte[] before) =>
        _native.rocksdb_writebatch_delete_range_cf(_batch, _store.Rows, from, (nuint)from.Length, before, (nuint)before.Length);

    public void Put(byte[] key, byte[] value) => _native.rocksdb_writebatch_put(_batch, key, (nuint)key.Length, value, (nuint)value.Length);

    public void Delete(byte[] key) => _native.rocksdb_writebatch_delete(_batch, key, (nuint)key.Length);

    public void DeleteRange(byte[] from, byte[] before) =>
        _native.rocksdb_writebatch_delete_range(_batch, from, (nuint)from.Length, before, (nuint)before.Length);

    public byte[] Data() => _native.rocksdb_writebatch_data(_batch);

    public void Dispose()
    {
        _native.rocksdb_writebatch_destroy(_batch);
        _store.Dispose();
        _directory.Dispose();
    }
}
