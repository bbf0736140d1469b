using Helios.Pipeline.Maintenance;
using Microsoft.Extensions.Logging.Abstractions;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class BackgroundStageTests
{
    [Fact]
    public async Task A_run_that_fails_while_it_is_stopped_is_counted_and_the_stop_succeeds()
    {
        var clock = new TickingTime();
        using var stage = new Work(clock);
        stage.Start();
        await clock.TickAsync();
        await stage.Entered.Task;

        var stopping = stage.StopAsync();
        await stage.Told.Task; // that it is to stop
        stage.Leave.SetException(new IOException("the disk is gone"));
        await stopping;

        Assert.Equal((false, 1L, 1L, "the disk is gone"), (stage.Report.IsRunning, stage.Report.Runs, stage.Report.Failures, stage.Report.LastError));
    }

    [Fact]
    public async Task It_can_be_started_again_after_a_stop_and_not_twice()
    {
        var clock = new TickingTime();
        using var stage = new Work(clock);
        stage.Leave.SetResult();
        for (var i = 1; i <= 3; i++)
        {
            stage.Start();
            Assert.Throws<InvalidOperationException>(stage.Start);
            await clock.TickAsync();
            await stage.Entered.Task;
            stage.Entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await Task.WhenAll(stage.StopAsync(), stage.StopAsync());
            await stage.StopAsync();
            Assert.False(stage.Report.IsRunning);
            Assert.Equal((i, 0), (stage.Report.Runs, stage.Report.Failures));
        }
    }

    private sealed class Work(TimeProvider time) : BackgroundStage("work", TimeSpan.FromSeconds(1), time, NullLogger.Instance)
    {
        public TaskCompletionSource Entered { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Leave { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override async Task RunAsync(bool isForced, CancellationToken cancellationToken)
        {
            await using var told = cancellationToken.Register(() => Told.TrySetResult());
            Entered.SetResult();
            await Leave.Task;
        }
    }

    /// <summary>A periodic timer ticks when the test says so.</summary>
    private sealed class TickingTime : TimeProvider
    {
        private TaskCompletionSource<Action> _made = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _made.SetResult(() => callback(state));
            return timer;
        }

        public async Task TickAsync()
        {
            var tick = await _made.Task;
            _made = new TaskCompletionSource<Action>(TaskCreationOptions.RunContinuationsAsynchronously);
            tick();
        }
    }
}
