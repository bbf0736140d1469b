using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Reads at one LSN. Cheap; dispose it, for what it sees is kept until then. One thread.</summary>
internal sealed class ReadView : IDisposable
{
    private readonly RocksStore _store;
    private readonly RowCache _cache;
    private readonly SnapshotRegistry _snapshots;
    private int _disposed;

    public ReadView(RocksStore store, RowCache cache, SnapshotRegistry snapshots)
    {
        _store = store;
        _cache = cache;
        _snapshots = snapshots;
        Lsn = snapshots.Open();
    }

    public Lsn Lsn { get; }

    /// <summary>Finds the row that has a key in a unique index; writes it into <paramref name="row"/>.</summary>
    /// <exception cref="HeliosException">Closed: the engine was closed since the view was opened. Corrupt: the store does not have what the index names. Busy, Conflict: the index has not all rows, or not as of then.</exception>
    public bool TryFind(TablePlan plan, int index, ReadOnlySpan<byte> key, ByteBuffer row, out KeyVersion version)
    {
        try
        {
            return Find(plan, index, key, row, out version);
        }
        catch (ObjectDisposedException)
        {
            throw new HeliosException(HeliosErrorKind.Closed, "closed", "The engine has been closed since: open the database again.");
        }
    }

    private bool Find(TablePlan plan, int index, ReadOnlySpan<byte> key, ByteBuffer row, out KeyVersion version)
    {
        row.Truncate(0);
        if (plan.Incomplete[index])
            throw Pending(plan, index);
        if (!plan.CompleteSince.IsDefault && plan.CompleteSince[index] > Lsn)
            throw TooOld(plan, index);
        if (!IndexLookup.TryFind(plan, index, key, Lsn, _store, out version))
            return false;
        Read(plan, index, version, row);
        return true;
    }

    /// <summary>Reads the row that an index names.</summary>
    /// <exception cref="HeliosException">Corrupt: the store does not have it.</exception>
    public void Read(TablePlan plan, int index, KeyVersion version, ByteBuffer row)
    {
        row.Truncate(0);
        var partition = plan.Definition.Partition;
        if (_cache.TryGet(partition, version.Row, version.Lsn, row))
            return;
        if (_store.TryGetRow(partition, version.Row, version.Lsn, row))
        {
            _cache.Put(partition, version.Row, version.Lsn, row.Written);
            return;
        }

        throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt",
            $"Table {plan.Definition.Name}: the index {plan.IndexName(index)} names row {version.Row} of LSN {version.Lsn}, which the store does not have.") { Table = plan.Definition.Name };
    }

    /// <summary>What a unique index has under a key; default where it has nothing.</summary>
    public KeyVersion Look(TablePlan plan, int index, ReadOnlySpan<byte> key) => IndexLookup.TryFind(plan, index, key, Lsn, _store, out var found) ? found : default;

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

    /// <summary>Some rows of a table, by ascending row id.</summary>
    /// <param name="plan">The table.</param>
    /// <param name="from">The first row that may be among them.</param>
    /// <param name="through">The last row that may be.</param>
    /// <param name="longScan">Are they many? Then the cache is left to others.</param>
    public StoreCursor Scan(TablePlan plan, RowId from, RowId through, bool longScan = false) => _store.OpenCursor(plan.Definition.Partition, Lsn, from, through, longScan);

    /// <summary>All rows of a table, by ascending row id.</summary>
    /// <param name="plan">The table.</param>
    /// <param name="from">The first row that may be among them.</param>
    public StoreCursor Scan(TablePlan plan, RowId from = default) => _store.OpenCursor(plan.Definition.Partition, Lsn, from, longScan: true);

    /// <summary>No row of a table that this sees has a higher id.</summary>
    public RowId HighestRow(TablePlan plan) => _store.HighestRow(plan.Definition.Partition);

    private static HeliosException Pending(TablePlan plan, int index) => new(HeliosErrorKind.Busy, "constraint_pending",
        $"Table {plan.Definition.Name}: {plan.IndexName(index)} does not have the rows from before it was added yet. Search it when the constraint is valid.") { Table = plan.Definition.Name, Constraint = plan.IndexName(index) };

    private HeliosException TooOld(TablePlan plan, int index) => new(HeliosErrorKind.Conflict, "conflict",
        $"Table {plan.Definition.Name}: {plan.IndexName(index)} has all rows since commit {plan.CompleteSince[index]}, and this reads as of commit {Lsn}. Begin again.") { Table = plan.Definition.Name, Constraint = plan.IndexName(index) };

    public void Dispose()
    {
        // A transaction that has run out of time is let go by another thread than its reader's.
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            _snapshots.Close(Lsn);
    }
}
