using System.Diagnostics;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Brings the indexes into memory at an open, as of what the store has: from a snapshot that the log completes and the store confirms, or, where anything about it is
/// not as it must be, by reading every row. Where indexes have a budget, those that a snapshot does not have because they were partly in the store are made of the rows, and what has no
/// room goes to the store again. Writes nothing else. Used once.
/// </summary>
internal sealed class IndexRecovery(RecoveryOptions options, RocksStore store, Lsn applied, bool hasLog)
{
    /// <summary>What it did.</summary>
    public IndexReport Report { get; private set; } = new();

    /// <summary>Makes the plans of all tables, their trees filled; raises the highest row ids in <paramref name="counters"/> to those of the rows.</summary>
    /// <exception cref="HeliosException">The rows cannot be read, or are damaged. Never because of a snapshot.</exception>
    public TablePlans Load(CatalogSnapshot catalog, StoreCounters counters)
    {
        var began = Stopwatch.GetTimestamp();
        SpilledKeys.Drop(store); // what an earlier run has left
        var plans = TryLoad(catalog, counters) ?? Rebuild(catalog, counters);
        Report = Report with { Took = Stopwatch.GetElapsedTime(began) };
        if (Report.Snapshot is { } lsn)
            LogMessages.IndexesLoaded(options.Logger, lsn.Value, Report.Keys, Report.Completed, Report.Took.TotalMilliseconds);
        return plans;
    }

    private TablePlans? TryLoad(CatalogSnapshot catalog, StoreCounters counters)
    {
        if (options.IndexSnapshot is not { } path || !hasLog || !options.Files.Exists(path))
            return null;
        var plans = MakePlans(catalog);
        try
        {
            using var reader = IndexSnapshotReader.Open(options.Files, path, options.DatabaseId, options.Keys?.Indexes);
            var loaded = new SnapshotLoad(reader, plans);
            using var log = new SnapshotCompletion(options, reader.Header, applied);
            Parallel.Invoke(log.FindFrame, loaded.Run); // the frame may stand at the end of a large segment, all of which is read
            var highest = log.Run(catalog, plans, loaded);
            foreach (var (plan, lacking) in log.Lacking)
                Raise(counters, plan.Definition.Id, LoadRows(plan, lacking));
            var compared = new IndexCheck(store, plans, counters).Run(loaded.Samples);
            foreach (var table in catalog.Tables)
                Raise(counters, table.Id, highest(table.Id));
            Report = Report with { Snapshot = reader.Header.Lsn, Keys = loaded.Entries, Completed = log.Commits, Compared = compared };
            return plans;
        }
        catch (Exception error)
        {
            // Whatever it is, the rows are there: what is wrong with a snapshot is told, and costs time only.
            plans.Dispose();
            SpilledKeys.Drop(store);
            var reason = (error as AggregateException)?.InnerException?.Message ?? error.Message;
            Report = Report with { Refused = reason };
            LogMessages.SnapshotRefused(options.Logger, path, reason);
            return null;
        }
    }

    private TablePlans Rebuild(CatalogSnapshot catalog, StoreCounters counters)
    {
        var plans = MakePlans(catalog);
        try
        {
            foreach (var table in catalog.Tables)
                Raise(counters, table.Id, LoadRows(plans[table.Id]));
            Report = Report with { Keys = plans.All.Sum(static plan => plan.Trees.Sum(static tree => tree.Count + tree.Spilled)) };
            return plans;
        }
        catch
        {
            plans.Dispose();
            throw;
        }
    }

    /// <summary>Reads every row of a table with unique keys; returns the highest row id seen.</summary>
    /// <param name="plan">The table.</param>
    /// <param name="only">For each index, whether it is to be filled up; null for all, which are empty.</param>
    private RowId LoadRows(TablePlan plan, bool[]? only = null)
    {
        var highest = default(RowId);
        if (plan.Trees.IsEmpty)
            return highest;
        using var spill = plan.Trees.Any(static tree => tree.CanSpill) ? new LoadedSpill(store, plan) : null;
        using var loader = new KeyLoader(plan, spill, only);
        using var rows = store.OpenCursor(plan.Definition.Partition, applied, longScan: true);
        while (rows.MoveNext())
        {
            loader.Load(rows.Row, rows.RowId, rows.Version);
            highest = rows.RowId;
        }

        spill?.Write();
        return highest;
    }

    private TablePlans MakePlans(CatalogSnapshot catalog)
    {
        var plans = new TablePlans(options.Path.Time, options.MaxIndexBytes);
        foreach (var table in catalog.Tables)
            plans.Add(table);
        return plans;
    }

    private static void Raise(StoreCounters counters, TableId table, RowId highest)
    {
        var known = counters[table];
        counters.Load(table, known with { HighestRowId = new RowId(Math.Max(known.HighestRowId.Value, highest.Value)) });
    }
}
