using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>The rows of a pass over an open store: one version after the other, and on behind what cannot be read. One thread.</summary>
internal sealed class ScrubRows(RocksStore store, ScrubFindings findings)
{
    private VersionCursor? _versions;
    private TableRows? _table; // of the partition that was looked at last
    private KnownTables? _tables; // that it was found in
    private Action<Findings, KnownTables, Lsn>? _check; // made once
    private readonly byte[] _behind = new byte[KeySpace.RowKeySize]; // the last key
    private int _behindLength;
    private uint _partition;
    private RowId _row;
    private Lsn _newerLive; // the oldest live version seen of the row
    private bool _hasRow;
    private uint? _entered; // the partition that the pass has come to
    private ulong _last; // the highest row id that it had then

    /// <summary>Reads the next version; false at the end.</summary>
    /// <exception cref="OperationCanceledException">While it looked for a way around damage, which may take as many reads as there are tables: it meets it again.</exception>
    public bool Next(ScrubWalk walk, CancellationToken cancellationToken)
    {
        try
        {
            _versions ??= store.OpenVersions(_behind.AsSpan(0, _behindLength));
            if (!_versions.MoveNext())
                return false;
            if (IsYoung(_versions.Key))
                return LeavePartition();
        }
        catch (HeliosException error) when (ScrubFindings.IsUnreadable(error))
        {
            findings.Add($"rows behind row {_row} of partition {_partition} cannot be read: {error.Message}");
            return PassOver(walk.Tables, cancellationToken);
        }

        findings.Rows++;
        findings.Bytes += _versions.Key.Length + _versions.ValueBytes;
        walk.Judge(_check ??= (into, tables, applied) => Judge(into, _versions!, tables, applied));
        Remember(_versions);
        return true;
    }

    /// <summary>Holds nothing open until the next version.</summary>
    public void Rest()
    {
        _versions?.Dispose();
        _versions = null;
        LeaveTable();
    }

    /// <summary>Has the row come since the pass came to its table? Then the next pass reads it: of a table that grows as fast as it is read there would be no end.</summary>
    private bool IsYoung(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeySpace.RowKeySize)
            return false;
        var (partition, row, _) = KeyReader.Row(key);
        if (partition != _entered)
            (_entered, _last) = (partition, HighestRow(partition));
        return row.Value > _last;
    }

    private ulong HighestRow(uint partition)
    {
        try
        {
            return store.HighestRow(partition).Value;
        }
        catch (HeliosException error) when (ScrubFindings.IsUnreadable(error))
        {
            return ulong.MaxValue; // it is told where the pass comes to it
        }
    }

    /// <summary>Goes on with the next table; false where there can be none.</summary>
    private bool LeavePartition()
    {
        if (_entered is not { } partition || partition == uint.MaxValue)
            return false;
        _versions!.Dispose();
        _versions = null;
        (_partition, _row, _hasRow) = (partition + 1, default, false);
        _behindLength = KeyWriter.RowPrefix(_behind, _partition, _row);
        return true;
    }

    private void Judge(Findings into, VersionCursor version, KnownTables tables, Lsn applied)
    {
        var (partition, row, lsn) = KeyReader.Row(version.Key);
        if (_table?.Table.Partition != partition || _tables != tables)
        {
            LeaveTable();
            _tables = tables;
            _table = tables.TryGetByPartition(partition, out var definition) ? new TableRows(definition, tables) : null;
        }

        if (_table is null)
        {
            into.Add($"row {row} of LSN {lsn} lies in partition {partition}, which no table has");
            return;
        }

        var name = _table.Table.Name;
        if (lsn > applied || lsn == Lsn.Zero || row.Value == 0)
            into.Add($"table {name}, row {row}: there is a version of LSN {lsn}, the store is at {applied}");
        if (StoredRow.Kind(version.Value, row, lsn) != RowKind.Tombstone)
            Decode(into, _table, version, row, lsn);
        else if (_hasRow && (partition, row) == (_partition, _row) && _newerLive != Lsn.Zero)
            into.Add($"table {name}, row {row}: it was deleted at LSN {lsn} and is there again at LSN {_newerLive}");
    }

    private static void Decode(Findings into, TableRows table, VersionCursor version, RowId row, Lsn lsn)
    {
        try
        {
            table.Decode(into, version.Value[1..], row, lsn);
        }
        catch (HeliosException error) when (error.Code == "corrupt")
        {
            throw StoreErrors.Corrupt($"table {table.Table.Name}, row {row}, LSN {lsn}: {error.Message}");
        }
    }

    private void Remember(VersionCursor version)
    {
        if (version.Key.Length != KeySpace.RowKeySize)
            return; // that was told; the cursor knows its place
        version.Key.CopyTo(_behind);
        _behindLength = version.Key.Length;
        var (partition, row, lsn) = KeyReader.Row(version.Key);
        if (!_hasRow || (partition, row) != (_partition, _row))
            _newerLive = Lsn.Zero;
        (_partition, _row, _hasRow) = (partition, row, true);
        if (version.ValueBytes > 1)
            _newerLive = lsn;
    }

    /// <summary>Looks for the first row behind the damage: at distances that double, then between the last place that could not be read and the first that could.</summary>
    /// <returns>False where there is none.</returns>
    private bool PassOver(KnownTables tables, CancellationToken cancellationToken)
    {
        var partition = _partition;
        ulong low = _row.Value;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var distance = 1UL; distance != 0 && low <= ulong.MaxValue - distance; distance <<= 1)
            {
                var high = low + distance;
                if (!CanRead(partition, high))
                {
                    low = high;
                    continue;
                }

                while (high - low > 1)
                {
                    var middle = low + ((high - low) / 2);
                    (low, high) = CanRead(partition, middle) ? (low, middle) : (middle, high);
                }

                Open(partition, high);
                return true;
            }

            // Partitions are few and their numbers far apart: only those that tables have.
            if (tables.All.Select(static t => t.Partition).Where(p => p > partition).Order().Cast<uint?>().FirstOrDefault() is not { } next)
                return false;
            (partition, low) = (next, 0);
        }
    }

    private bool CanRead(uint partition, ulong row)
    {
        try
        {
            using var versions = store.OpenVersions(partition, new RowId(row), isAlone: false);
            versions.MoveNext();
            return true;
        }
        catch (HeliosException error) when (ScrubFindings.IsUnreadable(error))
        {
            return false; // told already: it is the same damage
        }
    }

    private void Open(uint partition, ulong row)
    {
        _versions?.Dispose();
        (_partition, _row, _hasRow) = (partition, new RowId(row), false);
        _versions = store.OpenVersions(partition, _row, isAlone: false);
    }

    private void LeaveTable()
    {
        _table?.Dispose();
        _table = null;
    }
}
