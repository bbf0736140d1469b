using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class ParallelReadTests : IAsyncLifetime
{
    private const int Rows = 2_000;
    private const int LongRows = 40;

    private readonly EngineFixture _fixture = new();
    private HeliosEngine _engine = null!;
    private Table _table = null!;

    public async Task InitializeAsync()
    {
        (_engine, _table) = await _fixture.OpenAsync(SafetyLevel.Unsafe);
        await _table.InsertAsync(Enumerable.Range(0, Rows).Select(i => EngineFixture.Row(_table, i)));
    }

    public async Task DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    private static Query Divided(Query query, bool keepsOrder) => With(query, new ReadAhead(4) { PartRows = 50, KeepsOrder = keepsOrder });

    [Fact]
    public async Task Several_workers_give_the_rows_in_their_order_where_it_is_asked_for()
    {
        var ids = new List<long>();
        await foreach (var row in Divided(_table.Where("id % 3 = 0"), keepsOrder: true))
            ids.Add(row.Get<long>("id"));

        Assert.Equal(Enumerable.Range(0, Rows).Where(i => i % 3 == 0).Select(i => (long)i), ids);
    }

    [Fact]
    public async Task Several_workers_give_each_row_once_in_any_order()
    {
        var ids = (await Divided(_table.Query(), keepsOrder: false).ToListAsync()).Select(r => r.Get<long>("id")).Order();

        Assert.Equal(Enumerable.Range(0, Rows).Select(i => (long)i), ids);
        Assert.Equal(Rows - 9, await Divided(_table.Where("name <> 'name 7' AND id >= 10 OR id < 1"), keepsOrder: false).CountAsync());
    }

    [Fact]
    public async Task A_reader_that_stops_early_stops_the_workers()
    {
        using var snapshot = _engine.OpenSnapshot();
        await foreach (var row in Divided(_table.Query().At(snapshot), keepsOrder: true))
        {
            if (row.Get<long>("id") == 60)
                break;
        }

        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Divided(_table.Query(), keepsOrder: false).WithCancellation(stop.Token))
                await stop.CancelAsync();
        });
    }

    [Fact]
    public async Task What_fails_in_a_worker_fails_the_query()
    {
        var failed = await Assert.ThrowsAsync<HeliosException>(() => Divided(_table.Where("1 / (id - 1234) > 5"), keepsOrder: false).ToListAsync());

        Assert.Equal("expression_failed", failed.Code);
        Assert.Contains("row 1235", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_few_rows_and_rows_by_an_index_are_read_by_one()
    {
        Assert.Equal(5, (await Divided(_table.Query().Take(5), keepsOrder: true).ToListAsync()).Count);
        Assert.Equal(10, (await Divided(_table.Where("id BETWEEN 100 AND 109").OrderByDescending("id"), keepsOrder: true).ToListAsync()).Count);
    }

    [Fact]
    public async Task A_pool_that_has_no_thread_to_give_delays_nobody()
    {
        var asked = 0;
        var busy = new ReadAhead(3) { PartRows = 100, Queue = _ => asked++ };

        Assert.Equal(Rows, (await With(_table.Query(), busy).ToListAsync()).Count);
        Assert.True(asked >= Rows / 100, $"{asked}");
    }

    [Fact]
    public void Parts_that_are_read_long_before_they_are_wanted_are_bounded_and_give_their_rows_in_order()
    {
        var ahead = new ReadAhead(2) { PartRows = 100, Queue = static item => item.Execute() };
        var ids = new List<ulong>();
        using (var cursor = new QueryCursor(With(_table.Where("name <> 'x'"), ahead).Definition, CancellationToken.None))
        {
            Assert.True(cursor.MoveNext());
            cursor.Dispose();
            Assert.InRange(cursor.Counts.Steps, 99, 4 * 102);
        }

        using var all = new QueryCursor(With(_table.Query(), ahead).Definition, CancellationToken.None);
        while (all.MoveNext())
            ids.Add(all.RowId.Value);
        Assert.Equal(Rows, ids.Count);
        Assert.Equal(ids.Order(), ids);
    }

    [Fact]
    public async Task Of_long_rows_no_more_wait_than_a_part_of_short_ones_has_batches()
    {
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(SafetyLevel.Unsafe));
        var table = await LongRowsAsync(engine);
        var read = 0;
        var ahead = new ReadAhead(1)
        {
            Queue = item =>
            {
                read++;
                item.Execute();
            },
        };
        using var cursor = new QueryCursor(With(table.Query(), ahead).Definition, CancellationToken.None);

        for (var taken = 1; taken <= LongRows; taken++)
        {
            Assert.True(cursor.MoveNext());
            Assert.Equal((ulong)taken, cursor.RowId.Value);
            Assert.InRange(read - taken, 0, ReadAhead.BatchesPerPart);
        }

        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public async Task A_part_that_the_caller_has_begun_is_read_on_by_the_pool_when_it_has_a_thread()
    {
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(SafetyLevel.Unsafe));
        var table = await LongRowsAsync(engine);
        var asked = new Queue<IThreadPoolWorkItem>();
        using var cursor = new QueryCursor(With(table.Query(), new ReadAhead(1) { Queue = asked.Enqueue }).Definition, CancellationToken.None);
        Assert.True(cursor.MoveNext()); // the pool had no thread yet: the caller has read

        var read = 0;
        for (; asked.TryDequeue(out var late); read++)
            late.Execute();

        Assert.InRange(read, 4, ReadAhead.BatchesPerPart);
        for (var taken = 2; taken <= LongRows; taken++)
            Assert.True(cursor.MoveNext());
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void The_first_rows_of_a_scan_are_read_by_the_caller_alone()
    {
        var asked = 0;
        var ahead = new ReadAhead(2) { PartRows = 100, AfterRows = 300, Queue = _ => asked++ };
        using var cursor = new QueryCursor(With(_table.Query(), ahead).Definition, CancellationToken.None);

        for (var i = 0; i < 300; i++)
            Assert.True(cursor.MoveNext());
        Assert.Equal(0, asked);
        var rest = 0;
        while (cursor.MoveNext())
            rest++;
        Assert.Equal(Rows - 300, rest);
        Assert.True(asked > 0);
    }

    [Fact]
    public async Task A_scan_that_is_divided_half_way_looks_at_each_block_once()
    {
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(SafetyLevel.Unsafe) with { Filters = new BlockFilterOptions { BlockRows = 100 } });
        var table = await engine.TableAsync("numbers", new TableSchema([new Column("n", ColumnType.Int8)]));
        await table.InsertAsync(Enumerable.Range(0, Rows).Select(i => Number(table, i)));
        await engine.ConsolidateFiltersAsync();

        var (alone, divided) = (Blocks(ReadAhead.None), Blocks(new ReadAhead(2) { PartRows = 100, AfterRows = 200 }));

        Assert.Equal(alone, divided);
        Assert.True(alone is { Read: > 5, Skipped: > 5 }, $"{alone}");

        (long Read, long Skipped) Blocks(ReadAhead ahead)
        {
            using var cursor = new QueryCursor(With(table.Where("n < 500 OR n BETWEEN 900 AND 1400"), ahead).Definition, CancellationToken.None);
            while (cursor.MoveNext())
                Assert.True(cursor.RowId.Value > 0);
            return (cursor.Counts.BlocksRead, cursor.Counts.BlocksSkipped);
        }
    }

    [Fact]
    public async Task A_scan_whose_engine_is_closed_meanwhile_says_so()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(SafetyLevel.Unsafe);
        await table.InsertAsync(Enumerable.Range(0, Rows).Select(i => EngineFixture.Row(table, i)));
        using var cursor = new QueryCursor(With(table.Query(), new ReadAhead(2) { PartRows = 50 }).Definition, CancellationToken.None);
        Assert.True(cursor.MoveNext());

        await engine.DisposeAsync();

        Assert.Equal("closed", Assert.Throws<HeliosException>(() => cursor.MoveNext()).Code);
    }

    private static Row Number(Table table, long number)
    {
        var row = table.NewRow();
        row["n"] = number;
        return row;
    }

    /// <summary>Rows each of which fills a batch.</summary>
    private static async Task<Table> LongRowsAsync(HeliosEngine engine)
    {
        var table = await engine.TableAsync("texts", new TableSchema([new Column("t", ColumnType.Text)]));
        for (var i = 0; i < LongRows; i++)
        {
            var row = table.NewRow();
            row["t"] = new string((char)('a' + (i % 26)), RowBatch.MaxBytes);
            await table.InsertAsync(row);
        }

        return table;
    }

    private static Query With(Query query, ReadAhead ahead) => new(query.Definition with { ReadAhead = ahead });
}
