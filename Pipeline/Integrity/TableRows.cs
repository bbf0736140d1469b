using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What checking the rows of one table keeps: counts, and its unique keys entered anew. One thread; lives while its partition is read.</summary>
internal sealed class TableRows(TableDefinition table, KnownTables tables) : IDisposable
{
    private readonly TablePlan _plan = new(table, TimeProvider.System);
    private readonly ByteBuffer _key = new();
    private int[] _offsets = new int[table.Schema.Columns.Length];

    public TableDefinition Table => table;

    public RowCount Count { get; private set; }

    /// <summary>Decodes a version by the schema it was written with; reports what does not fit.</summary>
    public bool Decode(Findings findings, ReadOnlySpan<byte> row, RowId id, Lsn lsn)
    {
        var version = new RowView(row).SchemaVersion;
        if (!tables.TryGetVersion(table.Id, version, out var written))
        {
            findings.Add($"table {table.Name}, row {id}, LSN {lsn}: it was written with schema version {version}, which the catalog does not have");
            return false;
        }

        if (_offsets.Length < written.Schema.Columns.Length)
            _offsets = new int[written.Schema.Columns.Length];
        if (RowRules.TryValidate(written.Schema, row, _offsets, out var fault))
            return true;
        findings.Add($"table {table.Name}, row {id}, LSN {lsn}: {fault.Describe(written.Schema)}");
        return false;
    }

    public void Seen(RowId id) => Count = Count with { HighestRow = Math.Max(Count.HighestRow, id.Value) };

    /// <summary>Counts the newest version of a row that is not deleted.</summary>
    public void CountLive() => Count = Count with { Live = Count.Live + 1 };

    /// <summary>Enters the keys, and the number, of a live row that <see cref="Decode"/> has just passed; reports those that another row has.</summary>
    public void EnterKeys(Findings findings, ReadOnlySpan<byte> row, RowId id, Lsn lsn)
    {
        if (_plan.Numbers is { } numbers)
            Count = Count with { HighestNumber = Math.Max(Count.HighestNumber, numbers.ValueIn(row)) };
        for (var i = 0; i < _plan.UniqueCount; i++)
        {
            _key.Truncate(0);
            var key = _plan.Encoders[i].Append(row, _offsets, _key);
            findings.Items++;
            if (key.IsTooLong)
                findings.Add($"table {table.Name}, row {id}: its key of {_plan.IndexName(i)} is longer than {RowFormat.MaxKeyBytes} bytes");
            else if (key.HasNull && table.Indexes[i].IsPrimary)
                findings.Add($"table {table.Name}, row {id}: there is a NULL in its primary key");
            else if (_plan.Incomplete[i])
                continue; // rows from before it was added may share a key: that is what is still being looked at
            else if (!key.HasNull && _plan.Trees[i].TryGetNewest(_key.Written, out var holder))
                findings.Add($"table {table.Name}: rows {holder.Row} and {id} share a key of {_plan.IndexName(i)}");
            else if (!key.HasNull)
                _plan.Trees[i].Push(_key.Written, new KeyVersion(id, lsn, Vacated: false));
        }
    }

    public void Dispose()
    {
        _plan.Dispose();
        _key.Dispose();
    }
}
