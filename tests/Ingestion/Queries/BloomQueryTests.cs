using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Columns without order whose single values are looked for: the engine notices, makes bloom filters of them, and scans pass nearly all blocks.</summary>
public sealed class BloomQueryTests : IAsyncLifetime
{
    private const int BlockRows = 100;
    private const int Rows = 2_000; // row ids begin with 1: blocks 0 to 20

    private static readonly TableSchema s_schema = new(
        [new Column("id", ColumnType.Int8), new Column("token", ColumnType.Text), new Column("part", ColumnType.Int4), new Column("doc", ColumnType.Json) { IsNullable = true }], primaryKey: ["id"]);

    private readonly EngineFixture _fixture = new();
    private readonly FakeTimeProvider _time = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    /// <summary>In no order: every block's bounds have nearly all of them in between.</summary>
    private static string Token(long id) => $"{(ulong)(id + 1) * 0x9E3779B97F4A7C15:x16}";

    private static BlockFilterOptions Options() => new() { BlockRows = BlockRows, BloomMinQueries = 10, BloomMinTime = TimeSpan.Zero };

    private Task<HeliosEngine> OpenAsync(BlockFilterOptions? filters = null, double cpu = 0) =>
        HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe) with { Filters = filters ?? Options(), Cpu = new FixedCpu(cpu), TimeProvider = _time });

    private static async Task<Table> FillAsync(HeliosEngine engine, int from = 0, int count = Rows)
    {
        var table = await engine.TableAsync("things", s_schema);
        for (var i = from; i < from + count; i += 500)
            await table.InsertAsync(Enumerable.Range(i, Math.Min(500, from + count - i)).Select(id => Row(table, id)));
        return table;
    }

    private static Row Row(Table table, long id, string? token = null)
    {
        var row = table.NewRow();
        (row["id"], row["token"], row["part"]) = (id, token ?? Token(id), (int)(id % 7));
        return row;
    }

    private static async Task<QueryFigures> RunAsync(Table table, string condition, ReadSnapshot? at = null) =>
        (await (at is null ? table.Where(condition) : table.Where(condition).At(at)).ExplainAsync()).Run!;

    [Fact]
    public async Task Scans_for_single_values_in_no_order_pass_most_blocks_once_their_pattern_was_seen_and_none_before()
    {
        await using var engine = await OpenAsync();
        var table = await FillAsync(engine);
        for (var i = 0; i < 9; i++)
        {
            var figures = await RunAsync(table, $"token = '{Token(i * 100)}'");
            Assert.Equal((1, 0), (figures.RowsReturned, figures.BlocksSkippedByBlooms));
        }

        for (var i = 0; i < 30; i++)
        {
            await table.Where($"id = {i}").CountAsync(); // an index answers
            await table.Where("token > 'f' AND part <> 3").CountAsync(); // bloom filters would not
            await table.Where("part IN (1, 3, 5)").CountAsync(); // finds too much
        }

        await TickAsync(engine);
        Assert.Empty(table.BloomFilters);
        Assert.Equal(0, (await RunAsync(table, $"token = '{Token(1_234)}'")).BlocksSkippedByBlooms); // the tenth
        await TickAsync(engine);

        Assert.Equal(["token"], table.BloomFilters);
        var found = 0L;
        var read = 0L;
        for (var i = 0; i < 100; i++)
        {
            var figures = await RunAsync(table, $"token = '{Token(i * 19)}'");
            Assert.Equal(1, figures.RowsReturned);
            (found, read) = (found + figures.BlocksSkippedByBlooms, read + figures.BlocksRead);
        }

        Assert.InRange(found, 1_850, 2_000); // all but one of 21 each, one in a hundred, and those that bounds exclude
        Assert.InRange(read, 100, 150);
        var explained = await table.Where($"token IN ('{Token(5)}', 'none', '{Token(1_999)}')").ExplainAsync();
        Assert.Equal((2, true), (explained.Run!.RowsReturned, explained.Run.BlocksSkipped >= 17));
        Assert.Equal(["token (zones)", "token (bloom)"], explained.Filters);
        Assert.Contains("by bloom filters)", explained.ToString(), StringComparison.Ordinal);
        Assert.Equal((1, 0), (engine.FilterFigures!.BloomsMade, engine.FilterFigures.BloomsDropped));
        Assert.Equal(21, engine.FilterFigures.Blocks);
    }

    [Fact]
    public async Task What_is_written_while_there_are_bloom_filters_is_found_at_once()
    {
        await using var engine = await OpenAsync();
        var table = await FillAsync(engine);
        table.CreateBloomFilter("token");
        await engine.ConsolidateFiltersAsync();
        using var before = engine.OpenSnapshot();

        await table.InsertAsync(Row(table, 5_000, "new"));
        await table.UpdateAsync(Row(table, 7, "changed"));
        await table.DeleteAsync(8);
        Assert.Equal(1, (await RunAsync(table, "token = 'new'")).RowsReturned);
        Assert.Equal(1, (await RunAsync(table, "token = 'changed'")).RowsReturned);
        Assert.Equal(0, (await RunAsync(table, $"token = '{Token(8)}'")).RowsReturned);
        Assert.Equal(0, (await RunAsync(table, "token = 'changed'", before)).RowsReturned);
        Assert.Equal(1, (await RunAsync(table, $"token = '{Token(7)}'", before)).RowsReturned);

        await engine.ConsolidateFiltersAsync(); // narrow again: what was there is not in it, and the older reader reads the block
        Assert.True((await RunAsync(table, $"token = '{Token(7)}'")).BlocksSkipped >= 19);
        Assert.Equal(1, (await RunAsync(table, $"token = '{Token(7)}'", before)).RowsReturned);
        Assert.Equal(1, (await RunAsync(table, $"token = '{Token(8)}'", before)).RowsReturned);
    }

    [Fact]
    public async Task A_column_that_nobody_asks_about_loses_its_filters_and_their_memory()
    {
        await using var engine = await OpenAsync(Options() with { BloomMaxIdle = TimeSpan.FromHours(1) });
        var table = await FillAsync(engine);
        var plain = engine.Parts.Filters.Memory.Bytes;
        for (var i = 0; i < 10; i++)
            await table.Where("token = 'x'").CountAsync();
        await TickAsync(engine);
        Assert.True(engine.Parts.Filters.Memory.Bytes > plain + (20 * 120));
        _time.Advance(TimeSpan.FromMinutes(50));
        await table.Where("token = 'y'").CountAsync();
        _time.Advance(TimeSpan.FromMinutes(50));
        await TickAsync(engine);
        Assert.Equal(["token"], table.BloomFilters);
        _time.Advance(TimeSpan.FromMinutes(20));
        await TickAsync(engine);
        Assert.Empty(table.BloomFilters);
        Assert.Equal(plain, engine.Parts.Filters.Memory.Bytes);
        Assert.Equal(1, engine.FilterFigures!.BloomsDropped);
    }

    [Fact]
    public async Task Filters_that_are_asked_for_are_there_until_they_are_dropped_or_the_engine_is_closed()
    {
        await using (var engine = await OpenAsync())
        {
            var table = await FillAsync(engine);
            table.CreateBloomFilter("part");
            table.CreateBloomFilter("token");
            Assert.Equal(["token", "part"], table.BloomFilters);
            Assert.Throws<ArgumentException>(() => table.CreateBloomFilter("nothing"));
            Assert.Throws<ArgumentException>(() => table.CreateBloomFilter("doc"));
            Assert.Throws<ArgumentException>(() => table.DropBloomFilter("nothing"));
            table.DropBloomFilter("part");
            Assert.Equal(["token"], table.BloomFilters);
            await engine.ConsolidateFiltersAsync();
            Assert.InRange((await RunAsync(table, "token = '5'")).BlocksSkippedByBlooms, 19, 21);
            table.DropBloomFilter("token");
            Assert.Equal(0, (await RunAsync(table, "token = '5'")).BlocksSkippedByBlooms);
        }

        await using var reopened = await OpenAsync();
        Assert.Empty(reopened.FindTable("things")!.BloomFilters);
        await using var without = await HeliosEngine.OpenInMemoryAsync(new HeliosOptions { Filters = new BlockFilterOptions { IsEnabled = false } });
        var unfiltered = await without.TableAsync("things", s_schema);
        unfiltered.CreateBloomFilter("token");
        Assert.Empty(unfiltered.BloomFilters);
    }

    [Fact]
    public async Task A_block_whose_filter_has_too_much_is_read_until_the_background_has_made_it_anew()
    {
        await using var engine = await OpenAsync(Options() with { ConsolidationChanges = 1_000_000, ConsolidationAge = TimeSpan.FromDays(1) });
        var table = await FillAsync(engine);
        table.CreateBloomFilter("token");
        await engine.ConsolidateFiltersAsync();
        for (var i = 0; i < 400; i++)
            await table.UpdateAsync(Row(table, 150, Token(10_000 + i)));
        Assert.Equal(1, (await RunAsync(table, $"token = '{Token(10_399)}'")).RowsReturned);
        var before = (await RunAsync(table, $"token = '{Token(77_777)}'")).BlocksRead;
        await TickAsync(engine);
        Assert.Equal(1, before - (await RunAsync(table, $"token = '{Token(77_777)}'")).BlocksRead);
        Assert.Equal(1, (await RunAsync(table, $"token = '{Token(10_399)}'")).RowsReturned);
        Assert.Equal(0, (await RunAsync(table, $"token = '{Token(10_398)}'")).RowsReturned);
    }

    [Fact]
    public async Task With_the_processors_busy_for_hours_of_ingest_memory_stays_in_its_bound_and_bloom_filters_give_way_to_bounds()
    {
        const long bound = 96 << 10;
        await using var engine = await OpenAsync(Options() with { MaxBytes = bound, ConsolidationMaxWait = TimeSpan.FromDays(1) }, cpu: 1);
        var table = await FillAsync(engine, 0, 500);
        for (var i = 0; i < 10; i++)
            await table.Where("token = 'x'").CountAsync();
        await TickAsync(engine);
        Assert.Equal(["token"], table.BloomFilters); // that reads nothing, so it does not wait
        table.CreateBloomFilter("part");
        var (most, skipped) = (0L, 0L);
        for (var i = 1; i < 120; i++)
        {
            await FillAsync(engine, i * 500, 500);
            await table.UpdateAsync(Row(table, i * 300, $"changed {i}"));
            most = Math.Max(most, engine.Parts.Filters.Memory.Bytes);
            if (i == 20)
                skipped = (await RunAsync(table, "token = '5'")).BlocksSkippedByBlooms;
            if (i % 10 == 0)
                await TickAsync(engine);
        }

        Assert.True(skipped > 50, $"{skipped} blocks: they were there"); // else the bound says nothing
        Assert.InRange(most, bound, bound + (28 << 10)); // one more chunk of summaries at most
        Assert.Equal(["part"], table.BloomFilters); // of that one was asked for, what is chosen goes
        Assert.Equal(0, engine.FilterFigures!.Blocks);
        Assert.Equal(1, engine.FilterFigures.BloomsDropped);
        Assert.Equal(1, (await RunAsync(table, "token = 'changed 119'")).RowsReturned);
        Assert.Equal(1, (await RunAsync(table, $"token = '{Token(59_999)}'")).RowsReturned);
        Assert.Equal(1, (await RunAsync(table, $"token = '{Token(11)}' AND part = 4")).RowsReturned);
        Assert.InRange((await RunAsync(table, "part > 10")).BlocksSkipped, 500, 601); // bounds found room
    }

    [Fact]
    public async Task Rows_written_while_filters_are_suspended_or_made_are_found()
    {
        await using var engine = await OpenAsync();
        var table = await FillAsync(engine);
        table.CreateBloomFilter("token");
        using (table.SuspendFilters())
        {
            await table.UpdateAsync(Row(table, 5, "suspended"));
            await FillAsync(engine, 3_000, 200);
            Assert.Equal(1, (await RunAsync(table, "token = 'suspended'")).RowsReturned);
            Assert.Equal(1, (await RunAsync(table, $"token = '{Token(3_100)}'")).RowsReturned);
        }

        var filters = engine.Parts.Filters.Of(table.Plan.Definition.Id)!;
        var build = filters.BeginBuild(0, 22, out _);
        await table.UpdateAsync(Row(table, 6, "meanwhile"));
        await table.InsertAsync(Row(table, 9_000, "behind"));
        table.CreateBloomFilter("part"); // the build knows nothing of it
        using (var view = engine.OpenView())
        using (var rows = view.Scan(table.Plan, filters.RowsOf(0).First, filters.RowsOf(22).Last, longScan: true))
        using (var batch = RowBatch.Rent())
        {
            bool more;
            do
            {
                batch.Clear();
                more = rows.Fill(batch);
                filters.Add(build, batch);
            }
            while (more);
            await table.UpdateAsync(Row(table, 7, "at the end"));
            Assert.Equal(23, filters.EndBuild(build, view.Lsn));
        }

        foreach (var token in new[] { "suspended", "meanwhile", "behind", "at the end", Token(3_199) })
            Assert.Equal(1, (await RunAsync(table, $"token = '{token}'")).RowsReturned);
        Assert.InRange((await RunAsync(table, "token = '5'")).BlocksSkippedByBlooms, 20, 23);
        Assert.InRange((await RunAsync(table, "part = 3")).RowsReturned, 310, 320);
        Assert.Equal(0, (await RunAsync(table, "part = 3")).BlocksSkippedByBlooms);
    }

    /// <summary>Two runs: the second one has begun since.</summary>
    private async Task TickAsync(HeliosEngine engine)
    {
        for (var i = 0; i < 2; i++)
            await _time.PassAsync(TimeSpan.FromSeconds(10), engine.Filtering!);
    }

    private sealed class FixedCpu(double? share) : ICpuGauge
    {
        public double? Sample() => share;
    }
}
