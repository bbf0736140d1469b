using System.Diagnostics;
using System.Numerics;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>Work that is done again and again beside the commits. A failure is logged and the work tried again, later each time; it can be stopped, started again, and done at once.</summary>
/// <remarks>Any thread. One run at a time. Stopping waits for the run in hand, which is told by its token and leaves nothing half done.</remarks>
internal abstract class BackgroundStage : IDisposable
{
    /// <summary>The longest pause after failures, in intervals.</summary>
    private const int MaxBackoff = 32;

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TimeSpan _interval;
    private readonly MaintenanceBudget? _budget;
    private readonly PipelineMetrics? _metrics;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Lock _gate = new();
    private CancellationTokenSource? _stop; // null while stopped
    private Task _loop = Task.CompletedTask;
    private StageReport _report;
    private long _intervals;
    private CancellationTokenSource _hurry = new(); // cancelled while somebody has asked for a run
    private int _asking;
    private bool _isSkipped; // the run in hand
    private int _blindLooks; // that failed, in a row

    /// <param name="name">What counters, logs and instruments call it.</param>
    /// <param name="interval">Between two runs.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where failures go.</param>
    /// <param name="budget">What it shares with the other stages; null for none.</param>
    /// <param name="metrics">Counts its runs; null for nobody.</param>
    protected BackgroundStage(string name, TimeSpan interval, TimeProvider time, ILogger logger, MaintenanceBudget? budget = null, PipelineMetrics? metrics = null)
    {
        _budget = budget;
        _metrics = metrics;
        _interval = interval;
        _time = time;
        _logger = logger;
        _report = new StageReport(name, false, 0, 0, TimeSpan.Zero, null, null);
    }

    protected TimeProvider Time => _time;

    /// <summary>Intervals that are over and dealt with, those of a pause included.</summary>
    internal long Intervals => Interlocked.Read(ref _intervals);

    /// <summary>Called at the beginning of each run, for tests: may throw.</summary>
    internal Action? BeforeRun { get; set; }

    /// <summary>What it has done so far.</summary>
    public StageReport Report
    {
        get
        {
            lock (_gate)
                return _report with { IsRunning = _stop is not null };
        }
    }

    /// <summary>Begins; the first run is one interval from now.</summary>
    /// <exception cref="InvalidOperationException">It runs already.</exception>
    public void Start()
    {
        lock (_gate)
        {
            if (_stop is not null)
                throw new InvalidOperationException($"The stage {_report.Name} runs already.");
            _stop = new CancellationTokenSource();
            _loop = LoopAsync(new PeriodicTimer(_interval, _time), _stop.Token);
        }
    }

