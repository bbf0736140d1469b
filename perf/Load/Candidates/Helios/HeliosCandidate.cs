using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Load;

/// <summary>What all Helios candidates have in common: the engine, its counts, opening again.</summary>
internal abstract class HeliosCandidate(HeliosOptions options) : Candidate
{
    private HeliosEngine? _engine;
    private RowInserter? _inserter;
    private EngineCounts? _counts;
    private string? _store;
    private long _commits;
    private double _keysPerRow;

    protected HeliosEngine Engine => _engine ?? throw new InvalidOperationException("The engine is not open.");

    protected RowInserter Inserter => _inserter ?? throw new InvalidOperationException("The engine is not open.");

    public sealed override void Prepare(BulkRows rows) => RowInserter.Prepare(rows);

    public sealed override async Task OpenAsync(string directory)
    {
        _counts = new EngineCounts();
        _engine = await HeliosEngine.OpenAsync(directory, options).ConfigureAwait(false);
        _store = Engine.Parts.Store.Directory;
        _inserter = await RowInserter.OpenAsync(Engine).ConfigureAwait(false);
    }

    public sealed override async Task<long> RunAsync(BulkRows rows, Workload workload, Latencies latencies)
    {
        _counts!.Begin(Engine);
        var acknowledged = await WriteAsync(rows, workload, latencies).ConfigureAwait(false);
        _counts.End(Engine);
        _commits = acknowledged / workload.CommitRows;
        return acknowledged;
    }

    public override async Task CloseAsync()
    {
        await Engine.DisposeAsync().ConfigureAwait(false);
        _counts!.Dispose();
    }

    /// <summary>Asks the engine for its row count, and RocksDB itself for the keys that are there.</summary>
    public sealed override async Task<long> CountAsync(string directory)
    {
        long rows;
        await using (var engine = await HeliosEngine.OpenAsync(directory, new HeliosOptions { CreateIfMissing = false, Encryption = options.Encryption }).ConfigureAwait(false))
        {
            var table = await RowInserter.OpenAsync(engine).ConfigureAwait(false);
            rows = await table.CountAsync().ConfigureAwait(false);
        }

        _keysPerRow = StoreKeys.CountRows(_store!) / (double)Math.Max(rows, 1);
        return rows;
    }

    public override Figures Complete(Figures figures) => figures with
    {
        TimeByStage = TimeByStage(figures.Rows),
        KeysPerRow = _keysPerRow,
        NativeCallsPerRun = _counts!.NativeWrites / Math.Max(_counts.CommitRuns, 1.0),
        WakesPerCommit = _counts.Wakes / Math.Max(_commits, 1.0),
        CommitsPerSync = _counts.Syncs == 0 ? null : _commits / (double)_counts.Syncs,
        LogBytesPerRow = _counts.LogBytes / Math.Max(figures.Rows, 1.0),
    };

    /// <summary>Seconds inside the calls that write rows, until they return a task; 0 where nobody measured it.</summary>
    protected double CallerSeconds { get; set; }

    /// <summary>Writes the rows; returns how many were acknowledged.</summary>
    protected abstract Task<long> WriteAsync(BulkRows rows, Workload workload, Latencies latencies);

    private SortedDictionary<string, double> TimeByStage(long rows)
    {
        var times = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (stage, seconds) in _counts!.StageSeconds)
            times[stage] = seconds * 1e6 / rows;
        if (CallerSeconds > 0)
            times["caller"] = CallerSeconds * 1e6 / rows;
        return times;
    }
}
