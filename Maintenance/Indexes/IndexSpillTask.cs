using System.Diagnostics;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>
/// Keeps unique indexes near their budget, see <see cref="IndexShrinking"/>: when Constrain says that one is too large, and again where not all could go.
/// </summary>
internal sealed class IndexSpillTask(RecoveredPath engine, TimeProvider time, ILogger logger)
{
    /// <summary>Where nothing may go, because a reader looks at what was before.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly IndexShrinking _shrinking = new(engine.Parts.Plans, engine.Snapshots, request => engine.Path.SpillAsync(request))
    {
        Moved = (evicted, plan, index) => IndexSpillLog.Spilled(logger, evicted, plan.IndexName(index), plan.Definition.Name),
    };

    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = LoopAsync();

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
    }

    /// <summary>Brings every index below its budget; false where some entries could not go yet.</summary>
    /// <exception cref="HeliosException">The write path has failed or stopped: what has not gone stays.</exception>
    public async Task<bool> RunNowAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _shrinking.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Entries that may go, as far as can be seen without Constrain.</summary>
    internal SpillRequest Collect(TablePlan plan, int index, int entries) => _shrinking.Collect(plan, index, entries);

    private async Task LoopAsync()
    {
        Activity.Current = null; // what opened the engine is not what moves its entries
        using var again = new PeriodicTimer(s_again, time);
        try
        {
            while (true)
            {
                if (engine.Path.Fault is not null || await TryRunAsync().ConfigureAwait(false))
                    await engine.Parts.SpillWanted.WaitAsync(_stop.Token).ConfigureAwait(false);
                else
                    await again.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // the engine closes
        }
    }

    private async Task<bool> TryRunAsync()
    {
        try
        {
            return await RunNowAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HeliosException or ObjectDisposedException)
        {
            IndexSpillLog.Stopped(logger, error); // the path has recorded its own fault; what resumes it wakes this again
            return true;
        }
    }
}
