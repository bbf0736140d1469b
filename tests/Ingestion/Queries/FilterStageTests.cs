using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class FilterStageTests : IAsyncLifetime
{
    private const int BlockRows = 100;

    /// <summary>No index has the names: they are found by a scan.</summary>
    private static readonly TableSchema s_schema = new([new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text)], primaryKey: ["id"]);

    private readonly EngineFixture _fixture = new();
    private readonly FakeTimeProvider _time = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    // Row ids begin with 1: 1,000 rows lie in the blocks 0 to 10.
    private Task<HeliosEngine> OpenAsync(BlockFilterOptions? filters = null, double? cpu = 0) => HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe) with
    {
        Filters = (filters ?? new BlockFilterOptions()) with { BlockRows = BlockRows },
        Cpu = new FixedCpu(cpu),
        TimeProvider = _time,
    });

    private static Task<CommitReceipt> InsertAsync(Table table, int from, int count) =>
        table.InsertAsync(Enumerable.Range(from, count).Select(i => EngineFixture.Row(table, i, $"{i:000000}"))).AsTask();

    private static async Task<long> SkippedAsync(Table table, string condition) => (await table.Where(condition).ExplainAsync()).Run!.BlocksSkipped;

    [Fact]
    public async Task With_the_processors_busy_for_an_hour_of_ingest_memory_stays_in_its_bound_and_answers_stay_right()
    {
        const long bound = 32 << 10;
        await using var engine = await OpenAsync(new BlockFilterOptions { MaxBytes = bound, ConsolidationMaxWait = TimeSpan.FromHours(2) }, cpu: 1);
        var table = await engine.TableAsync("things", s_schema);
        var most = 0L;
        for (var i = 0; i < 120; i++)
        {
            await InsertAsync(table, i * 1_000, 1_000);
            await table.UpdateAsync(EngineFixture.Row(table, i * 500, $"changed {i}"));
            _time.Advance(TimeSpan.FromSeconds(30));
            most = Math.Max(most, engine.Parts.Filters.Memory.Bytes);
        }

        Assert.True(engine.Parts.Filters.Memory.IsFull); // the bound was reached, or it says nothing
        Assert.InRange(most, 1, bound + (16 << 10)); // one more chunk of summaries at most
        Assert.Equal(1, await table.Where("name = 'changed 119'").CountAsync());
        Assert.Equal(1_000, await table.Where("name >= '119000' AND name < '120000'").CountAsync());
        Assert.InRange(await SkippedAsync(table, "name < '000050'"), 1, 1_200);
    }

    [Fact]
    public async Task The_background_waits_for_a_processor_but_not_for_ever()
    {
        await using (var engine = await OpenAsync())
        {
            var filled = await engine.TableAsync("things", s_schema);
            await InsertAsync(filled, 0, 1_000);
        }

        var options = new BlockFilterOptions { ConsolidationInterval = TimeSpan.FromSeconds(10), ConsolidationMaxWait = TimeSpan.FromSeconds(100) };
        await using var busy = await OpenAsync(options, cpu: 1);
        var table = busy.FindTable("things")!;
        await TickAsync(busy, 5);
        Assert.Equal(0, await SkippedAsync(table, "name < '000050'"));
        await TickAsync(busy, 10);
        Assert.Equal(10, await SkippedAsync(table, "name < '000050'"));
    }

    [Fact]
    public async Task Where_the_processors_cannot_be_measured_they_count_as_busy()
    {
        await using (var engine = await OpenAsync())
            await InsertAsync(await engine.TableAsync("things", s_schema), 0, 1_000);

        await using var unknown = await OpenAsync(cpu: null);
        await TickAsync(unknown, 3);
        Assert.Equal(0, await SkippedAsync(unknown.FindTable("things")!, "name < '000050'"));
        await unknown.ConsolidateFiltersAsync();
        Assert.Equal(10, await SkippedAsync(unknown.FindTable("things")!, "name < '000050'"));
    }

    [Fact]
    public async Task A_commit_in_bulk_leaves_its_blocks_to_the_background()
    {
        await using var engine = await OpenAsync(new BlockFilterOptions { BulkRows = 500 });
        var table = await engine.TableAsync("things", s_schema);
        await InsertAsync(table, 0, 499);
        await InsertAsync(table, 499, 1_000);

        Assert.Equal(4, await SkippedAsync(table, "name < '000050'"));
        await TickAsync(engine, 1);
        Assert.Equal(14, await SkippedAsync(table, "name < '000050'"));
    }

    [Fact]
    public async Task Rows_that_come_faster_than_a_rate_leave_their_blocks_to_the_background_until_they_come_slower()
    {
        await using var engine = await OpenAsync(new BlockFilterOptions { BulkRowsPerSecond = 5_000 }); // 500 in a tenth of a second
        var table = await engine.TableAsync("things", s_schema);
        await InsertAsync(table, 0, 499); // blocks 0 to 4
        await InsertAsync(table, 499, 500); // too fast: blocks 5 to 9 get none
        Assert.Equal(4, await SkippedAsync(table, "name < '000050'"));

        _time.Advance(TimeSpan.FromMilliseconds(300));
        await InsertAsync(table, 999, 300); // blocks 10 to 12

        Assert.Equal(7, await SkippedAsync(table, "name < '000050'"));
        Assert.Equal(50, await table.Where("name < '000050'").CountAsync());
        await TickAsync(engine, 1);
        Assert.Equal(12, await SkippedAsync(table, "name < '000050'"));
    }

    [Fact]
    public async Task Suspensions_are_counted_and_what_is_written_meanwhile_is_left_to_the_background()
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("things", s_schema);
        await InsertAsync(table, 0, 1_000);
        var (outer, inner) = (table.SuspendFilters(), table.SuspendFilters());
        await table.UpdateAsync(EngineFixture.Row(table, 950, "000001x"));
        outer.Dispose();
        outer.Dispose(); // twice counts once
        await InsertAsync(table, 1_000, 500);
        await TickAsync(engine, 3);

        Assert.Equal(8, await SkippedAsync(table, "name < '000050'"));
        Assert.Equal(51, await table.Where("name < '000050'").CountAsync());
        inner.Dispose();
        await TickAsync(engine, 1);
        Assert.Equal(14, await SkippedAsync(table, "name < '000050'")); // all but the first and the one that was changed
    }

    [Fact]
    public async Task Blocks_that_many_changes_have_widened_become_narrow_again()
    {
        await using var engine = await OpenAsync(new BlockFilterOptions { ConsolidationChanges = 4 });
        var table = await engine.TableAsync("things", s_schema);
        await InsertAsync(table, 0, 1_000);
        using var before = engine.OpenSnapshot();
        for (var i = 0; i < 2; i++)
        {
            await table.UpdateAsync(EngineFixture.Row(table, 950, "00"));
            await table.UpdateAsync(EngineFixture.Row(table, 950, "000950"));
        }

        Assert.Equal(9, await SkippedAsync(table, "name < '000050'"));
        await TickAsync(engine, 1);
        Assert.Equal(10, await SkippedAsync(table, "name < '000050'"));
        // An older reader may see what the narrow one does not have.
        Assert.Equal(50, await table.Where("name < '000050'").At(before).CountAsync());
        Assert.Equal(9, (await table.Where("name < '000050'").At(before).ExplainAsync()).Run!.BlocksSkipped);
    }

    [Fact]
    public async Task What_is_replayed_after_a_kill_is_in_the_filters_or_read()
    {
        var copy = Directory.CreateTempSubdirectory("helios-test-").FullName;
        try
        {
            await using (var engine = await OpenAsync())
            {
                var table = await engine.TableAsync("things", s_schema);
                await InsertAsync(table, 0, 1_050);
                await engine.CheckpointAsync();
                await InsertAsync(table, 1_050, 1_000);
                await table.UpdateAsync(EngineFixture.Row(table, 5, "changed"));
                DatabaseFiles.Copy(_fixture.Path, copy);
            }

            await using var killed = await HeliosEngine.OpenAsync(copy, _fixture.Options(SafetyLevel.Unsafe) with { Filters = new BlockFilterOptions { BlockRows = BlockRows }, TimeProvider = _time });
            var reopened = killed.FindTable("things")!;
            foreach (var consolidated in new[] { false, true })
            {
                Assert.Equal(1, await reopened.Where("name = 'changed'").CountAsync());
                Assert.Equal(1_000, await reopened.Where("name >= '001050' AND name < 'a'").CountAsync());
                Assert.Equal(1_049, await reopened.Where("name < '001050'").CountAsync());
                if (!consolidated)
                    await killed.ConsolidateFiltersAsync();
            }

            Assert.InRange(await SkippedAsync(reopened, "name = '000007'"), 18, 20);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task What_is_made_anew_waits_for_commits_that_filters_have_taken_in_and_nobody_sees_yet()
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("things", s_schema);
        await InsertAsync(table, 0, 500);
        // As Track does right before the commit is visible.
        var filters = engine.Parts.Filters.Of(table.Plan.Definition.Id)!;
        filters.Update(new RowId(351), table.Encode(EngineFixture.Row(table, 350, "zzz")), engine.Visible.Next);

        var made = engine.ConsolidateFiltersAsync();

        Assert.False(made.IsCompleted, "the blocks were read without the commit, of which the new filters are not told either");
        await table.UpdateAsync(EngineFixture.Row(table, 350, "zzz"));
        await made;
        Assert.Equal(1, engine.FilterFigures!.Blocks);
        Assert.Equal(1, await table.Where("name = 'zzz'").CountAsync());
        Assert.Equal(3, await SkippedAsync(table, "name > '000340'"));
    }

    private async Task TickAsync(HeliosEngine engine, int intervals)
    {
        for (var i = 0; i < intervals; i++)
            await _time.PassAsync(TimeSpan.FromSeconds(10), engine.Filtering!);
    }

    private sealed class FixedCpu(double? share) : ICpuGauge
    {
        public double? Sample() => share;
    }
}
