using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Helios.Pipeline.Maintenance.Tests;

/// <summary>Log goes below the flushed LSN and below every subscriber only, and each of these holds it so far and no further.</summary>
public sealed class LogLagTests
{
    private const long Bound = 256 << 10;

    [Fact]
    public async Task A_feed_holds_log_up_to_its_bound_and_is_told_where_it_begins_when_it_lags_further()
    {
        await using var fixture = new EngineFixture();
        await using var engine = await OpenAsync(fixture);
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await FillAsync(table, 0, 500);
        await using var feed = engine.Feed(Lsn.Zero).GetAsyncEnumerator();
        Assert.True(await feed.MoveNextAsync());
        await FillAsync(table, 500, 500);
        await engine.CheckpointAsync();
        await engine.CollectVersionsAsync();
        var trim = Trimmer(engine);
        trim.Trim();
        Assert.Equal(new Lsn(1), engine.Parts.Log.Oldest); // within the bound nothing goes that it has not read

        for (var at = 1_000; engine.Parts.Log.Segments.Sum(static s => s.Bytes) < 3 * Bound; at += 2_000)
            await FillAsync(table, at, 2_000);
        await engine.CheckpointAsync();
        await engine.CollectVersionsAsync();
        trim.Trim();

        Assert.True(engine.Parts.Log.Oldest > new Lsn(1));
        Assert.InRange(engine.Parts.Log.Segments.Sum(static s => s.Bytes), 0, Bound + (128 << 10)); // a segment more on either side
        var error = await Assert.ThrowsAsync<HeliosException>(async () =>
        {
            while (await feed.MoveNextAsync())
            {
                Assert.True(feed.Current.Lsn <= engine.Visible);
            }
        });
        Assert.Equal("lsn_too_old", error.Code);
    }

    [Fact]
    public async Task Nothing_that_the_store_has_not_flushed_goes_though_nobody_subscribes()
    {
        await using var fixture = new EngineFixture();
        await using var engine = await OpenAsync(fixture);
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await FillAsync(table, 0, 5_000);
        Assert.True(engine.Parts.Log.Segments.Count > 3);
        Assert.Equal(Lsn.Zero, engine.Parts.Store.FlushedLsn());
        Trimmer(engine).Trim();
        Assert.Equal(new Lsn(1), engine.Parts.Log.Oldest);
    }

    /// <summary>No background: nobody but the test lets log go.</summary>
    private static Task<HeliosEngine> OpenAsync(EngineFixture fixture) => HeliosEngine.OpenAsync(fixture.Path, fixture.Options() with
    {
        CheckpointBytes = 1L << 30,
        LogRetention = 1 << 30,
        IndexSnapshots = false,
        Log = new WalOptions { SegmentBytes = [64 << 10] },
    });

    private static CheckpointStage Trimmer(HeliosEngine engine) =>
        new(engine.Recovered, new CheckpointOptions(1L << 30, LogRetention: 0) { Commits = long.MaxValue }, TimeProvider.System, NullLogger.Instance) { MinLagBytes = Bound };

    private static async Task FillAsync(Table table, int first, int rows)
    {
        for (var at = first; at < first + rows; at += 500)
            await table.InsertAsync(Enumerable.Range(at, 500).Select(i => EngineFixture.Row(table, i, $"a name that is long enough to fill the log {i}")));
    }
}
