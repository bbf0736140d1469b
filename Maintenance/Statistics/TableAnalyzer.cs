using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>Gathers the statistics of tables, each from one snapshot, and has them stored. Any thread; one table at a time.</summary>
/// <remarks>
/// Reads a table in batches, far ahead and past the cache, and keeps sketches only: 20 to 60 KiB a column, however many rows there are. Commits go on meanwhile. A failure, or who gives up, leaves the
/// statistics there were.
/// </remarks>
internal sealed class TableAnalyzer(RecoveredPath engine, StatisticsCache cache, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1); // of two of one table the later one must win
    private long _tables;
    private long _rows;

    /// <summary>Tables analysed since the engine was opened.</summary>
    public long Tables => Interlocked.Read(ref _tables);

    /// <summary>Rows read for it.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Called between two batches, for tests.</summary>
    internal Action? BetweenBatches { get; set; }

    /// <summary>Gathers and stores the statistics of a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="progress">Is told after each batch how many rows have been read.</param>
    /// <param name="cancellationToken">Stops between two batches.</param>
    /// <param name="pace">Is told after each batch how many bytes it had, and may wait; null for nobody.</param>
    /// <exception cref="HeliosException">Corrupt: a row cannot be read. Closed, Unavailable: the write path has stopped or failed.</exception>
    public async Task<TableStatistics> AnalyzeAsync(TablePlan table, Action<long>? progress, CancellationToken cancellationToken, Func<long, CancellationToken, Task>? pace = null)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // it takes long: not on the caller's thread
            if (engine.Path.Fault is { } fault)
                throw EngineFault.RefusalFor(fault); // what would be found could not be stored
            var id = table.Definition.Id;
            var changes = engine.Parts.Published.Activity(id).Changes; // before the snapshot, so that none is taken for known that is not
            var statistics = StatisticsCodec.Fit(await ReadAsync(table, progress, pace, cancellationToken).ConfigureAwait(false));
            await engine.Path.StoreAsync(new StatisticsRequest(id, statistics)).ConfigureAwait(false);
            cache.Stored(id, statistics, changes);
            Interlocked.Increment(ref _tables);
            return statistics;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<TableStatistics> ReadAsync(TablePlan table, Action<long>? progress, Func<long, CancellationToken, Task>? pace, CancellationToken cancellationToken)
    {
        using var view = new ReadView(engine.Parts.Store, engine.Parts.Rows, engine.Snapshots);
        using var rows = view.Scan(table);
        using var sketch = new TableSketch(table.Definition.Schema);
        using var batch = RowBatch.Rent();
        var offsets = new int[table.Definition.Schema.Columns.Length];
        var read = 0L;
        bool more;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            batch.Clear();
            more = rows.Fill(batch);
            for (var i = 0; i < batch.Count; i++)
            {
                RowView.ReadOffsets(batch[i], offsets);
                sketch.Add(batch[i], offsets);
            }

            read += batch.Count;
            Interlocked.Add(ref _rows, batch.Count);
            progress?.Invoke(read);
            BetweenBatches?.Invoke();
            if (pace is not null && more)
                await pace(batch.Bytes, cancellationToken).ConfigureAwait(false);
        }
        while (more);
        return sketch.ToStatistics(view.Lsn, time.GetUtcNow());
    }
}
