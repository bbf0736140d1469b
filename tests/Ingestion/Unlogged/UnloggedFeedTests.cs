using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Without a log a feed lives on what memory holds, and still shows nothing that an end could take back.</summary>
public sealed class UnloggedFeedTests : IDisposable
{
    private readonly UnloggedFixture _fixture = new() { LsnSkip = 1 << 20 };

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_change_is_shown_when_it_is_flushed_and_not_before()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog);
        await UnloggedFixture.InsertAsync(engine, 0, 2);
        await using var feed = engine.Feed(Lsn.Zero).GetAsyncEnumerator();
        var first = feed.MoveNextAsync().AsTask();
        await UnloggedFixture.InsertAsync(engine, 2);
        Assert.False(first.IsCompleted);

        await engine.CheckpointAsync();
        Assert.True(await first.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(0L, feed.Current.Values!["id"]);
        for (var id = 1L; id < 3; id++)
        {
            Assert.True(await feed.MoveNextAsync());
            Assert.Equal(id, feed.Current.Values!["id"]);
        }

        var fourth = feed.MoveNextAsync().AsTask();
        await UnloggedFixture.InsertAsync(engine, 3);
        Assert.False(fourth.IsCompleted);
        await engine.CheckpointAsync();
        Assert.True(await fourth.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_flush_is_begun_for_an_open_feed_and_a_follower_within_half_the_ring_sees_every_row_once()
    {
        const int rows = 30_000;
        var big = new string('x', 200);
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog); // a ring of 1 MiB, for 7 MB of rows
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        var seen = 0L;
        var following = Task.Run(FollowAsync);
        await UnloggedFixture.InsertAsync(engine, 0);
        await engine.CheckpointAsync();
        while (Volatile.Read(ref seen) == 0 && !following.IsCompleted)
            await Task.Yield();
        for (var first = 1; first < rows; first += 100)
        {
            while (first > Volatile.Read(ref seen) + 2_000 && !following.IsCompleted) // half a megabyte
                await Task.Yield();
            await table.InsertAsync(Enumerable.Range(first, Math.Min(100, rows - first)).Select(id => EngineFixture.Row(table, id, $"{id} {big}")));
        }

        await engine.CheckpointAsync();
        Assert.Equal(rows, await following.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.InRange(engine.CheckpointsFinished, 2, 4); // what was flushed besides was flushed for the feed
        Assert.True(engine.Parts.Log.Bytes > 6 << 20);

        async Task<long> FollowAsync()
        {
            var next = 0L;
            await foreach (var change in engine.Feed(Lsn.Zero))
            {
                if ((long)change.Values!["id"]! != next)
                    break; // the count says where
                Volatile.Write(ref seen, ++next);
                if (next == rows)
                    break;
            }

            return next;
        }
    }

    [Fact]
    public async Task Without_a_subscriber_nothing_is_flushed_for_the_ring()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog);
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        var before = engine.Parts.Store.FlushedLsn();
        for (var first = 0; first < 10_000; first += 1_000)
            await table.InsertAsync(Enumerable.Range(first, 1_000).Select(id => EngineFixture.Row(table, id, $"{id} {new string('x', 200)}")));
        Assert.Equal((before, false), (engine.Parts.Store.FlushedLsn(), engine.Parts.Store.FlushPending));
        Assert.True(engine.Parts.Log.Bytes > 2 << 20);
    }

    [Fact]
    public async Task A_place_that_memory_no_longer_holds_is_told_with_the_oldest_that_it_has()
    {
        Lsn earlier;
        await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged))
            earlier = await UnloggedFixture.InsertAsync(engine, 0, 5);

        await using var unlogged = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog);
        Assert.Equal(earlier.Next, (await TooOldAsync(unlogged, earlier)).Lsn);
        var table = await unlogged.TableAsync("things", EngineFixture.Schema);
        var first = (await table.InsertAsync(EngineFixture.Row(table, 5))).Lsn;
        for (var id = 10; id < 10_000; id += 1_000)
            await table.InsertAsync(Enumerable.Range(id, 1_000).Select(i => EngineFixture.Row(table, i, $"{i} {new string('x', 200)}")));
        var gone = await TooOldAsync(unlogged, first);
        Assert.Equal((HeliosErrorKind.Invalid, unlogged.Parts.Log.Oldest), (gone.Kind, gone.Lsn));

        await unlogged.CheckpointAsync();
        await foreach (var change in unlogged.Feed(gone.Lsn))
        {
            Assert.Equal(gone.Lsn, change.Lsn);
            break;
        }
    }

    [Fact]
    public async Task A_feed_that_stands_still_while_the_ring_goes_round_is_told_so_and_holds_nobody_up()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog);
        await UnloggedFixture.InsertAsync(engine, 0, 2);
        await engine.CheckpointAsync();
        await using var feed = engine.Feed(Lsn.Zero).GetAsyncEnumerator();
        Assert.True(await feed.MoveNextAsync());
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        for (var id = 10; id < 20_000; id += 1_000)
            await table.InsertAsync(Enumerable.Range(id, 1_000).Select(i => EngineFixture.Row(table, i, $"{i} {new string('x', 200)}")));
        var error = await Assert.ThrowsAsync<HeliosException>(async () =>
        {
            while (await feed.MoveNextAsync())
            {
            }
        });
        Assert.Equal("lsn_too_old", error.Code);
    }

    private static async Task<HeliosException> TooOldAsync(HeliosEngine engine, Lsn from)
    {
        var error = await Assert.ThrowsAsync<HeliosException>(async () =>
        {
            await foreach (var change in engine.Feed(from))
                Assert.Fail($"{change} was shown");
        });
        Assert.Equal("lsn_too_old", error.Code);
        return error;
    }
}
