using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Maintenance.Tests;

/// <summary>A stage that shares a budget: what waits for it can be stopped, hurried and bounded.</summary>
public sealed class PacedStageTests : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly PipelineMetrics _metrics = new();
    private readonly MaintenanceBudget _budget;

    public PacedStageTests() => _budget = new MaintenanceBudget(1, new IdleCpu(), _time);

    public void Dispose()
    {
        _budget.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public async Task A_run_that_waits_for_its_bytes_can_be_stopped_and_the_next_one_goes_on()
    {
        using var stage = new PacedStage(_time, _budget, _metrics);
        await WaitInRunAsync(stage);
        await stage.StopAsync();
        Assert.Equal((0, 0, 0L), (_budget.Waiting, stage.Ended, stage.Report.Failures));

        stage.Bytes = 0;
        stage.Start();
        while (stage.Ended == 0)
            await TickAsync();
        await stage.StopAsync();
    }

    [Fact]
    public async Task A_run_that_somebody_asks_for_pays_nothing_and_the_one_before_it_waits_no_longer()
    {
        using var stage = new PacedStage(_time, _budget, _metrics);
        await WaitInRunAsync(stage);
        await stage.RunNowAsync(default);
        Assert.Equal((2, 0), (stage.Ended, _budget.Waiting));

        while (_budget.Waiting == 0) // afterwards it pays again
            await TickAsync();
        await stage.StopAsync();
    }

    [Fact]
    public async Task A_wait_that_holds_something_ends_by_itself()
    {
        using var stage = new PacedStage(_time, _budget, _metrics) { Most = TimeSpan.FromSeconds(3) };
        await WaitInRunAsync(stage);
        _time.Advance(TimeSpan.FromSeconds(3));
        for (var look = 0; stage.Ended == 0; look++)
        {
            Assert.True(look < 1_000_000, "it waits on");
            await Task.Yield();
        }

        await stage.StopAsync();
    }

    [Fact]
    public async Task Every_run_is_counted_by_stage_and_outcome_with_the_time_that_it_took()
    {
        var runs = new List<string>();
        var durations = new List<(string Outcome, double Seconds)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Name is "helios.maintenance.runs" or "helios.maintenance.duration")
                    listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) => { if (Tag(tags, "stage") == "paced") runs.Add($"{Tag(tags, "outcome")} {count}"); });
        listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) => { if (Tag(tags, "stage") == "paced") durations.Add((Tag(tags, "outcome"), seconds)); });
        listener.Start();
        using var stage = new PacedStage(_time, _budget, _metrics) { Bytes = 0 };

        stage.Work = () => _time.Advance(TimeSpan.FromSeconds(2));
        await stage.RunNowAsync(default);
        stage.Work = stage.SkipThis;
        await stage.RunNowAsync(default);
        stage.Work = () => throw new IOException("the disk is away");
        await Assert.ThrowsAsync<IOException>(() => stage.RunNowAsync(default));
        using var stop = new CancellationTokenSource();
        stage.Work = stop.Cancel;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stage.RunNowAsync(stop.Token));
        stage.Work = null;
        await stage.RunNowAsync(default); // the one that was skipped is forgotten

        Assert.Equal(["done 1", "skipped 1", "failed 1", "stopped 1", "done 1"], runs);
        Assert.Equal(("done", 2.0), durations[0]);
        Assert.Equal(5, durations.Count);

        static string Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
        {
            foreach (var tag in tags)
            {
                if (tag.Key == name)
                    return (string)tag.Value!;
            }

            return "";
        }
    }

    private async Task WaitInRunAsync(PacedStage stage)
    {
        await _budget.TakeAsync(1_000_000, default); // it takes what nobody will have paid for while the test runs
        stage.Start();
        for (var look = 0; _budget.Waiting == 0; look++)
        {
            Assert.True(look < 1_000, "the stage does not wait");
            await TickAsync();
        }
    }

    private async Task TickAsync()
    {
        _time.Advance(s_interval);
        for (var look = 0; look < 1_000; look++)
            await Task.Yield();
    }

    private sealed class PacedStage(TimeProvider time, MaintenanceBudget budget, PipelineMetrics metrics)
        : BackgroundStage("paced", s_interval, time, NullLogger.Instance, budget, metrics)
    {
        public long Bytes { get; set; } = 1_000_000;

        public TimeSpan? Most { get; init; }

        public Action? Work { get; set; }

        public int Ended { get; private set; }

        public void SkipThis() => Skip();

        protected override async Task RunAsync(bool isForced, CancellationToken cancellationToken)
        {
            Work?.Invoke();
            await PaceAsync(Bytes, cancellationToken, Most);
            cancellationToken.ThrowIfCancellationRequested();
            Ended++;
        }
    }

    private sealed class IdleCpu : ICpuGauge
    {
        public double? Sample() => 0;
    }
}
