using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Reads at one LSN. Cheap; dispose it, for what it sees is kept until then. One thread.</summary>
internal sealed class ReadView : IDisposable
{
    private readonly RocksStore _store;
    private readonly RowCache _cache;
    private readonly SnapshotRegistry _snapshots;
    private bool _disposed;

    public ReadView(RocksStore store, RowCache cache, SnapshotRegistry snapshots)
    {
        _store = store;
        _cache = cache;
        _snapshots = snapshots;
        Lsn = snapshots.Open();
    }

    public Lsn Lsn { get; }

    /// <summary>Finds the row that has a key in a unique index; writes it into <paramref name="row"/>.</summary>
    public bool TryFind(TablePlan plan, int index, ReadOnlySpan<byte> key, ByteBuffer row, out KeyVersion version)
    {
        row.Truncate(0);
        if (!IndexLookup.TryFind(plan, index, key, Lsn, _store, out version))
            return false;
        var partition = plan.Definition.Partition;
        if (_cache.TryGet(partition, version.Row, version.Lsn, row))
            return true;
        if (_store.TryGetRow(partition, version.Row, version.Lsn, row))
        {
            _cache.Put(partition, version.Row, version.Lsn, row.Written);
            return true;
        }

        throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt",
            $"Table {plan.Definition.Name}: the index {plan.IndexName(index)} names row {version.Row} of LSN {version.Lsn}, which the store does not have.") { Table = plan.Definition.Name };
    }

    /// <summary>Reads a row by its id; false where there is none by then.</summary>
    public bool TryRead(TablePlan plan, RowId id, ByteBuffer row, out Lsn version)
    {
        row.Truncate(0);
        return _store.TryGetRowAsOf(plan.Definition.Partition, id, Lsn, row, out version);
    }

    /// <summary>Reads the rows that refer to a key by a foreign key.</summary>
    public List<(RowId Row, Lsn Version)> Children(ForeignKeyPlan reference, ReadOnlySpan<byte> key)
    {
        var children = new List<(RowId, Lsn)>();
        var cursor = reference.Children.OpenCursor(Lsn);
        cursor.SeekPrefix(key);
        while (cursor.MoveNext())
            children.Add((cursor.Version.Row, cursor.Version.Lsn));
        return children;
    }

    /// <summary>All rows of a table, by ascending row id.</summary>
    public StoreCursor Scan(TablePlan plan) => _store.OpenCursor(plan.Definition.Partition, Lsn, longScan: true);

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _snapshots.Close(Lsn);
    }
}
