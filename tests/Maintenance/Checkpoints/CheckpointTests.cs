using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Maintenance.Tests;

public sealed class CheckpointTests
{
    [Fact]
    public async Task A_checkpoint_makes_the_store_persistent_and_deletes_log_that_retention_does_not_ask_for()
    {
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, Small(fixture, retention: 0));
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await FillAsync(table, 0, 5_000);
        Assert.True(engine.Parts.Log.Segments.Count > 3);
        await engine.CheckpointAsync();
        Assert.True(engine.Parts.Store.FlushedLsn() >= engine.Visible);
        Assert.InRange(engine.Parts.Log.Segments.Count, 1, 2);
    }

    [Fact]
    public async Task Retention_keeps_log_for_the_feed_though_the_store_has_it()
    {
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, Small(fixture, retention: 1 << 30));
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await FillAsync(table, 0, 5_000);
        var before = engine.Parts.Log.Segments.Count;
        await engine.CheckpointAsync();
        Assert.Equal(before, engine.Parts.Log.Segments.Count);
        Assert.Equal(new Lsn(1), engine.Parts.Log.Oldest);
    }

    [Fact]
    public async Task An_open_feed_holds_back_the_log_that_it_has_not_read_and_lets_it_go_when_it_ends()
    {
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, Small(fixture, retention: 0));
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await FillAsync(table, 0, 500);
        await using (var feed = engine.Feed(Lsn.Zero).GetAsyncEnumerator())
        {
            Assert.True(await feed.MoveNextAsync());
            await FillAsync(table, 500, 4_500);
            await engine.CheckpointAsync();
            for (var seen = 1; seen < 5_000; seen++)
                Assert.True(await feed.MoveNextAsync());
        }

        var before = engine.Parts.Log.Segments.Count;
        await engine.CheckpointAsync();
        Assert.True(engine.Parts.Log.Segments.Count < before);
    }

    [Fact]
    public async Task Log_beyond_the_bound_starts_a_checkpoint_by_itself()
    {
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, Small(fixture, retention: 0));
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        for (var i = 0; engine.Parts.Log.Oldest == new Lsn(1); i++)
            await FillAsync(table, i * 1_000, 1_000);
        Assert.True(engine.Parts.Store.FlushedLsn() > Lsn.Zero);
    }

    [Fact]
    public async Task A_database_whose_log_was_trimmed_opens_with_every_row()
    {
        await using var fixture = new EngineFixture();
        await using (var engine = await HeliosEngine.OpenAsync(fixture.Path, Small(fixture, retention: 0)))
        {
            var table = await engine.TableAsync("things", EngineFixture.Schema);
            await FillAsync(table, 0, 3_000);
            await engine.CheckpointAsync();
            await FillAsync(table, 3_000, 500);
        }

        await using var again = await HeliosEngine.OpenAsync(fixture.Path, Small(fixture, retention: 0));
        var reopened = again.FindTable("things")!;
        Assert.Equal(3_500, await reopened.CountAsync());
        Assert.NotNull(await reopened.FindAsync(0L));
        Assert.NotNull(await reopened.FindAsync(3_499L));
    }

    [Fact]
    public async Task A_clean_close_and_open_gives_the_next_lsn_without_a_gap()
    {
        await using var fixture = new EngineFixture();
        Lsn last;
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
            last = (await table.InsertAsync(EngineFixture.Row(table, 1))).Lsn;
        var (again, reopened) = await fixture.OpenAsync();
        await using (again)
            Assert.Equal(last.Next, (await reopened.InsertAsync(EngineFixture.Row(reopened, 2))).Lsn);
    }

    private static HeliosOptions Small(EngineFixture fixture, long retention) => fixture.Options() with
    {
        CheckpointBytes = 1 << 20,
        LogRetention = retention,
        Log = new WalOptions { SegmentBytes = [64 << 10] },
    };

    private static async Task FillAsync(Table table, int first, int rows)
    {
        for (var at = first; at < first + rows; at += 500)
            await table.InsertAsync(Enumerable.Range(at, Math.Min(500, first + rows - at)).Select(i => EngineFixture.Row(table, i, $"a name that is long enough to fill the log {i}")));
    }
}
