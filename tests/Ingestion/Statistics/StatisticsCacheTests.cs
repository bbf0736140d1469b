using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class StatisticsCacheTests : IAsyncLifetime
{
    private readonly EngineFixture _fixture = new();
    private readonly FakeTimeProvider _time = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    private Task<HeliosEngine> OpenAsync(StatisticsOptions? options = null) => HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe) with
    {
        Statistics = (options ?? new StatisticsOptions()) with { IsRefreshed = false },
        TimeProvider = _time,
    });

    private static TableId IdOf(Table table) => table.Plan.Definition.Id;

    private static async Task InsertAsync(Table table, int from, int count)
    {
        if (count > 0)
            await table.InsertAsync(Enumerable.Range(from, count).Select(i => EngineFixture.Row(table, i)));
    }

    /// <summary>The changes between two loads say how long what the second one loaded stays.</summary>
    [Theory]
    [InlineData(0, 120)]
    [InlineData(9, 120)]
    [InlineData(10, 30)]
    [InlineData(99, 30)]
    [InlineData(100, 15)]
    [InlineData(999, 15)]
    [InlineData(1_000, 5)]
    public async Task The_more_a_table_changes_the_earlier_its_statistics_are_read_again(int changes, int seconds)
    {
        await using var engine = await OpenAsync(new StatisticsOptions { CacheChanges = 1 << 20 });
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await engine.AnalyzeAsync();
        var cache = engine.Statistics.Cache;
        await InsertAsync(table, 0, changes);
        _time.Advance(TimeSpan.FromSeconds(120));
        cache.Find(IdOf(table)); // the second load
        var misses = cache.Misses;

        _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
        Assert.NotNull(cache.Find(IdOf(table)));
        Assert.Equal(misses, cache.Misses);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.NotNull(cache.Find(IdOf(table)));
        Assert.Equal(misses + 1, cache.Misses);
    }

    [Fact]
    public async Task Enough_changes_end_an_entry_before_its_time()
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await engine.AnalyzeAsync();
        var cache = engine.Statistics.Cache;
        await InsertAsync(table, 0, 99);
        Assert.NotNull(cache.Find(IdOf(table)));
        Assert.Equal((1L, 0L), (cache.Hits, cache.Misses));
        await table.UpdateAsync(EngineFixture.Row(table, 5, "changed"));
        Assert.NotNull(cache.Find(IdOf(table)));
        Assert.Equal((1L, 1L), (cache.Hits, cache.Misses));
    }

    [Fact]
    public async Task It_keeps_no_more_tables_than_it_may_and_those_that_were_asked_for_last()
    {
        await using var engine = await OpenAsync(new StatisticsOptions { CacheEntries = 3 });
        var tables = new List<Table>();
        for (var i = 0; i < 5; i++)
            tables.Add(await engine.TableAsync($"t{i}", EngineFixture.Schema));
        await engine.AnalyzeAsync();
        var cache = engine.Statistics.Cache;
        Assert.Equal(3, cache.Count);

        cache.Find(IdOf(tables[2])); // t2, t3 and t4 are there
        cache.Find(IdOf(tables[0])); // takes the place of t3
        Assert.Equal((3, 1L, 1L), (cache.Count, cache.Hits, cache.Misses));
        cache.Find(IdOf(tables[2]));
        cache.Find(IdOf(tables[4]));
        Assert.Equal((3L, 1L), (cache.Hits, cache.Misses));
        cache.Find(IdOf(tables[3]));
        Assert.Equal(2, cache.Misses);
    }

    [Fact]
    public async Task That_a_table_has_none_is_remembered_and_what_an_analysis_finds_is_seen_at_once()
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        var cache = engine.Statistics.Cache;
        Assert.Null(cache.Find(IdOf(table)));
        Assert.Null(cache.Find(IdOf(table)));
        Assert.Equal((1L, 1L), (cache.Hits, cache.Misses));

        await InsertAsync(table, 0, 5);
        await engine.AnalyzeAsync();
        Assert.Equal(5, cache.Find(IdOf(table))!.Rows);
        await InsertAsync(table, 5, 5);
        await engine.AnalyzeAsync();
        Assert.Equal(10, cache.Find(IdOf(table))!.Rows);
        Assert.Equal((3L, 1L), (cache.Hits, cache.Misses));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_001)]
    public void Options_out_of_range_are_refused(int entries)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new StatisticsOptions { CacheEntries = entries });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StatisticsOptions { CacheChanges = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StatisticsOptions { RefreshInterval = TimeSpan.FromMilliseconds(99) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StatisticsOptions { RefreshChanges = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StatisticsOptions { RefreshShare = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StatisticsOptions { RefreshMaxCpu = 1.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new StatisticsOptions { RefreshMaxWait = TimeSpan.FromDays(2) });
    }
}
