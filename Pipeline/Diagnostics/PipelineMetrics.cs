using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Helios.Pipeline;

/// <summary>The meter <c>Helios.Pipeline</c>: every stage is measured alike by its actor, once per run.</summary>
internal sealed class PipelineMetrics : IDisposable
{
    public const string MeterName = "Helios.Pipeline";

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _stageDuration;
    private readonly Histogram<int> _runSize;
    private readonly Histogram<double> _commitDuration;
    private readonly Counter<long> _logWritten;
    private readonly Histogram<double> _syncDuration;
    private readonly ConcurrentDictionary<string, StageMeter> _stages = new();

    private readonly Histogram<double> _queryDuration;
    private readonly Counter<long> _queryRows;
    private readonly Counter<long> _queryBlocks;

    private readonly Counter<long> _versionsCollected;
    private readonly Counter<long> _versionBytes;
    private readonly Counter<long> _filterRuns;
    private readonly Histogram<double> _filterDuration;
    private readonly Counter<long> _filterBlocks;
    private readonly Counter<long> _filterBlooms;
    private readonly Counter<long> _maintenanceRuns;
    private readonly Histogram<double> _maintenanceDuration;
    private readonly Counter<long> _scrubRead;
    private readonly Counter<long> _scrubProblems;

    private FilterMemory? _filters;
    private FreeSpace? _space;
    private MemoryBudget? _memory;

    public PipelineMetrics()
    {
        _stageDuration = _meter.CreateHistogram<double>("helios.stage.duration", "s", "Time a stage took for one run.");
        _runSize = _meter.CreateHistogram<int>("helios.stage.run.size", "{message}", "Messages a stage took at once.");
        _commitDuration = _meter.CreateHistogram<double>("helios.commit.duration", "s", "Time from admission to the answer.");
        _logWritten = _meter.CreateCounter<long>("helios.log.written", "By", "Bytes appended to the log.");
        _syncDuration = _meter.CreateHistogram<double>("helios.log.sync.duration", "s", "Time of one sync of the log.");
        _queryDuration = _meter.CreateHistogram<double>("helios.query.duration", "s", "Time from the begin of a query to its end.");
        _queryRows = _meter.CreateCounter<long>("helios.query.rows", "{row}", "Rows that queries read and returned.");
        _queryBlocks = _meter.CreateCounter<long>("helios.query.blocks", "{block}", "Blocks of rows that scans read, and those that their filters let them skip.");
        _versionsCollected = _meter.CreateCounter<long>("helios.versions.collected", "{version}", "Versions and given-up keys that nobody could see any more, removed from the store.");
        _versionBytes = _meter.CreateCounter<long>("helios.versions.collected.bytes", "By", "Bytes of what was removed, as far as known, before compression.");
        _filterRuns = _meter.CreateCounter<long>("helios.filters.runs", "{run}", "Times that the background looked for filters to make.");
        _filterDuration = _meter.CreateHistogram<double>("helios.filters.run.duration", "s", "Time that making filters took in one run.");
        _filterBlocks = _meter.CreateCounter<long>("helios.filters.blocks", "{block}", "Blocks whose filters were made by reading their rows.");
        _filterBlooms = _meter.CreateCounter<long>("helios.filters.blooms", "{column}", "Columns that got bloom filters because of the queries that there were, or lost them.");
        _maintenanceRuns = _meter.CreateCounter<long>("helios.maintenance.runs", "{run}", "Runs of background stages.");
        _maintenanceDuration = _meter.CreateHistogram<double>("helios.maintenance.duration", "s", "Time of a run of a background stage.");
        _scrubRead = _meter.CreateCounter<long>("helios.scrub.read", "By", "Bytes of keys and values that were checked.");
        _scrubProblems = _meter.CreateCounter<long>("helios.scrub.problems", "{problem}", "Damage that was found in the store.");
        _meter.CreateObservableGauge("helios.mailbox.depth", Depths, "{message}", "Messages waiting in front of a stage.");
        _meter.CreateObservableGauge("helios.disk.free", FreeBytes, "By", "Bytes that may still be written where the database lies.");
        _meter.CreateObservableGauge("helios.memory.used", UsedMemory, "By", "Memory of a queue, cache or index.");
    }

    /// <summary>What readers have done, whether or not anybody listens to the meter.</summary>
    public ReadCounters Reads { get; } = new();

    /// <summary>Shows what was measured of disk and memory.</summary>
    public void Observe(FreeSpace space, MemoryBudget memory, FilterMemory filters) => (_space, _memory, _filters) = (space, memory, filters);

    /// <summary>A query has ended, or its caller has enough.</summary>
    /// <param name="access">Where it looked, for the tag.</param>
    /// <param name="took">Since its begin.</param>
    /// <param name="counts">What it did.</param>
    public void QueryEnded(string access, TimeSpan took, QueryCounts counts)
    {
        Reads.QueryEnded(counts);
        if (_queryDuration.Enabled)
            _queryDuration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("access", access));
        if (_queryRows.Enabled)
        {
            _queryRows.Add(counts.RowsRead, new KeyValuePair<string, object?>("kind", "read"));
            _queryRows.Add(counts.RowsReturned, new KeyValuePair<string, object?>("kind", "returned"));
        }

