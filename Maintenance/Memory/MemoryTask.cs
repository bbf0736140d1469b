using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>Measures, in the background, what queues and caches take, and reports it to <see cref="MemoryBudget"/>, which the gate asks. Tells caches that time has passed.</summary>
internal sealed class MemoryTask(Func<MemoryUse> measure, Action<TimeSpan> age, MemoryBudget budget, TimeProvider time, ILogger logger)
{
    /// <summary>Every part is bounded by itself, so that what can pile up in between is small; each sample takes some 20 µs.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _one = new();
    private bool _toldTight;
    private Task _loop = Task.CompletedTask;

    public void Start()
    {
        Sample();
        _loop = LoopAsync();
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
    }

    /// <summary>Takes a sample now. Any thread, while the store is open.</summary>
    public MemoryUse Sample()
    {
        lock (_one)
        {
            var use = measure();
            budget.Report(use);
            if (budget.IsTight == _toldTight)
                return use;
            _toldTight = budget.IsTight;
            if (_toldTight)
                MemoryLog.Tight(logger, use.Others, budget.Bytes, budget.QueueLimit);
            else
                MemoryLog.Roomy(logger, use.Others, budget.Bytes);
            return use;
        }
    }

    private async Task LoopAsync()
    {
        Activity.Current = null; // what opened the engine is not what measures
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                Sample();
                age(s_interval);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // the engine closes
        }
    }
}
