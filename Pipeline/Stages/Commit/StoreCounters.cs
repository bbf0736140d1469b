using System.Runtime.InteropServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Live rows, highest row id and highest number of each table, absolute, as of the applied LSN. Owned by Commit; recovery loads it first.</summary>
internal sealed class StoreCounters
{
    private TablePlans? _plans;
    private readonly Dictionary<uint, TableCounters> _tables = [];
    private readonly List<uint> _touched = [];

    /// <summary>Whose numbers it counts: known once the indexes are there, before the first group.</summary>
    public void Follow(TablePlans plans) => _plans = plans;

    public void Load(TableId table, TableCounters counters) => _tables[table.Value] = counters;

    /// <summary>Forgets all, before they are loaded again.</summary>
    public void Clear()
    {
        _tables.Clear();
        _touched.Clear();
    }

    public TableCounters this[TableId table] => _tables.GetValueOrDefault(table.Value);

    public IEnumerable<KeyValuePair<uint, TableCounters>> All => _tables;

    public void Add(CommitGroup group)
    {
        foreach (var change in group.Tables)
        {
            ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_tables, change.Table.Value, out _);
            known = known with { Rows = known.Rows + change.Rows, HighestRowId = new RowId(Math.Max(known.HighestRowId.Value, change.HighestRow.Value)) };
            if (!_touched.Contains(change.Table.Value))
                _touched.Add(change.Table.Value);
            if (_plans is not null && _plans.TryGet(change.Table, out var plan) && plan.Numbers is { } numbers)
                known = known with { HighestNumber = HighestNumber(group, change.Table, numbers, known.HighestNumber) };
        }
    }

    /// <summary>Whatever gave a number, only a row that was committed makes it last; what recovery replays is counted here too.</summary>
    private static long HighestNumber(CommitGroup group, TableId table, AutoIncrement numbers, long highest)
    {
        var commits = new CommitReader(group.Payload);
        while (commits.TryNext(out var operations))
        {
            while (operations.TryNext(out var operation))
            {
                if (operation.Kind == OperationKind.Insert && operation.AsInsert() is var insert && insert.Table == table)
                {
                    var local = 0;
                    foreach (var row in insert)
                    {
                        if (!insert.IsDropped(local++))
                            highest = Math.Max(highest, numbers.ValueIn(row));
                    }
                }
                else if (operation.Kind == OperationKind.Update && operation.AsUpdate() is var update && update.Table == table)
                {
                    highest = Math.Max(highest, numbers.ValueIn(update.After));
                }
            }
        }

        numbers.Raise(highest);
        return highest;
    }

    public void WriteTouched(StoreBatch batch)
    {
        foreach (var table in _touched)
            batch.PutCounters(new TableId(table), _tables[table]);

        _touched.Clear();
    }
}