        if (_queryBlocks.Enabled && counts.BlocksRead + counts.BlocksSkipped > 0)
        {
            _queryBlocks.Add(counts.BlocksRead, new KeyValuePair<string, object?>("kind", "read"));
            _queryBlocks.Add(counts.BlocksSkipped - counts.BlocksSkippedByBlooms, new KeyValuePair<string, object?>("kind", "skipped"), new KeyValuePair<string, object?>("filter", "zones"));
            if (counts.BlocksSkippedByBlooms > 0)
                _queryBlocks.Add(counts.BlocksSkippedByBlooms, new KeyValuePair<string, object?>("kind", "skipped"), new KeyValuePair<string, object?>("filter", "bloom"));
        }
    }

    /// <summary>Something was removed that nobody could see.</summary>
    public void VersionsCollected(int versions, int keys, long bytes)
    {
        if (versions > 0)
            _versionsCollected.Add(versions, new KeyValuePair<string, object?>("kind", "version"));
        if (keys > 0)
            _versionsCollected.Add(keys, new KeyValuePair<string, object?>("kind", "key"));
        _versionBytes.Add(bytes);
    }

    /// <summary>The background has looked for filters to make.</summary>
    /// <param name="outcome">done, skipped (the processors were busy) or failed.</param>
    /// <param name="took">How long.</param>
    /// <param name="blocks">Blocks whose filters were made.</param>
    public void FilterRun(string outcome, TimeSpan took, long blocks)
    {
        _filterRuns.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        if (blocks > 0)
        {
            _filterDuration.Record(took.TotalSeconds);
            _filterBlocks.Add(blocks);
        }
    }

    /// <summary>Columns have got bloom filters because of the queries that there were, or have lost them.</summary>
    public void BloomsChosen(int made, int dropped)
    {
        if (made > 0)
            _filterBlooms.Add(made, new KeyValuePair<string, object?>("kind", "made"));
        if (dropped > 0)
            _filterBlooms.Add(dropped, new KeyValuePair<string, object?>("kind", "dropped"));
    }

    /// <summary>A background stage has run.</summary>
    /// <param name="stage">Which.</param>
    /// <param name="outcome">done, skipped (the processors were busy), stopped or failed.</param>
    /// <param name="took">How long.</param>
    public void MaintenanceRun(string stage, string outcome, TimeSpan took)
    {
        var (name, end) = (new KeyValuePair<string, object?>("stage", stage), new KeyValuePair<string, object?>("outcome", outcome));
        _maintenanceRuns.Add(1, name, end);
        if (_maintenanceDuration.Enabled)
            _maintenanceDuration.Record(took.TotalSeconds, name, end);
    }

    /// <summary>A piece of the store was checked.</summary>
    public void Scrubbed(long bytes, long problems)
    {
        _scrubRead.Add(bytes);
        if (problems > 0)
            _scrubProblems.Add(problems);
    }

    /// <summary>The stages that run now, in no order.</summary>
    public IEnumerable<StageMeter> Stages => _stages.Values;

    /// <summary>Validation of commits that are not validated by their callers. It has no mailbox, and works in parallel.</summary>
    public WorkMeter Validation { get; } = new();

    /// <summary>Syncs of the log.</summary>
    public WorkMeter Syncs { get; } = new();

    /// <param name="name">The stage.</param>
    /// <param name="depth">Messages that wait in front of it.</param>
    /// <param name="capacity">Messages that may wait there.</param>
    public StageMeter Stage(string name, Func<int> depth, int capacity) =>
        _stages[name] = new StageMeter(name, depth, capacity, _stageDuration, _runSize);

    public void Remove(string stage) => _stages.TryRemove(stage, out _);

    public void LogWritten(long bytes) => _logWritten.Add(bytes);

    public void LogSynced(TimeSpan took)
    {
        Syncs.Add(took);
        _syncDuration.Record(took.TotalSeconds);
    }

    public bool CommitsMeasured => _commitDuration.Enabled;

    public void CommitAnswered(TimeSpan took, Durability durability) =>
        _commitDuration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("durability", durability.ToString()));

    public void Dispose() => _meter.Dispose();

    // Nothing, rather than a number that is none, where the system does not say.
    private IEnumerable<Measurement<long>> FreeBytes() => _space?.Bytes is { } bytes ? [new Measurement<long>(bytes)] : [];

    private IEnumerable<Measurement<long>> UsedMemory()
    {
        if (_memory?.Last is not { } use)
            yield break;
        yield return Part("queue", use.Queue);
        yield return Part("batch", use.Batch);
        yield return Part("memtables", use.Memtables);
        yield return Part("blocks", use.Blocks);
        yield return Part("readers", use.TableReaders);
        yield return Part("rows", use.Rows);
        yield return Part("log", use.Log);
        yield return Part("index", use.Index);
        yield return Part("filters", _filters?.Bytes ?? 0);

        static Measurement<long> Part(string name, long bytes) => new(bytes, new KeyValuePair<string, object?>("part", name));
    }

    private IEnumerable<Measurement<int>> Depths()
    {
        foreach (var stage in _stages.Values)
            yield return new Measurement<int>(stage.Depth, new KeyValuePair<string, object?>("stage", stage.Name));
    }
}
