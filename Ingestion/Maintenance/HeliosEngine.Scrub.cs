using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Ingestion;

/// <content>Is the store as it was written?</content>
public sealed partial class HeliosEngine
{
    private readonly MaintenanceBudget _budget;
    private readonly ScrubStage _scrub;
    private readonly SemaphoreSlim _scrubbing = new(1, 1);

    /// <summary>Reads all rows and keys of the store: does every block of them verify, does every key have a known kind, does every value and every version of a row decode?</summary>
    /// <param name="progress">Told after each piece; null for nobody.</param>
    /// <param name="cancellationToken">Stops between two pieces.</param>
    /// <returns>What was found. Damage is no exception here: see <see cref="ScrubReport.ThrowIfDamaged"/>.</returns>
    /// <remarks>
    /// Reads and commits go on, and damage that is met stops neither them nor the scrub: what cannot be read is named once and passed over. Blocks that the cache has are not read from the disk
    /// again. What <see cref="DatabaseVerifier"/> compares beside that, counters, unique keys and log with the rows, is not: it needs a database that stands still. One at a time; a second call
    /// waits. Closing the engine ends it with <c>closed</c>.
    /// </remarks>
    /// <exception cref="HeliosException">Closed: the engine closes.</exception>
    public async Task<ScrubReport> ScrubAsync(IProgress<ScrubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        var started = _options.TimeProvider.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            await _scrubbing.WaitAsync(stop.Token).ConfigureAwait(false);
            try
            {
                var found = await _scrub.PassAsync(progress is null ? null : so => progress.Report(new ScrubProgress(so.Rows, so.Keys, so.Bytes, so.Problems)), stop.Token).ConfigureAwait(false);
                return new ScrubReport(found.Rows, found.Keys, found.Bytes, found.Problems, found.Named, _options.TimeProvider.GetElapsedTime(started));
            }
            finally
            {
                _scrubbing.Release();
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Closed();
        }
    }

    internal ScrubStage Scrub => _scrub;

    internal MaintenanceBudget Budget => _budget;

    /// <summary>All background stages that share the budget.</summary>
    internal IEnumerable<BackgroundStage> BackgroundStages() => new BackgroundStage?[] { _checkpoints, _indexSnapshots, _filters, _statistics.Stage, _versions, _scrub }.OfType<BackgroundStage>();

    private MaintenanceBudget MakeBudget() => new(_options.Maintenance.BytesPerSecond, _options.Cpu ?? new CpuGauge(_options.TimeProvider), _options.TimeProvider);

    private ScrubStage MakeScrub() => new(_recovered, _options.Scrub.Rules(_options.Maintenance.MaxCpu), _budget, _options.TimeProvider, _options.LoggerFactory.CreateLogger<ScrubStage>());

    /// <summary>Ends a scrub that runs, lets no other begin, and waits for its piece: it uses the store.</summary>
    private async Task StopScrubAsync()
    {
        await _scrubbing.WaitAsync().ConfigureAwait(false); // kept: nobody gets it any more
        await _scrub.StopAsync().ConfigureAwait(false);
    }
}
