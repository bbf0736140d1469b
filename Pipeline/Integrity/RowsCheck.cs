using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Reads every version of every row once, in key order: does it decode, belong to a table, lie at or before the applied LSN,
/// and do the versions of a row follow each other? On the way it counts live rows and enters their unique keys anew.
/// </summary>
/// <remarks>Memory: one version, and the unique keys of one table at a time. One thread.</remarks>
internal sealed class RowsCheck(RocksStore store, KnownTables tables, Lsn applied) : IDisposable
{
    /// <summary>Versions between two looks at the token: well under a millisecond of reading.</summary>
    private const int Stride = 1024;

    private readonly Dictionary<uint, RowCount> _counted = [];
    private TableRows? _table;
    private uint _partition;
    private RowId _row;
    private Lsn _newerLive; // the oldest live version seen of the current row
    private bool _started;

    public Findings Rows { get; } = new("rows");

    public Findings Indexes { get; } = new("indexes");

    /// <summary>Counts by table id; null where the rows could not be read to their end.</summary>
    public IReadOnlyDictionary<uint, RowCount>? Counted => Rows.IsComplete ? _counted : null;

    public void Run(CancellationToken cancellationToken)
    {
        using var versions = store.OpenVersions();
        Rows.Complete(() =>
        {
            while (versions.MoveNext())
            {
                if (Rows.Items++ % Stride == 0)
                    cancellationToken.ThrowIfCancellationRequested();
                Read(versions);
            }
        });
        Leave();
        if (!Rows.IsComplete)
            Indexes.Add("not every key was compared, because not every row can be read");
    }

    public void Dispose() => _table?.Dispose();

    // No delegate here: this runs once per version.
    private void Read(VersionCursor version)
    {
        try
        {
            var (partition, row, lsn) = KeyReader.Row(version.Key);
            if (!_started || partition != _partition)
                Enter(partition);
            if (_table is null)
                Rows.Add($"row {row} of LSN {lsn} lies in partition {partition}, which no table has");
            else
                Read(_table, row, lsn, version.Value);
        }
        catch (HeliosException error) when (Findings.IsDamage(error))
        {
            Rows.Add(error.Message);
        }
    }

    private void Read(TableRows table, RowId row, Lsn lsn, ReadOnlySpan<byte> value)
    {
        var isNewest = row != _row;
        if (isNewest)
            _newerLive = Lsn.Zero;
        _row = row;
        table.Seen(row);
        if (lsn > applied || lsn == Lsn.Zero || row.Value == 0)
            Rows.Add($"table {table.Table.Name}, row {row}: there is a version of LSN {lsn}, the store is at {applied}");

        if (StoredRow.Kind(value, row, lsn) == RowKind.Tombstone)
        {
            // A row id is never used again, so nothing may follow a deletion in time.
            if (_newerLive != Lsn.Zero)
                Rows.Add($"table {table.Table.Name}, row {row}: it was deleted at LSN {lsn} and is there again at LSN {_newerLive}");
            return;
        }

        _newerLive = lsn;
        if (isNewest)
            table.CountLive();
        if (table.Decode(Rows, value[1..], row, lsn) && isNewest)
            table.EnterKeys(Indexes, value[1..], row, lsn);
    }

    private void Enter(uint partition)
    {
        Leave();
        _started = true;
        _partition = partition;
        _row = default;
        _newerLive = Lsn.Zero;
        _table = tables.TryGetByPartition(partition, out var table) ? new TableRows(table, tables) : null;
    }

    private void Leave()
    {
        if (_table is null)
            return;
        _counted[_table.Table.Id.Value] = _table.Count;
        _table.Dispose();
        _table = null;
    }
}
