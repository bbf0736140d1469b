using System.Runtime.InteropServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Live rows and highest row id of each table, absolute, as of the applied LSN. Owned by Commit; recovery loads it first.</summary>
internal sealed class StoreCounters
{
    private readonly Dictionary<uint, TableCounters> _tables = [];
    private readonly List<uint> _touched = [];

    public void Load(TableId table, TableCounters counters) => _tables[table.Value] = counters;

    /// <summary>Forgets all, before they are loaded again.</summary>
    public void Clear()
    {
        _tables.Clear();
        _touched.Clear();
    }

    public TableCounters this[TableId table] => _tables.GetValueOrDefault(table.Value);

    public IEnumerable<KeyValuePair<uint, TableCounters>> All => _tables;

    public void Add(ReadOnlySpan<TableChange> changes)
    {
        foreach (var change in changes)
        {
            ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_tables, change.Table.Value, out _);
            known = new TableCounters(known.Rows + change.Rows, new RowId(Math.Max(known.HighestRowId.Value, change.HighestRow.Value)));
            if (!_touched.Contains(change.Table.Value))
                _touched.Add(change.Table.Value);
        }
    }

    public void WriteTouched(StoreBatch batch)
    {
        foreach (var table in _touched)
            batch.PutCounters(new TableId(table), _tables[table]);

        _touched.Clear();
    }
}
