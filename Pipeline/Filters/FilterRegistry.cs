using System.Collections.Concurrent;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>The summaries of all tables. Track takes commits in; anybody looks tables up.</summary>
internal sealed class FilterRegistry(FilterOptions options, TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();
    private readonly ConcurrentDictionary<uint, TableFilters> _tables = new();

    public FilterOptions Options => options;

    /// <summary>What all of them take.</summary>
    public FilterMemory Memory { get; } = new(options.MaxBytes);

    public IEnumerable<TableFilters> All => _tables.Values;

    /// <summary>Since the open.</summary>
    public TimeSpan Now => time.GetElapsedTime(_began);

    /// <summary>Those of a table; null where none are kept.</summary>
    public TableFilters? Of(TableId table) => _tables.GetValueOrDefault(table.Value);

    /// <summary>A table that has rows already, or may have.</summary>
    /// <param name="table">The table.</param>
    /// <param name="highest">Rows up to this id may be there; all later ones are taken in.</param>
    public void Add(TableDefinition table, RowId highest)
    {
        if (options.IsEnabled && !table.IsSystem)
            _tables.TryAdd(table.Id.Value, new TableFilters(table, highest, options, Memory));
    }

    /// <summary>A query has ended: what it looked for may be worth a bloom filter. Any thread, once per query.</summary>
    /// <param name="plan">What it did.</param>
    /// <param name="judge">Its condition; null where no summary was asked, because an index answered it or it has none.</param>
    /// <param name="counts">What that took.</param>
    /// <param name="took">Since its begin.</param>
    public void Observe(QueryPlan plan, BlockJudge? judge, QueryCounts counts, TimeSpan took)
    {
        var passed = counts.RowsRead + (counts.BlocksSkipped * options.BlockRows);
        if (passed > 0 && judge is { BloomColumns.IsEmpty: false })
            Of(plan.Request.Table.Definition.Id)?.Blooms.Record(judge.Probes, (double)counts.RowsMatched / passed, took, Now);
    }

    /// <summary>Chooses bloom filters, gives up those that nobody needs, and where memory is short what is needed least. Reads no row. The background alone.</summary>
    public (int Made, int Dropped) Decide()
    {
        var (now, made, dropped) = (Now, 0, 0);
        foreach (var table in All)
        {
            table.Now = (uint)now.TotalSeconds;
            var change = table.Blooms.Decide(now);
            (made, dropped) = (made + change.Made, dropped + change.Dropped);
            table.UseBlooms();
        }

        return (made, dropped + MakeRoom());
    }

    private int MakeRoom()
    {
        if (!Memory.IsShort)
            return 0;
        foreach (var table in All)
            table.Trim();
        var dropped = 0;
        while (Memory.IsShort && All.MinBy(t => t.Blooms.LeastUsed?.LastUse ?? TimeSpan.MaxValue) is { } idlest && idlest.Blooms.LeastUsed is { } least) // asked once each: a user may drop the last one meanwhile
        {
            idlest.Blooms.GiveUp(least.Column);
            idlest.UseBlooms();
            dropped++;
        }

        foreach (var table in All.Where(t => Memory.IsShort && !t.BloomColumns.IsEmpty))
            table.ForgetBlooms(); // of columns that were asked for: they come back as far as there is room
        return dropped;
    }

    /// <summary>Takes a group in, before it is visible. Track alone.</summary>
    public void Take(CommitGroup group)
    {
        if (!options.IsEnabled)
            return;
        foreach (var table in group.Created)
            Add(table, default); // one that has been altered is there
        var commits = new CommitReader(group.Payload);
        for (var lsn = group.First; commits.TryNext(out var operations); lsn = lsn.Next)
        {
            while (operations.TryNext(out var operation))
                Take(operation, lsn, group.Time);
        }
    }

    private void Take(OperationView operation, Lsn lsn, long time)
    {
        switch (operation.Kind)
        {
            case OperationKind.Insert:
                var insert = operation.AsInsert();
                Of(insert.Table)?.Insert(insert, lsn, time);
                break;
            case OperationKind.Update:
                var update = operation.AsUpdate();
                Of(update.Table)?.Update(update.Row, update.After, lsn);
                break;
            case OperationKind.Delete:
                var delete = operation.AsDelete();
                Of(delete.Table)?.Delete(delete.Row, lsn);
                break;
            default:
                break; // it writes no row
        }
    }
}

/// <summary>The rows of a table that a query has to look at.</summary>
internal sealed class FilteredRows(TableFilters filters, BlockJudge judge, Lsn lsn, QueryCounts counts) : IRowRanges
{
    /// <summary>Null where the summaries can say nothing about the condition.</summary>
    public static FilteredRows? Of(QueryPlan plan, FilterRegistry filters, Lsn lsn, QueryCounts counts)
    {
        if (plan.Path is not AccessPath.Table || plan.Condition is null || filters.Of(plan.Request.Table.Definition.Id) is not { } table)
            return null;
        var judge = BlockJudge.Of(plan.Condition, plan.Context);
        return judge.IsUseful ? new FilteredRows(table, judge, lsn, counts) : null;
    }

    public BlockJudge Judge => judge;

    /// <summary>Ordinals of the columns whose bloom filters are asked.</summary>
    public IEnumerable<int> Blooms => judge.BloomColumns.Intersect(filters.BloomColumns);

    public bool TryNext(RowId from, out RowId first, out RowId last)
    {
        bool found;
        do
        {
            found = filters.TryNext(judge, lsn, from, counts, out first, out last);
            from = first;
        }
        while (found && last.Value < first.Value);
        return found;
    }
}
