using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class QueryTests : IAsyncLifetime
{
    private readonly EngineFixture _fixture = new();
    private static readonly AsyncLocal<bool> s_throws = new(); // of this test alone: meters are the process's

    private HeliosEngine _engine = null!;
    private Table<Order> _orders = null!;

    public sealed record Order([property: Key] long Id, string City, double Price, int? Quantity, DateTime At);

    public async Task InitializeAsync()
    {
        _engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe) with { Filters = new BlockFilterOptions { BlockRows = 100 } });
        _orders = await _engine.TableAsync<Order>();
        for (var i = 0; i < 10; i++)
            await _orders.InsertAsync(Enumerable.Range(i * 100, 100).Select(Make));
    }

    public async Task DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    private static Order Make(int id) => new(id, id % 3 == 0 ? "Oslo" : "Bergen", id / 2.0, id % 5 == 0 ? null : id % 7, new DateTime(2026, 1, 1).AddMinutes(id));

    [Fact]
    public async Task A_condition_an_order_and_a_part_are_carried_out_by_the_primary_key()
    {
        var query = _orders.Where(o => o.Id > 500 && o.City == "Oslo").OrderByDescending(o => o.Id).Take(3);

        Assert.Equal([999L, 996, 993], (await query.ToListAsync()).Select(o => o.Id));
        var explained = await query.ExplainAsync();
        Assert.Equal(QueryAccess.IndexRange, explained.Access);
        Assert.InRange(explained.Run!.RowsRead, 3, 64);
    }

    [Fact]
    public async Task A_key_is_looked_up_and_one_out_of_its_type_is_not_found()
    {
        var narrow = await _engine.TableAsync("narrow", new TableSchema([new Column("k", ColumnType.Int4), new Column("v", ColumnType.Text)], primaryKey: ["k"]));
        var row = narrow.NewRow();
        (row["k"], row["v"]) = (1, "one");
        await narrow.InsertAsync(row);

        Assert.Equal(QueryAccess.Lookup, narrow.Where("k = 1").Explain().Access);
        Assert.Equal("one", (await narrow.Where("k = 1").FirstOrDefaultAsync())!["v"]);
        Assert.Equal("one", (await narrow.Where("k = 1.0").FirstOrDefaultAsync())!["v"]);
        foreach (var none in new[] { "k = 4294967297", "k = 1.5", "k = NULL", "k > 4294967296", "k IN (4294967297, NULL)", "k = 1 AND k = 2", "k > 5 AND k < 3" })
        {
            Assert.Null(await narrow.Where(none).FirstOrDefaultAsync());
            Assert.Equal(QueryAccess.Nothing, narrow.Where(none).Explain().Access);
        }

        Assert.Equal(1, await narrow.Where("k < 4294967296").CountAsync());
        Assert.Null(await _orders.Where(o => o.Id == 5_000_000_000).FirstOrDefaultAsync());
    }

    [Fact]
    public async Task The_limit_of_a_key_range_is_reached_without_reading_more_than_it()
    {
        var explained = await _orders.Where(o => o.Id >= 100).OrderBy(o => o.Id).Take(10).ExplainAsync();

        Assert.Equal(10, explained.Run!.RowsReturned);
        Assert.InRange(explained.Run.KeysRead, 10, 10);
        Assert.InRange(explained.Run.StoreSteps + explained.Run.StoreSeeks, 1, 30);
    }

    [Fact]
    public async Task A_limit_on_an_empty_table_beside_large_ones_reads_nothing()
    {
        var empty = await _engine.TableAsync("empty", EngineFixture.Schema);

        var explained = await empty.Query().Take(1).ExplainAsync();

        Assert.Equal(0, explained.Run!.RowsReturned);
        Assert.InRange(explained.Run.StoreSteps, 0, 1);
        Assert.Equal(0, explained.Run.RowsRead);
    }

    [Fact]
    public async Task Blocks_that_cannot_have_a_row_are_skipped_and_said_so()
    {
        var query = _orders.Where(o => o.Price > 100 && o.Price < 110);

        var explained = await query.ExplainAsync();
        Assert.Equal(QueryAccess.TableScan, explained.Access);
        Assert.Equal(["Price (zones)"], explained.Filters);
        Assert.Equal(19, explained.Run!.RowsReturned);
        Assert.InRange(explained.Run.BlocksSkipped, 8, 10);
        Assert.InRange(explained.Run.RowsRead, 100, 200);
        Assert.Contains("skipped", explained.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_are_made_again_after_an_open()
    {
        await _engine.DisposeAsync();
        _engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe) with { Filters = new BlockFilterOptions { BlockRows = 100 } });
        _orders = await _engine.TableAsync<Order>();
        var query = _orders.Where(o => o.Price < 10);
        Assert.Equal(0, (await query.ExplainAsync()).Run!.BlocksSkipped);

        await _engine.ConsolidateFiltersAsync();

        Assert.InRange((await query.ExplainAsync()).Run!.BlocksSkipped, 9, 10);
        Assert.Equal(20, await query.CountAsync());
    }

    [Fact]
    public async Task Pages_follow_each_other_by_the_key_of_the_last_row()
    {
        var seen = new List<long>();
        var page = _orders.Where(o => o.City == "Oslo").OrderBy(o => o.Id).Take(50);
        for (var rows = await page.ToListAsync(); rows.Count > 0; rows = await page.After(rows[^1].Id).ToListAsync())
            seen.AddRange(rows.Select(o => o.Id));

        Assert.Equal(Enumerable.Range(0, 1_000).Where(i => i % 3 == 0).Select(i => (long)i), seen);
    }

    [Fact]
    public async Task An_order_that_no_index_has_is_sorted_in_memory_up_to_a_bound_and_refused_beyond()
    {
        var top = _orders.OrderByDescending(o => o.Price).Take(2);
        Assert.Equal([999L, 998], (await top.ToListAsync()).Select(o => o.Id));
        Assert.True(top.Explain().SortsInMemory);
        Assert.NotEmpty(top.Explain().Notes);

        var refused = await Assert.ThrowsAsync<HeliosException>(() => _orders.OrderBy(o => o.Price).ToListAsync());
        Assert.Equal("invalid_query", refused.Code);
        Assert.Contains("Price", refused.Message, StringComparison.Ordinal);
        Assert.Throws<HeliosException>(() => _orders.OrderBy(o => o.Price).Take(100_001).Explain());
    }

    [Fact]
    public async Task Rows_of_single_keys_are_looked_up_and_sorted_rather_than_found_by_a_walk_in_order()
    {
        var table = await _engine.TableAsync("cities", RandomQueries.Schema);
        var random = new Random(4);
        await table.InsertAsync(Enumerable.Range(0, 300).Select(i => RandomQueries.Row(table, i, random)));
        var query = table.Where("id IN (7, 200, 50)").OrderByDescending("part").ThenByDescending("seq");

        var explained = await query.ExplainAsync();
        Assert.Equal((QueryAccess.Lookup, true, 3L), (explained.Access, explained.SortsInMemory, explained.Run!.RowsRead));
        var rows = await query.ToListAsync();
        Assert.Equal(rows.OrderByDescending(r => r.Get<short>("part")).ThenByDescending(r => r.Get<int>("seq")).Select(r => r["id"]), rows.Select(r => r["id"]));
        Assert.Equal(3, rows.Count);
    }

    [Fact]
    public async Task A_listener_of_query_figures_that_throws_does_not_pin_what_the_query_saw()
    {
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "helios.query.duration")
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) =>
        {
            if (s_throws.Value)
                throw new InvalidOperationException("the listener");
        });
        listener.Start();
        var before = _engine.Visible;
        s_throws.Value = true;
        await Assert.ThrowsAsync<InvalidOperationException>(() => _orders.Where(o => o.Price > 1).ToListAsync());
        s_throws.Value = false;
        await _orders.InsertAsync(Make(2_000));

        Assert.True(_engine.Parts.Snapshots.Horizon() > before);
    }

    [Fact]
    public async Task Counts_sums_and_extremes_are_those_of_the_rows()
    {
        var rows = Enumerable.Range(0, 1_000).Select(Make).ToList();

        Assert.Equal(1_000, await _orders.Query().CountAsync());
        Assert.Equal(334, await _orders.Query().CountAsync(o => o.City == "Oslo"));
        Assert.Equal(rows.Where(o => o.City == "Oslo").Sum(o => o.Price), await _orders.Where(o => o.City == "Oslo").SumAsync(o => o.Price));
        Assert.Equal(rows.Sum(o => o.Quantity), await _orders.Query().SumAsync(o => o.Quantity));
        Assert.Equal(rows.Average(o => o.Quantity), await _orders.Query().AverageAsync(o => o.Quantity));
        Assert.Equal(rows.Max(o => o.At), await _orders.Query().MaxAsync(o => o.At));
        Assert.Equal("Bergen", await _orders.Query().MinAsync(o => o.City));
        Assert.Null(await _orders.Where(o => o.Id < 0).MinAsync(o => o.City));
        Assert.True(await _orders.Where(o => o.Quantity == null).AnyAsync());
        Assert.False(await _orders.Where(o => o.Quantity == 100).AnyAsync());
    }

    [Fact]
    public async Task A_projection_gives_what_the_lambda_makes_of_its_columns()
    {
        var cities = await _orders.Where(o => o.Id < 4).OrderBy(o => o.Id).Select(o => new { o.City, Twice = o.Price * 2 }).ToListAsync();

        Assert.Equal(["Oslo", "Bergen", "Bergen", "Oslo"], cities.Select(c => c.City));
        Assert.Equal([0.0, 1, 2, 3], cities.Select(c => c.Twice));
    }

    [Fact]
    public async Task Queries_of_one_snapshot_see_the_same_whatever_is_committed()
    {
        using var snapshot = _engine.OpenSnapshot();
        var all = _orders.Query().At(snapshot);
        await _orders.InsertAsync(Make(1_000));
        await _orders.DeleteAsync(5L);
        await _orders.UpdateAsync(Make(7) with { City = "Moss" });

        Assert.Equal(1_000, await all.CountAsync());
        Assert.Empty(await all.Where(o => o.City == "Moss").ToListAsync());
        Assert.NotNull(await all.Where(o => o.Id == 5).FirstOrDefaultAsync());
        Assert.Single(await _orders.Where(o => o.City == "Moss").ToListAsync());
        snapshot.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await all.CountAsync());
    }

    [Fact]
    public async Task A_condition_that_cannot_be_computed_for_a_row_fails_when_that_row_is_come_to()
    {
        var query = _orders.Query().Where("10 / (Id - 3) > 0").OrderBy(o => o.Id);

        Assert.Equal([4L, 5], (await query.Where(o => o.Id > 3).Take(2).ToListAsync()).Select(o => o.Id));
        var failed = await Assert.ThrowsAsync<HeliosException>(() => query.ToListAsync());
        Assert.Equal("expression_failed", failed.Code);
        Assert.Contains("row 4", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_that_is_given_up_stops()
    {
        using var stop = new CancellationTokenSource();
        var seen = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in _orders.Query().WithCancellation(stop.Token))
            {
                if (++seen == 10)
                    await stop.CancelAsync();
            }
        });
        Assert.InRange(seen, 10, 999);
    }

    [Fact]
    public void What_makes_no_sense_is_refused_when_it_is_said()
    {
        Assert.Equal("invalid_expression", Assert.Throws<HeliosException>(() => _orders.Query().Where("Pric > 1")).Code);
        Assert.Throws<NotSupportedException>(() => _orders.Where(o => o.City.Normalize() == "x"));
        Assert.Throws<InvalidOperationException>(() => _orders.Query().ThenBy(o => o.Id));
        Assert.Throws<InvalidOperationException>(() => _orders.OrderBy(o => o.Id).OrderBy(o => o.City));
        Assert.Throws<InvalidOperationException>(() => _orders.Query().Take(1).Skip(1));
        Assert.Throws<ArgumentException>(() => _orders.OrderBy(o => o.Id).After());
        Assert.Throws<ArgumentException>(() => _orders.OrderBy(o => o.Id).After("text"));
        Assert.Throws<ArgumentOutOfRangeException>(() => _orders.Query().Take(-1));
        Assert.Throws<ArgumentException>(() => _orders.OrderBy(o => o.City.Length));
    }

    [Fact]
    public async Task A_unique_constraint_and_a_list_of_values_are_walked_in_order()
    {
        var table = await _engine.TableAsync("cities", RandomQueries.Schema);
        var random = new Random(3);
        await table.InsertAsync(Enumerable.Range(0, 300).Select(i => RandomQueries.Row(table, i, random)));

        var explained = table.Where("part IN (1, 3) AND seq >= 100").OrderBy("part").ThenBy("seq").Explain();
        Assert.Equal((QueryAccess.IndexRange, "by_part", 2), (explained.Access, explained.Index, explained.Ranges));
        Assert.False(explained.SortsInMemory);
        // An index that leaves out rows with NULL cannot give an order of all rows.
        Assert.True(table.Query().OrderBy("code").Take(5).Explain().SortsInMemory);
        Assert.False(table.Where("code IS NOT NULL").OrderBy("code").Take(5).Explain().SortsInMemory);
    }
}
