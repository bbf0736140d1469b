using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What makes the background read blocks for filters, besides that they have none and that many changes have widened them.</summary>
public sealed class FilterTriggerTests : IAsyncLifetime
{
    private static readonly TableSchema s_schema = new([new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text)], primaryKey: ["id"]);

    private readonly EngineFixture _fixture = new();
    private readonly FakeTimeProvider _time = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    private Task<HeliosEngine> OpenAsync(BlockFilterOptions filters, ICpuGauge? cpu = null) =>
        HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe) with { Filters = filters with { BlockRows = 100 }, Statistics = new StatisticsOptions { IsRefreshed = false }, Versions = new VersionOptions { IsEnabled = false }, Cpu = cpu ?? new IdleCpu(), TimeProvider = _time });

    private static async Task<Table> FillAsync(HeliosEngine engine, string name = "things")
    {
        var table = await engine.TableAsync(name, s_schema);
        await table.InsertAsync(Enumerable.Range(0, 1_000).Select(i => EngineFixture.Row(table, i, $"{i:000000}")));
        return table;
    }

    private static async Task<long> SkippedAsync(Table table) => (await table.Where("name < '000050'").ExplainAsync()).Run!.BlocksSkipped;

    [Fact]
    public async Task A_block_with_few_changes_gets_a_narrow_filter_when_the_first_of_them_is_old_enough()
    {
        await using var engine = await OpenAsync(new BlockFilterOptions { ConsolidationAge = TimeSpan.FromSeconds(300) });
        var table = await FillAsync(engine);
        await TickAsync(engine, 1);
        await table.UpdateAsync(EngineFixture.Row(table, 950, "00"));
        await table.UpdateAsync(EngineFixture.Row(table, 950, "000950"));
        await TickAsync(engine, 3);
        Assert.Equal(9, await SkippedAsync(table));
        Assert.Equal(0, engine.FilterFigures!.Blocks);

        _time.Advance(TimeSpan.FromSeconds(300));
        await TickAsync(engine, 1);
        Assert.Equal(10, await SkippedAsync(table));
        Assert.Equal(1, engine.FilterFigures!.Blocks); // the others have not changed
        _time.Advance(TimeSpan.FromSeconds(600));
        await TickAsync(engine, 1);
        Assert.Equal(1, engine.FilterFigures!.Blocks);
    }

    [Fact]
    public async Task A_run_makes_so_many_filters_at_most_and_no_table_keeps_the_others_waiting()
    {
        await using (var engine = await OpenAsync(new BlockFilterOptions()))
        {
            await FillAsync(engine, "first");
            await FillAsync(engine, "second");
        }

        var cpu = new SteppedCpu();
        await using var reopened = await OpenAsync(new BlockFilterOptions { ConsolidationBlocks = 6, ConsolidationMaxWait = TimeSpan.FromDays(1) }, cpu);
        var (first, second) = (reopened.FindTable("first")!, reopened.FindTable("second")!);
        await OneRunAsync();
        Assert.Equal((5, 0), (await SkippedAsync(first), await SkippedAsync(second))); // block 0 has what is looked for
        await OneRunAsync();
        Assert.Equal((5, 5), (await SkippedAsync(first), await SkippedAsync(second)));
        await OneRunAsync();
        await OneRunAsync();
        Assert.Equal((10, 10), (await SkippedAsync(first), await SkippedAsync(second)));
        Assert.Equal(22, reopened.FilterFigures!.Blocks);
        Assert.True(reopened.FilterFigures.SkippedForCpu >= 4);

        async Task OneRunAsync()
        {
            cpu.Allow();
            await TickOnceAsync(reopened); // a moment of its own for each of them: stages share one sample of the processors
            await TickOnceAsync(reopened);
        }
    }

    [Fact]
    public async Task Memory_of_blocks_that_lost_their_filters_is_given_back_when_it_is_short()
    {
        await using var engine = await OpenAsync(new BlockFilterOptions { MaxBytes = 16 << 10, BulkRows = 100, ConsolidationInterval = TimeSpan.FromSeconds(10) });
        var table = await engine.TableAsync("things", s_schema);
        for (var i = 0; i < 20; i++)
            await table.InsertAsync(Enumerable.Range(i * 90, 90).Select(id => EngineFixture.Row(table, id, $"{id:000000}")));
        var full = engine.Parts.Filters.Memory.Bytes;
        Assert.True(engine.Parts.Filters.Memory.IsShort);
        using (table.SuspendFilters())
        {
            foreach (var i in Enumerable.Range(0, 36).Select(n => n * 50).Append(1_799)) // some of each block
                await table.UpdateAsync(EngineFixture.Row(table, i, $"{i:000000}"));
            await TickAsync(engine, 1);
            Assert.True(engine.Parts.Filters.Memory.Bytes < full - (8 << 10), $"{engine.Parts.Filters.Memory.Bytes} of {full}");
        }

        await TickAsync(engine, 1);
        Assert.Equal(18, await SkippedAsync(table)); // there was room for all of them again
    }

    [Fact]
    public async Task A_close_in_the_middle_of_a_run_waits_for_nothing_and_loses_nothing()
    {
        await using (var engine = await OpenAsync(new BlockFilterOptions()))
            await FillAsync(engine);

        var reopened = await OpenAsync(new BlockFilterOptions());
        var filters = reopened.Parts.Filters.All.Single();
        filters.BeginBuild(0, 5, out _); // a run that never comes to its end
        await reopened.DisposeAsync();
        await using var again = await OpenAsync(new BlockFilterOptions());
        Assert.Equal(50, await again.FindTable("things")!.Where("name < '000050'").CountAsync());
        await again.ConsolidateFiltersAsync();
        Assert.Equal(10, await SkippedAsync(again.FindTable("things")!));
    }

    private async Task TickAsync(HeliosEngine engine, int intervals)
    {
        for (var i = 0; i < intervals; i++)
            await _time.PassAsync(TimeSpan.FromSeconds(10), engine.Filtering!);
    }

    private async Task TickOnceAsync(HeliosEngine engine)
    {
        var before = engine.FilterStage!.Runs;
        _time.Advance(TimeSpan.FromSeconds(10));
        for (var look = 0; engine.FilterStage!.Runs == before; look++)
        {
            Assert.True(look < 10_000_000, "the stage does not run");
            await Task.Yield();
        }
    }

    private sealed class IdleCpu : ICpuGauge
    {
        public double? Sample() => 0;
    }

    /// <summary>Idle for one run each time that it is told to be, and busy else.</summary>
    private sealed class SteppedCpu : ICpuGauge
    {
        private int _allowed;

        public void Allow() => Interlocked.Exchange(ref _allowed, 1);

        public double? Sample() => Interlocked.Exchange(ref _allowed, 0) == 1 ? 0 : 1;
    }
}
