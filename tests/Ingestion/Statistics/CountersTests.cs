using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class CountersTests : IAsyncLifetime
{
    private readonly EngineFixture _fixture = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    private static Task<CommitReceipt> InsertAsync(Table table, int from, int count) =>
        table.InsertAsync(Enumerable.Range(from, count).Select(i => EngineFixture.Row(table, i))).AsTask();

    [Fact]
    public async Task Counters_of_commits_move_by_exactly_what_was_done()
    {
        var (engine, table) = await _fixture.OpenAsync(SafetyLevel.Unsafe);
        await using var open = engine;
        var other = await engine.TableAsync("others", EngineFixture.Schema);
        var before = engine.GetCounters();
        await InsertAsync(table, 0, 100);
        await InsertAsync(other, 0, 7);
        await table.UpdateAsync(EngineFixture.Row(table, 3, "new"));
        await table.UpsertAsync(EngineFixture.Row(table, 4, "newer"));
        await table.UpsertAsync(EngineFixture.Row(table, 200));
        await table.DeleteAsync(5L);
        await table.DeleteAsync(999L); // there is none: no commit
        await Assert.ThrowsAsync<HeliosException>(() => InsertAsync(table, 7, 1)); // the key is taken
        var partly = await table.InsertAsync([EngineFixture.Row(table, 8), EngineFixture.Row(table, 300)], OnReject.RejectRow);
        Assert.Single(partly.Rejected);

        var after = engine.GetCounters();

        Assert.Equal(7, after.Commits - before.Commits);
        Assert.Equal(1, after.CommitsRefused - before.CommitsRefused);
        Assert.Equal((109L, 2L, 1L), (after.RowsInserted - before.RowsInserted, after.RowsUpdated - before.RowsUpdated, after.RowsDeleted - before.RowsDeleted));
        Assert.Equal(["others", "things"], after.Tables.Select(t => t.Name));
        var things = after.Tables[1];
        Assert.Equal((101L, 102L, 2L, 1L), (things.Rows, things.Inserted, things.Updated, things.Deleted));
        Assert.Equal((7L, 7L, 0L, 0L), (after.Tables[0].Rows, after.Tables[0].Inserted, after.Tables[0].Updated, after.Tables[0].Deleted));
        Assert.Equal(engine.Visible, after.Visible);
    }

    [Fact]
    public async Task Counters_of_reads_move_by_exactly_what_was_done()
    {
        var (engine, table) = await _fixture.OpenAsync(SafetyLevel.Unsafe);
        await using var open = engine;
        await InsertAsync(table, 0, 5_000);
        var before = engine.GetCounters();
        Assert.NotNull(await table.FindAsync(17L));
        Assert.NotNull(await table.FindAsync(17L));
        Assert.Null(await table.FindAsync(99_999L));
        Assert.NotNull(await table.FindByAsync("name", "name 18"));
        var point = engine.GetCounters();
        Assert.Equal((4L, 1L, 2L), (point.PointReads - before.PointReads, point.RowCacheHits - before.RowCacheHits, point.RowCacheMisses - before.RowCacheMisses));
        Assert.Equal((before.Queries, before.RowsRead), (point.Queries, point.RowsRead));

        var run = (await table.Where("id % 1000 = 7").ExplainAsync()).Run!;
        var scanned = engine.GetCounters();
        Assert.Equal((1L, 5L, 5_000L), (scanned.Queries - point.Queries, scanned.RowsReturned - point.RowsReturned, scanned.RowsRead - point.RowsRead));
        Assert.Equal((run.BlocksRead, run.BlocksSkipped), (scanned.BlocksRead - point.BlocksRead, scanned.BlocksSkipped - point.BlocksSkipped));

        Assert.Equal(100, (await table.Where("id BETWEEN 100 AND 199").ToListAsync()).Count);
        var ranged = engine.GetCounters();
        Assert.Equal((1L, 100L, 100L), (ranged.Queries - scanned.Queries, ranged.RowsReturned - scanned.RowsReturned, ranged.KeysRead - scanned.KeysRead));
    }

    /// <summary>The number is kept by Track with each group, and by Commit in each batch: nothing has to be read for it.</summary>
    [Fact]
    public async Task A_count_without_a_condition_and_a_snapshot_is_exact_and_reads_nothing()
    {
        var (engine, table) = await _fixture.OpenAsync(SafetyLevel.Unsafe);
        await using (engine)
        {
            await InsertAsync(table, 0, 3_000);
            using var older = engine.OpenSnapshot();
            await table.DeleteAsync(5L);
            var before = engine.GetCounters();

            Assert.Equal(2_999, await table.Query().CountAsync());
            Assert.Equal(10, await table.Query().Take(10).CountAsync());
            Assert.Equal(0, await table.Query().Skip(5_000).CountAsync());
            Assert.Equal(2_999, await table.CountAsync());
            Assert.Equal((before.Queries, before.RowsRead), (engine.GetCounters().Queries, engine.GetCounters().RowsRead));

            Assert.Equal(3_000, await table.Query().At(older).CountAsync()); // of an older moment the rows are counted
            Assert.Equal(3_000, engine.GetCounters().RowsRead - before.RowsRead);
        }

        await using var reopened = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe));
        Assert.Equal(2_999, await reopened.FindTable("things")!.Query().CountAsync());
        Assert.Equal(0, reopened.GetCounters().RowsRead);
    }

    [Fact]
    public async Task Sizes_are_those_of_the_tables_own_keys_and_what_a_kill_makes_recovery_apply_is_not_counted_again()
    {
        var copy = Directory.CreateTempSubdirectory("helios-test-").FullName;
        try
        {
            var (engine, table) = await _fixture.OpenAsync(SafetyLevel.Unsafe);
            await using (engine)
            {
                await engine.TableAsync("others", EngineFixture.Schema);
                await InsertAsync(table, 0, 5_000);
                await engine.CheckpointAsync();
                var counters = engine.GetCounters();
                Assert.Equal(0, counters.Tables[0].Bytes);
                Assert.InRange(counters.Tables[1].Bytes, 20_000, 1_000_000);
                Assert.InRange(counters.LiveBytes, 20_000, 2_000_000);
                Assert.InRange(counters.StoreBytes, counters.Tables[1].Bytes / 2, 2_000_000);
                Assert.True(counters is { LogBytes: > 0, FilterBytes: > 0, Checkpoints: 1 });
                Assert.Equal(engine.Visible, counters.Flushed);
                Assert.Equal(["checkpoints", "filters", "index-snapshots", "scrub", "statistics", "versions"], counters.Stages.Where(s => s.IsRunning).Select(s => s.Name).Order());
                await InsertAsync(table, 5_000, 100);
                DatabaseFiles.Copy(_fixture.Path, copy);
            }

            await using var killed = await HeliosEngine.OpenAsync(copy, _fixture.Options(SafetyLevel.Unsafe));
            var fresh = killed.GetCounters();
            Assert.Equal((0L, 0L, 0L), (fresh.Commits, fresh.RowsInserted, fresh.Tables[1].Inserted));
            Assert.Equal(5_100, fresh.Tables[1].Rows);
            await killed.FindTable("things")!.DeleteAsync(1L);
            Assert.Equal((1L, 0L, 1L), (killed.GetCounters().Commits, killed.GetCounters().RowsInserted, killed.GetCounters().RowsDeleted));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task Readers_that_run_at_once_lose_no_count()
    {
        var (engine, table) = await _fixture.OpenAsync(SafetyLevel.Unsafe);
        await using var open = engine;
        await InsertAsync(table, 0, 100);
        var before = engine.GetCounters();

        await Parallel.ForAsync(0, 8, async (_, _) =>
        {
            for (var i = 0; i < 500; i++)
                Assert.NotNull(await table.FindAsync((long)(i % 100)));
        });

        Assert.Equal(4_000, engine.GetCounters().PointReads - before.PointReads);
    }

    [Fact]
    public async Task A_closed_engine_has_no_counters()
    {
        var (engine, _) = await _fixture.OpenAsync();
        await engine.DisposeAsync();
        Assert.Equal("closed", Assert.Throws<HeliosException>(engine.GetCounters).Code);
    }
}
