using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Maintenance.Tests;

public sealed class BackgroundStageTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_stage_can_be_started_stopped_and_started_again()
    {
        using var stage = new CountingStage(_time);
        Assert.False(stage.Report.IsRunning);
        await stage.StopAsync(); // nothing runs

        for (var turn = 1; turn <= 3; turn++)
        {
            stage.Start();
            Assert.Throws<InvalidOperationException>(stage.Start);
            await TickUntilAsync(stage, runs: turn);
            await stage.StopAsync();
            Assert.False(stage.Report.IsRunning);
            _time.Advance(s_interval * 5);
            Assert.Equal(turn, stage.Report.Runs);
        }
    }

    [Fact]
    public async Task Stopping_waits_for_the_run_in_hand_and_gives_it_its_token()
    {
        using var stage = new CountingStage(_time) { Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        stage.Start();
        for (var look = 0; !stage.Entered.Task.IsCompleted; look++)
        {
            Assert.True(look < 10_000_000, "the stage does not begin its run");
            _time.Advance(s_interval);
            await Task.Yield();
        }

        var stopping = stage.StopAsync();
        Assert.True(stage.Token.IsCancellationRequested);
        Assert.False(stopping.IsCompleted);
        stage.Hold.SetResult();
        await stopping;
        Assert.Equal(1, stage.Report.Runs);
    }

    [Fact]
    public async Task A_failure_is_reported_and_tried_again_later_each_time_until_it_works()
    {
        using var stage = new CountingStage(_time) { FailuresLeft = 3 };
        stage.Start();

        await TickUntilAsync(stage, runs: 4);
        await stage.StopAsync();

        Assert.Equal(3, stage.Report.Failures);
        Assert.Equal("the disk is away", stage.Report.LastError);
        // After one failure the next interval is taken, after two the second, after three the fourth.
        Assert.Equal([1, 2, 4, 8], stage.RunsAt);
    }

    [Fact]
    public async Task A_run_that_is_asked_for_tells_its_failure_to_who_asked_and_never_runs_beside_another()
    {
        using var stage = new CountingStage(_time) { FailuresLeft = 1 };
        await Assert.ThrowsAsync<IOException>(() => stage.RunNowAsync(CancellationToken.None));

        stage.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = stage.RunNowAsync(CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var second = stage.RunNowAsync(stop.Token);
        Assert.False(second.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        stage.Hold.SetResult();
        await first;
        Assert.Equal(2, stage.Report.Runs);
    }

    [Fact]
    public async Task Looks_that_fail_are_counted_each_and_logged_ever_more_rarely_and_the_stage_works_once_one_succeeds()
    {
        var logged = new List<int>();
        using var stage = new CountingStage(_time) { BlindLooks = 70, OnFailure = logged.Add };
        stage.Start();

        await TickUntilAsync(stage, runs: 1);
        await stage.StopAsync();

        Assert.Equal([1, 2, 4, 8, 16, 32, 64], logged);
        Assert.Equal([71], stage.RunsAt);
        Assert.Equal((1, 70, "nothing can be seen"), (stage.Report.Runs, stage.Report.Failures, stage.Report.LastError));
    }

    private async Task TickUntilAsync(CountingStage stage, long runs)
    {
        for (var tick = 1; stage.Report.Runs < runs; tick++)
        {
            var before = stage.Intervals;
            stage.Tick = tick;
            _time.Advance(s_interval);
            for (var look = 0; stage.Intervals == before; look++)
            {
                Assert.True(look < 10_000_000, "the stage does not come to its interval");
                await Task.Yield();
            }
        }
    }

    private sealed class CountingStage(TimeProvider time) : BackgroundStage("counting", s_interval, time, NullLogger.Instance)
    {
        public int FailuresLeft { get; set; }

        public TaskCompletionSource? Hold { get; set; }

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken Token { get; private set; }

        public int Tick { get; set; }

        public int BlindLooks { get; init; }

        public Action<int> OnFailure { get; init; } = static _ => { };

        public List<int> RunsAt { get; } = [];

        protected override bool Look() => BlindLooks == 0 || Tick > BlindLooks ? true : throw new InvalidOperationException("nothing can be seen");

        protected override void LogFailure(ILogger logger, Exception error) => OnFailure(Tick);

        protected override async Task RunAsync(bool isForced, CancellationToken cancellationToken)
        {
            RunsAt.Add(Tick);
            Token = cancellationToken;
            Entered.TrySetResult();
            if (Hold is { } hold)
                await hold.Task;
            if (FailuresLeft-- > 0)
                throw new IOException("the disk is away");
        }
    }
}
