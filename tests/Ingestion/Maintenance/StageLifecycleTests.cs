using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What holds for every background stage: it can be stopped and started again at any time, a stop drains it, a failure is tried again, and its work is done once, neither lost nor twice.</summary>
public sealed class StageLifecycleTests : IAsyncLifetime
{
    private const int Rows = 6_000;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    private readonly EngineFixture _fixture = new();
    private readonly FakeTimeProvider _time = new();
    private HeliosEngine _engine = null!;
    private Table _table = null!;

    public async Task InitializeAsync()
    {
        _engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options() with
        {
            Filters = new BlockFilterOptions { ConsolidationInterval = s_interval, BlockRows = 100, ConsolidationChanges = 1 },
            Statistics = new StatisticsOptions { RefreshInterval = s_interval },
            Versions = new VersionOptions { CollectionInterval = s_interval },
            Scrub = new ScrubOptions { Interval = TimeSpan.FromHours(1), BytesPerSecond = 64 << 10 },
            Maintenance = new MaintenanceOptions { BytesPerSecond = 64 << 10 },
            CheckpointInterval = TimeSpan.FromHours(1),
            IndexSnapshotBytes = 1 << 20,
            Cpu = new IdleCpu(),
            TimeProvider = _time,
        });
        _table = await _engine.TableAsync("things", EngineFixture.Schema);
        await _table.InsertAsync(Enumerable.Range(0, Rows).Select(i => EngineFixture.Row(_table, i, $"{i:000000}")));
        await _engine.AnalyzeAsync();
    }

    public async Task DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    private static readonly string[] s_paced = ["filters", "statistics", "versions", "scrub"];
    private static readonly string[] s_urgent = ["checkpoints", "index-snapshots"]; // that pay for nothing

    public static TheoryData<string> Stages => new([.. s_paced, .. s_urgent]);

    public static TheoryData<string> PacedStages => new(s_paced);

    public static TheoryData<string> UrgentStages => new(s_urgent);

    [Fact]
    public void The_counters_tell_of_every_stage_and_each_is_tested_here() =>
        Assert.Equal(s_paced.Concat(s_urgent).Order(), _engine.GetCounters().Stages.Select(static s => s.Name).Order());

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task It_can_be_stopped_and_started_again_and_does_what_has_come_meanwhile_once(string name)
    {
        var stage = await AloneAsync(name);
        await stage.StopAsync();
        for (var turn = 1; turn <= 3; turn++)
        {
            var before = Done(name);
            await MakeWorkAsync(name, turn);
            _time.Advance(TimeSpan.FromHours(2));
            Assert.Equal(before, Done(name)); // stopped, it does nothing

            stage.Start();
            await TickUntilAsync(stage, () => IsDone(name, before));
            await TickAsync(stage);
            await TickAsync(stage);
            Assert.Equal(before + WorkOf(name), Done(name));
            await stage.StopAsync();
            await stage.StopAsync();
            Assert.False(stage.Report.IsRunning);
        }
    }

    [Theory]
    [MemberData(nameof(PacedStages))]
    public async Task A_stop_in_the_middle_of_a_run_drains_it_pins_nothing_and_the_next_start_does_the_rest(string name)
    {
        var stage = await AloneAsync(name);
        await stage.StopAsync();
        var before = Done(name);
        await MakeWorkAsync(name, 1);
        _time.Advance(TimeSpan.FromHours(2));
        await _engine.Budget.TakeAsync(16 << 20, default); // what it reads is waited for, minutes long
        stage.Start();
        await TickUntilAsync(stage, () => _engine.Budget.Waiting > 0);

        await stage.StopAsync(); // no time goes by: it does not wait for its turn
        Assert.Equal((0, 0L), (_engine.Budget.Waiting, stage.Report.Failures));
        Assert.Equal(_engine.Visible, _engine.Recovered.Snapshots.Horizon());

        _time.Advance(TimeSpan.FromHours(1));
        stage.Start();
        await TickUntilAsync(stage, () => IsDone(name, before));
        await stage.StopAsync();
        Assert.Equal(before + WorkOf(name), Done(name));
    }

    [Theory]
    [MemberData(nameof(UrgentStages))]
    public async Task What_a_stop_cuts_short_is_given_up_whole_and_done_after_the_next_start(string name)
    {
        var stage = await AloneAsync(name);
        await stage.StopAsync();
        var before = Done(name);
        await MakeWorkAsync(name, 1);
        _time.Advance(TimeSpan.FromHours(2));
        Task? stopping = null;
        stage.BeforeRun = () => stopping ??= stage.StopAsync();
        stage.Start();
        await TickUntilAsync(stage, () => stopping is not null);
        await stopping!;
        Assert.Equal((before, 0L, false), (Done(name), stage.Report.Failures, stage.Report.IsRunning));
        Assert.Equal(_engine.Visible, _engine.Recovered.Snapshots.Horizon());

        stage.Start();
        await TickUntilAsync(stage, () => IsDone(name, before));
        await TickAsync(stage);
        await stage.StopAsync();
        Assert.Equal(before + WorkOf(name), Done(name));
    }

    [Theory]
    [MemberData(nameof(UrgentStages))]
    public async Task Looks_that_find_nothing_due_are_no_runs(string name)
    {
        var stage = await AloneAsync(name);
        var runs = stage.Report.Runs;
        for (var i = 0; i < 50; i++)
            await TickAsync(stage);
        Assert.Equal((runs, true), (stage.Report.Runs, stage.Report.IsRunning));
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public async Task Failing_runs_are_told_and_tried_again_until_the_work_is_done(string name)
    {
        var stage = await AloneAsync(name);
        await stage.StopAsync();
        var (before, left) = (Done(name), 3);
        await MakeWorkAsync(name, 1);
        _time.Advance(TimeSpan.FromHours(2));
        stage.BeforeRun = () =>
        {
            if (left-- > 0)
                throw new IOException("the disk is away");
        };
        stage.Start();
        await TickUntilAsync(stage, () => IsDone(name, before));
        await stage.StopAsync();

        Assert.Equal((3L, "the disk is away"), (stage.Report.Failures, stage.Report.LastError));
        Assert.Equal(before + WorkOf(name), Done(name));
        Assert.Equal(EngineState.Running, _engine.State);
        var told = Assert.Single(_engine.GetCounters().Stages, s => s.Name == name);
        Assert.Equal((3L, "the disk is away"), (told.Failures, told.LastError));
    }

    /// <summary>The stage, with what came before the test done, and all others stopped.</summary>
    private async Task<BackgroundStage> AloneAsync(string name)
    {
        foreach (var other in _engine.BackgroundStages().Where(s => s.Report.Name != name))
            await other.StopAsync();
        var stage = _engine.BackgroundStages().Single(s => s.Report.Name == name);
        await stage.RunNowAsync(default);
        return stage;
    }

    /// <summary>Changes of rows, each of which every stage has to do something with.</summary>
    private async Task MakeWorkAsync(string name, int turn)
    {
        if (name == "scrub")
            return; // the next pass is due by itself
        for (var at = 0; at < Rows; at += 1_500)
        {
            using var session = _engine.OpenSession();
            for (var i = at; i < at + 1_500; i++)
                session.Update(_table, EngineFixture.Row(_table, i, $"{i:000000} {turn}"));
            await session.CommitAsync();
        }
    }

    private long Done(string name) => name switch
    {
        "filters" => _engine.FilterFigures!.Blocks,
        "statistics" => _engine.Statistics.Stage!.Refreshed,
        "versions" => _engine.Versions!.Versions,
        "checkpoints" => _engine.CheckpointsFinished,
        "index-snapshots" => _engine.IndexSnapshotsFinished,
        _ => _engine.Scrub.Rows,
    };

    /// <summary>What there is to do: blocks, tables, checkpoints, versions, rows of a pass.</summary>
    private static long WorkOf(string name) => name switch
    {
        "filters" => (Rows / 100) + 1, // row ids begin with 1, in the middle of nothing: one block more
        "statistics" or "checkpoints" or "index-snapshots" => 1,
        _ => Rows,
    };

    private bool IsDone(string name, long before) => Done(name) >= before + WorkOf(name);

    private async Task TickUntilAsync(BackgroundStage stage, Func<bool> isMet)
    {
        for (var i = 0; !isMet(); i++)
        {
            Assert.True(i < 1_000, $"it does not come to it: {stage.Report}");
            await TickAsync(stage);
        }
    }

    /// <summary>Lets intervals go by until the stage has dealt with one, waits for the budget, or is stopped.</summary>
    private async Task TickAsync(BackgroundStage stage)
    {
        var before = stage.Intervals;
        _time.Advance(s_interval);
        for (var look = 0; stage.Intervals == before && _engine.Budget.Waiting == 0 && stage.Report.IsRunning; look++)
        {
            Assert.True(look < 10_000_000, "the stage does not run");
            if (look % 100_000 == 99_999)
                _time.Advance(s_interval);
            await Task.Yield();
        }
    }

    private sealed class IdleCpu : ICpuGauge
    {
        public double? Sample() => 0;
    }
}
