using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>Counters.</content>
public sealed partial class HeliosEngine
{
    private readonly CountersAtOpen _counted;

    /// <summary>What the engine has done since it was opened, and how much it holds now. They are counted whether or not anybody looks, once a group of commits, a query or a point read.</summary>
    /// <remarks>Any thread; nobody waits for it. It asks RocksDB how much each table takes: some microseconds each, not for a hot loop. Counts are never reset: take the difference of two pictures.</remarks>
    /// <exception cref="HeliosException">Closed: the engine is closed.</exception>
    public EngineCounters GetCounters()
    {
        ThrowIfClosed();
        try
        {
            return MakeCounters();
        }
        catch (ObjectDisposedException) when (State == EngineState.Closed)
        {
            throw Closed();
        }
    }

    /// <summary>A view for a look for one row by its key.</summary>
    internal ReadView OpenPointView()
    {
        _metrics.Reads.PointRead();
        return OpenView();
    }

    private EngineCounters MakeCounters()
    {
        var (parts, reads) = (Parts, _metrics.Reads);
        TableCounts[] tables = [.. parts.Published.Catalog.Tables.Where(t => !t.IsSystem).OrderBy(t => t.Name, StringComparer.Ordinal).Select(t => Count(parts, t))];
        return new EngineCounters
        {
            Time = _options.TimeProvider.GetUtcNow(),
            Visible = parts.Visible.Value,
            Flushed = parts.Store.FlushedLsn(),
            Commits = parts.Published.Commits - _counted.Commits,
            CommitsRefused = parts.Order.Refused + reads.Refused,
            RowsInserted = tables.Sum(t => t.Inserted),
            RowsUpdated = tables.Sum(t => t.Updated),
            RowsDeleted = tables.Sum(t => t.Deleted),
            Queries = reads.Queries,
            RowsReturned = reads.RowsReturned,
            RowsRead = reads.RowsRead,
            KeysRead = reads.KeysRead,
            BlocksRead = reads.BlocksRead,
            BlocksSkipped = reads.BlocksSkipped,
            PointReads = reads.PointReads,
            RowCacheHits = parts.Rows.Hits,
            RowCacheMisses = parts.Rows.Misses,
            LogBytes = parts.Log.TotalBytes,
            StoreBytes = parts.Store.LiveBytes,
            LiveBytes = parts.Store.LiveDataBytes,
            FilterBytes = parts.Filters.Memory.Bytes,
            Checkpoints = CheckpointsFinished,
            ScrubPasses = _scrub.Passes,
            ScrubbedRows = _scrub.Rows,
            ScrubbedBytes = _scrub.Bytes,
            ScrubProblems = _scrub.Problems,
            Tables = tables,
            Stages = [.. BackgroundStages().Select(stage => Count(stage.Report))],
        };
    }

    private TableCounts Count(WritePathParts parts, TableDefinition table)
    {
        var (activity, before) = (parts.Published.Activity(table.Id), _counted.Of(table.Id));
        return new TableCounts(table.Name, parts.Published.Rows(table.Id), parts.Store.ApproximateBytes(table.Partition),
            activity.Inserted - before.Inserted, activity.Updated - before.Updated, activity.Deleted - before.Deleted);
    }

    private static StageCounts Count(StageReport report) => new(report.Name, report.IsRunning, report.Runs, report.Failures, report.Busy, report.LastRun, report.LastError);
}

/// <summary>What recovery has counted when it applied the log again: nobody has done it since the open.</summary>
internal sealed class CountersAtOpen(Published published)
{
    private readonly Dictionary<uint, (long Inserted, long Updated, long Deleted)> _tables = published.Catalog.Tables.ToDictionary(
        static t => t.Id.Value, t => (published.Activity(t.Id).Inserted, published.Activity(t.Id).Updated, published.Activity(t.Id).Deleted));

    public long Commits { get; } = published.Commits;

    public (long Inserted, long Updated, long Deleted) Of(TableId table) => _tables.GetValueOrDefault(table.Value);
}
