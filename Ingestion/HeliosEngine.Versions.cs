using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Ingestion;

/// <content>Versions that nobody can see any more.</content>
public sealed partial class HeliosEngine
{
    private readonly SemaphoreSlim _vacuuming = new(1, 1);

    /// <summary>Removes now all versions that nobody can see any more, rather than when the background comes to it. Their space returns bit by bit, as RocksDB rewrites its files.</summary>
    /// <param name="cancellationToken">Stops between two batches; what is removed by then is removed.</param>
    /// <exception cref="HeliosException">Unavailable: the engine has failed. Corrupt: the log or the store cannot be read. Closed: the engine was closed.</exception>
    /// <remarks>What is not durable yet (see <see cref="Durable"/>) stays, and so does everything where <see cref="VersionOptions.IsEnabled"/> is false.</remarks>
    public async Task CollectVersionsAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        try
        {
            if (_versions is not null)
                await _versions.RunNowAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectDisposedException) when (State == EngineState.Closed)
        {
            throw Closed();
        }
    }

    /// <summary>Removes what nobody can see any more of a table, and rewrites the table's part of the store without it, so that the space returns to the disk.</summary>
    /// <param name="table">Its name; null for all tables, those of the engine among them.</param>
    /// <param name="progress">Told after each step; null for nobody.</param>
    /// <param name="cancellationToken">Stops between two steps; what is removed by then is removed. Rewriting a table's rows is one step.</param>
    /// <remarks>
    /// Reads and commits go on; while files are rewritten, each run of commits is synced first, whatever the safety level. What an open reader still sees stays (<see cref="TableVacuumReport.VersionsHeld"/>). It needs room for
    /// the table's new files beside the old ones. One at a time; a second call waits. Closing the engine ends it with <c>closed</c>.
    /// </remarks>
    /// <exception cref="HeliosException">Invalid <c>unknown_table</c>: there is no such table. Unavailable: the engine has failed, or the disk refuses. Corrupt: the store cannot be read. Closed: the engine closes.</exception>
    public async Task<VacuumReport> VacuumAsync(string? table = null, IProgress<VacuumProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        var plans = PlansToVacuum(table);
        var started = _options.TimeProvider.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            await _vacuuming.WaitAsync(stop.Token).ConfigureAwait(false);
            try
            {
                var done = new List<TableVacuumReport>();
                foreach (var plan in plans)
                    done.Add(await VacuumAsync(plan, progress, stop.Token).ConfigureAwait(false));
                return new VacuumReport(done, _options.TimeProvider.GetElapsedTime(started));
            }
            finally
            {
                _vacuuming.Release();
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Closed();
        }
    }

    internal VersionCollectionStage? Versions => _versions;

    private IReadOnlyList<TablePlan> PlansToVacuum(string? table)
    {
        if (table is null)
            return [.. Parts.Plans.All];
        var definition = Parts.Published.Catalog.Find(table)
            ?? throw new HeliosException(HeliosErrorKind.Invalid, "unknown_table", $"There is no table {table}. Nothing was changed.") { Table = table };
        return [Parts.Plans[definition.Id]];
    }

    private async Task<TableVacuumReport> VacuumAsync(TablePlan plan, IProgress<VacuumProgress>? progress, CancellationToken cancellationToken)
    {
        var name = plan.Definition.Name;
        var counts = await new TableVacuum(_recovered, CollectionOptions(), _checkpoints.RunNowAsync)
            .RunAsync(plan, counts => progress?.Report(new VacuumProgress(name, (VacuumStep)counts.Phase, counts.Read, counts.Versions)), cancellationToken).ConfigureAwait(false);
        return new TableVacuumReport(name, counts.Read, counts.Versions, counts.Held, counts.Keys, counts.BytesBefore, counts.BytesAfter);
    }

    private VersionCollectionStage? MakeVersions() => !_options.Versions.IsEnabled ? null
        : new VersionCollectionStage(_recovered, CollectionOptions(), _budget, _options.TimeProvider, _options.LoggerFactory.CreateLogger<VersionCollectionStage>());

    private VersionCollectionOptions CollectionOptions()
    {
        var options = _options.Versions;
        return new VersionCollectionOptions(options.CollectionInterval, options.RetainedCommits, Math.Min(options.CollectionMaxCpu, _options.Maintenance.MaxCpu), options.CollectionMaxWait, options.MaxLogBytes);
    }

    /// <summary>Ends a vacuum that runs, lets no other begin, and waits for its step: it uses the store.</summary>
    private Task StopVacuumAsync() => _vacuuming.WaitAsync(); // kept: nobody gets it any more
}
