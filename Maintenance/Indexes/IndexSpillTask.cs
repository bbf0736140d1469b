using System.Diagnostics;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>
/// Keeps unique indexes near their budget: walks over the one that is too large from where it stopped last, and moves entries that nobody has
/// changed lately to the store. What may really go is decided by Constrain.
/// </summary>
internal sealed class IndexSpillTask(RecoveredPath engine, TimeProvider time, ILogger logger)
{
    /// <summary>Entries moved at once: few enough that no commit waits long behind them.</summary>
    private const int MaxEntries = 32 << 10;

    /// <summary>Moving fewer is not worth the way through the stages.</summary>
    private const int LeastEntries = 256;

    /// <summary>Entries looked at for one that may go: where a reader holds everything back, a round must end.</summary>
    private const int LooksPerEntry = 8;

    /// <summary>Where nothing may go, because a reader looks at what was before.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Dictionary<ArtTree, byte[]> _hands = [];
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
            var isDone = true;
            foreach (var plan in engine.Parts.Plans.All.ToArray())
            {
                for (var i = 0; i < plan.UniqueCount; i++)
                    isDone &= !plan.Trees[i].IsOverBudget || await ShrinkAsync(plan, i, cancellationToken).ConfigureAwait(false);
            }

            return isDone;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Entries from where the last walk ended that may go, as far as can be seen without Constrain.</summary>
    internal SpillRequest Collect(TablePlan plan, int index, int entries)
    {
        var tree = plan.Trees[index];
        var horizon = engine.Snapshots.Horizon();
        var request = new SpillRequest(plan, index);
        var cursor = tree.OpenCursor(Lsn.Max);
        cursor.Seek(_hands.GetValueOrDefault(tree, []));
        var hasWrapped = false;
        for (var looks = 0L; request.Count < entries && looks < Math.Min((long)entries * LooksPerEntry, tree.Count + 1); looks++)
        {
            if (!cursor.MoveNext())
            {
                if (hasWrapped)
                    break;
                hasWrapped = true;
                cursor.Seek([]);
                continue;
            }

            if (cursor.Version.Lsn <= horizon)
                request.Add(cursor.Key, cursor.Version);
        }

        _hands[tree] = [.. cursor.Key, 0]; // the first key behind it
        return request;
    }

    private async Task<bool> ShrinkAsync(TablePlan plan, int index, CancellationToken cancellationToken)
    {
        var tree = plan.Trees[index];
        while (tree.LiveBytes > tree.SpillTarget && tree.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var perEntry = Math.Max(tree.LiveBytes / tree.Count, 1);
            var request = Collect(plan, index, (int)Math.Clamp(((tree.LiveBytes - tree.SpillTarget) / perEntry) + 1, LeastEntries, MaxEntries));
            if (request.Count == 0)
                return false;
            await engine.Path.SpillAsync(request).ConfigureAwait(false);
            if (request.Evicted == 0)
                return false;
            IndexSpillLog.Spilled(logger, request.Evicted, plan.IndexName(index), plan.Definition.Name);
        }

        return true;
    }

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
        catch (HeliosException error)
        {
            IndexSpillLog.Stopped(logger, error); // the path has recorded its own fault; what resumes it wakes this again
            return true;
        }
    }
}