    /// <summary>Ends: the run in hand is finished or given up whole. Nothing where it does not run.</summary>
    public async Task StopAsync()
    {
        CancellationTokenSource? stop;
        Task loop;
        lock (_gate)
            (stop, loop, _stop) = (_stop, _loop, null);
        if (stop is null)
            return;
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        stop.Dispose();
        if (!await _one.WaitAsync(TimeSpan.Zero).ConfigureAwait(false))
            return; // a run that somebody asked for goes on
        try
        {
            OnStopped();
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Does all that there is to do now, whatever the interval, the processors and the stage's own thresholds say.</summary>
    public Task RunNowAsync(CancellationToken cancellationToken) => RunNowAsync(token => RunAsync(isForced: true, token), cancellationToken);

    public void Dispose()
    {
        _one.Dispose();
        _hurry.Dispose();
    }

    /// <summary>Does something now that counts as a run, with no other beside it.</summary>
    protected async Task RunNowAsync(Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        BeginHurry();
        try
        {
            await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await RunCountedAsync(run, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _one.Release();
            }
        }
        finally
        {
            EndHurry();
        }
    }

    /// <summary>It has been stopped, and nothing runs: what it held open may go. It may be started again.</summary>
    protected virtual void OnStopped()
    {
    }

    /// <summary>Called by the background each interval, also in a pause after failures and beside a run that somebody has asked for: is something due? A look that finds nothing is no run.</summary>
    protected virtual bool Look() => true;

    /// <summary>Tells a failure of the background; who asked for a run is told by what it gets.</summary>
    protected virtual void LogFailure(ILogger logger, Exception error) => StageLog.Failed(logger, _report.Name, error);

    /// <summary>Does what is due.</summary>
    /// <param name="isForced">Do all that can be done, now.</param>
    /// <param name="cancellationToken">Stop between two steps.</param>
    protected abstract Task RunAsync(bool isForced, CancellationToken cancellationToken);

    /// <summary>Pays for what a step has read or removed: waits until the stages together keep to their bytes a second. A run that somebody asked for pays nothing, and the one before it waits no longer.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="cancellationToken">The run's.</param>
    /// <param name="most">So long at most, for who holds something meanwhile; null without end.</param>
    protected async Task PaceAsync(long bytes, CancellationToken cancellationToken, TimeSpan? most = null)
    {
        CancellationToken hurry;
        lock (_gate)
            hurry = _hurry.Token;
        if (_budget is null || hurry.IsCancellationRequested)
            return;
        using var limit = most is { } longest ? new CancellationTokenSource(longest, _time) : null;
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, hurry, limit?.Token ?? CancellationToken.None);
        try
        {
            await _budget.TakeAsync(bytes, wait.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // somebody has asked for a run, or it has waited as long as it may: it goes on
        }
    }

    /// <summary>The share of the processors in use, as all stages see it; null where it cannot be known.</summary>
    protected double? SampleCpu() => _budget?.Cpu.Sample();

    /// <summary>The run in hand does nothing, or not all, because the processors are busy.</summary>
    protected void Skip() => _isSkipped = true;

    private void BeginHurry()
    {
        CancellationTokenSource? hurry;
        lock (_gate)
            hurry = _asking++ == 0 ? _hurry : null;
        hurry?.Cancel();
    }

    private void EndHurry()
    {
        lock (_gate)
        {
            if (--_asking > 0)
                return;
            _hurry.Dispose();
            _hurry = new CancellationTokenSource();
        }
    }

    private async Task LoopAsync(PeriodicTimer intervals, CancellationToken stop)
    {
        using var timer = intervals;
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Activity.Current = null; // what started it is not what it works for
        var (failures, pause) = (0, 0);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                var isDue = TryLook();
                if (pause > 0)
                {
                    pause--;
                }
                else if (isDue)
                {
                    failures = await TryRunAsync(stop).ConfigureAwait(false) ? 0 : failures + 1;
                    pause = failures == 0 ? 0 : Math.Min(1 << Math.Min(failures - 1, 10), MaxBackoff) - 1;
                }

                Interlocked.Increment(ref _intervals);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // it is stopped
        }
    }

    private bool TryLook()
    {
        try
        {
            var isDue = Look();
            _blindLooks = 0;
            return isDue;
        }
        catch (Exception error)
        {
            // Looks go on each interval, which may be four a second. They are told of at the first, second, fourth ... of them, so that no log drowns.
            _blindLooks++;
            if (_blindLooks % MaxBackoff == 0 || (_blindLooks < MaxBackoff && BitOperations.IsPow2(_blindLooks)))
                LogFailure(_logger, error);
            lock (_gate)
                _report = _report with { Failures = _report.Failures + 1, LastError = error.Message };
            return false;
        }
    }

    private async Task<bool> TryRunAsync(CancellationToken stop)
    {
        await _one.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            await RunCountedAsync(token => RunAsync(isForced: false, token), stop).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            LogFailure(_logger, error);
            return false;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task RunCountedAsync(Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        Exception? failure = null;
        var outcome = "done";
        _isSkipped = false;
        try
        {
            BeforeRun?.Invoke();
            await run(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            failure = error is OperationCanceledException && cancellationToken.IsCancellationRequested ? null : error;
            outcome = failure is null ? "stopped" : "failed";
            throw;
        }
        finally
        {
            var took = _time.GetElapsedTime(started);
            _metrics?.MaintenanceRun(_report.Name, _isSkipped && outcome == "done" ? "skipped" : outcome, took);
            lock (_gate)
            {
                _report = _report with
                {
                    Runs = _report.Runs + 1,
                    Failures = _report.Failures + (failure is null ? 0 : 1),
                    Busy = _report.Busy + took,
                    LastRun = _time.GetUtcNow(),
                    LastError = failure?.Message ?? _report.LastError,
                };
            }
        }
    }
}

/// <summary>What a background stage has done.</summary>
/// <param name="Name">The stage.</param>
/// <param name="IsRunning">Does it run by itself?</param>
/// <param name="Runs">Runs so far.</param>
/// <param name="Failures">Runs that failed, whose work is tried again, and looks for work that failed.</param>
/// <param name="Busy">Time spent in runs.</param>
/// <param name="LastRun">When the last run ended.</param>
/// <param name="LastError">Why the last one that failed did.</param>
internal sealed record StageReport(string Name, bool IsRunning, long Runs, long Failures, TimeSpan Busy, DateTimeOffset? LastRun, string? LastError);
