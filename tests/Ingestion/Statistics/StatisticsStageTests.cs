using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class StatisticsStageTests : IAsyncLifetime
{
    private static readonly TableSchema s_schema = new([new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text)], primaryKey: ["id"]);
    private static readonly StatisticsOptions s_options = new() { RefreshInterval = TimeSpan.FromSeconds(10) };

    private readonly EngineFixture _fixture = new();
    private readonly FakeTimeProvider _time = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    private Task<HeliosEngine> OpenAsync(StatisticsOptions? options = null, double? cpu = 0) => HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe) with
    {
        Statistics = options ?? s_options,
        Cpu = new FixedCpu(cpu),
        TimeProvider = _time,
    });

    private static Task<CommitReceipt> InsertAsync(Table table, int from, int count) =>
        table.InsertAsync(Enumerable.Range(from, count).Select(i => EngineFixture.Row(table, i, $"{i:000000}"))).AsTask();

    private static async Task<long?> RowsAsync(HeliosEngine engine, string table) => (await engine.GetStatisticsAsync(table))?.Rows;

    [Fact]
    public async Task A_table_is_analysed_again_once_enough_of_it_has_changed_and_one_that_nobody_analysed_never_is()
    {
        await using var engine = await OpenAsync();
        var (table, other) = (await engine.TableAsync("things", s_schema), await engine.TableAsync("others", s_schema));
        await InsertAsync(table, 0, 1_000);
        await InsertAsync(other, 0, 1_000);
        await engine.AnalyzeAsync("things");

        await InsertAsync(table, 1_000, 110); // of 1,110 rows a tenth are 111
        await TickAsync(engine, 2);
        Assert.Equal(1_000, await RowsAsync(engine, "things"));
        await table.UpdateAsync(EngineFixture.Row(table, 5, "changed"));
        await TickAsync(engine, 1);
        Assert.Equal(1_110, await RowsAsync(engine, "things"));
        Assert.Equal(0, (await engine.GetStatisticsAsync("things"))!.ChangesSince);
        Assert.Null(await engine.GetStatisticsAsync("others"));

        // What it has stored is no change: it comes back to nothing.
        await TickAsync(engine, 3);
        Assert.Equal(1, engine.Statistics.Stage!.Refreshed);
    }

    [Fact]
    public async Task A_small_table_is_left_alone_until_a_fixed_number_of_its_rows_has_changed_also_across_an_open()
    {
        await using (var engine = await OpenAsync())
        {
            var table = await engine.TableAsync("things", s_schema);
            await InsertAsync(table, 0, 10);
            await engine.AnalyzeAsync();
            await InsertAsync(table, 10, 49);
            await TickAsync(engine, 1);
            Assert.Equal(10, await RowsAsync(engine, "things"));
        }

        await using var reopened = await OpenAsync();
        await TickAsync(reopened, 1);
        Assert.Equal(10, await RowsAsync(reopened, "things")); // 49 rows more: known by their number
        await InsertAsync(reopened.FindTable("things")!, 100, 1);
        await TickAsync(reopened, 1);
        Assert.Equal(60, await RowsAsync(reopened, "things"));
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(null)]
    public async Task The_background_waits_for_a_processor_but_not_for_ever(double? cpu)
    {
        await using var engine = await OpenAsync(s_options with { RefreshMaxWait = TimeSpan.FromSeconds(100) }, cpu);
        var table = await engine.TableAsync("things", s_schema);
        await engine.AnalyzeAsync();
        await InsertAsync(table, 0, 100);
        await TickAsync(engine, 5);
        Assert.Equal((0L, 0L), ((await RowsAsync(engine, "things"))!.Value, engine.Statistics.Stage!.Refreshed));
        Assert.InRange(engine.Statistics.Stage.SkippedForCpu, 5, 6);
        await TickAsync(engine, 10);
        Assert.Equal(100, await RowsAsync(engine, "things"));
    }

    [Fact]
    public async Task It_can_be_stopped_and_started_and_drains_what_is_in_hand()
    {
        await using var engine = await OpenAsync();
        var (table, stage) = (await engine.TableAsync("things", s_schema), engine.Statistics.Stage!);
        await engine.AnalyzeAsync();
        await InsertAsync(table, 0, 100);
        await stage.StopAsync();
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.False(stage.Report.IsRunning);
        Assert.Equal(0, await RowsAsync(engine, "things"));

        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Statistics.Analyzer.BetweenBatches = () =>
        {
            entered.TrySetResult();
            Wait(goOn.Task);
        };
        stage.Start();
        while (!entered.Task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        var stopping = stage.StopAsync();
        Assert.False(stopping.IsCompleted); // the run in hand ends first
        goOn.SetResult();
        await stopping;
        Assert.Equal(engine.Visible, engine.Recovered.Snapshots.Horizon()); // and has let its snapshot go

        engine.Statistics.Analyzer.BetweenBatches = null;
        stage.Start();
        await TickAsync(engine, 2);
        Assert.Equal(100, await RowsAsync(engine, "things"));
    }

    [Fact]
    public async Task A_failure_is_told_and_tried_again_later()
    {
        await using var engine = await OpenAsync();
        var (table, stage) = (await engine.TableAsync("things", s_schema), engine.Statistics.Stage!);
        await engine.AnalyzeAsync();
        await InsertAsync(table, 0, 100);
        var left = 2;
        engine.Statistics.Analyzer.BetweenBatches = () =>
        {
            if (left-- > 0)
                throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt", "a row is away");
        };

        while (stage.Refreshed == 0)
            await TickAsync(engine, 1);

        Assert.Equal((2L, "a row is away"), (stage.Report.Failures, stage.Report.LastError));
        Assert.Equal(100, await RowsAsync(engine, "things"));
    }

    [Fact]
    public async Task Damaged_statistics_are_gathered_again_by_themselves()
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("things", s_schema);
        await InsertAsync(table, 0, 20);
        using (var batch = engine.Parts.Store.NewBatch())
        {
            StoredStatistics.Put(batch, table.Plan.Definition.Id, [1, 2, 3]);
            engine.Parts.Store.Write(batch);
        }

        await TickAsync(engine, 1);

        Assert.Equal(20, await RowsAsync(engine, "things"));
    }

    [Fact]
    public async Task What_one_table_has_met_is_told_though_the_next_one_waits_for_a_processor()
    {
        await using var engine = await OpenAsync(s_options with { RefreshMaxWait = TimeSpan.FromSeconds(100) }, cpu: 1);
        var (table, other, stage) = (await engine.TableAsync("things", s_schema), await engine.TableAsync("others", s_schema), engine.Statistics.Stage!);
        await engine.AnalyzeAsync("others");
        await InsertAsync(other, 0, 100);
        using (var batch = engine.Parts.Store.NewBatch())
        {
            StoredStatistics.Put(batch, table.Plan.Definition.Id, [StatisticsCodec.Format + 1]);
            engine.Parts.Store.Write(batch);
        }

        await TickAsync(engine, 1);

        Assert.Equal((1L, 1L, 0L), (stage.Report.Failures, stage.SkippedForCpu, stage.Refreshed));
        Assert.Contains($"format {StatisticsCodec.Format + 1}", stage.Report.LastError, StringComparison.Ordinal);
        await TickAsync(engine, 20);
        Assert.Equal(100, await RowsAsync(engine, "others")); // the failures do not make it begin to wait anew
    }

    [Fact]
    public async Task Where_it_is_switched_off_nothing_is_gathered_by_itself()
    {
        await using var engine = await OpenAsync(s_options with { IsRefreshed = false });
        Assert.Null(engine.Statistics.Stage);
        Assert.DoesNotContain(engine.GetCounters().Stages, s => s.Name == "statistics");
    }

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private async Task TickAsync(HeliosEngine engine, int intervals)
    {
        for (var i = 0; i < intervals; i++)
            await _time.PassAsync(TimeSpan.FromSeconds(10), engine.Statistics.Stage!);
    }

    private sealed class FixedCpu(double? share) : ICpuGauge
    {
        public double? Sample() => share;
    }
}
