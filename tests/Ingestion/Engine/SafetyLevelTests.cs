using System.Diagnostics;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What a level means, counted in syncs of the log.</summary>
public sealed class SafetyLevelTests
{
    [Fact]
    public async Task Full_with_one_producer_syncs_once_for_each_commit()
    {
        var (syncs, commits, _) = await WriteAsync(SafetyLevel.Full, producers: 1, commitsEach: 50);
        Assert.Equal(commits, syncs);
    }

    [Fact]
    public async Task Full_with_64_producers_syncs_at_most_once_for_eight_commits()
    {
        var (syncs, commits, _) = await WriteAsync(SafetyLevel.Full, producers: 64, commitsEach: 40);
        Assert.InRange(syncs, 1, commits / 8);
    }

    [Fact]
    public async Task Batched_syncs_once_for_a_thousand_commits_and_ten_times_a_second()
    {
        var (syncs, commits, seconds) = await WriteAsync(SafetyLevel.Batched, producers: 16, commitsEach: 300);
        Assert.InRange(syncs, 0, 1 + (commits / 1000.0) + (10 * seconds));
    }

    [Fact]
    public async Task Async_syncs_once_a_second()
    {
        var (syncs, _, seconds) = await WriteAsync(SafetyLevel.Async, producers: 16, commitsEach: 300);
        Assert.InRange(syncs, 0, 1 + seconds);
    }

    [Fact]
    public async Task Unsafe_does_not_sync_before_a_checkpoint()
    {
        var (syncs, _, _) = await WriteAsync(SafetyLevel.Unsafe, producers: 4, commitsEach: 100);
        Assert.Equal(0, syncs);
    }

    [Theory]
    [InlineData(SafetyLevel.Unsafe, 0)]
    [InlineData(SafetyLevel.Async, 1)]
    public async Task Leaving_a_log_segment_costs_no_sync_beyond_what_the_level_says(SafetyLevel level, int syncsPerSecond)
    {
        await using var fixture = new EngineFixture();
        var options = fixture.Options(level) with { Log = new WalOptions { SegmentBytes = [64 << 10] } };
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, options);
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        var before = fixture.Files.Count(FileCall.Sync);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 200; i++)
            await table.InsertAsync(EngineFixture.Row(table, i, $"{i} {new string('x', 10_000)}"));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;

        Assert.InRange(fixture.Files.Count(FileCall.Sync) - before, 0, syncsPerSecond * (1 + seconds));
    }

    [Fact]
    public async Task Half_a_million_commits_begin_a_checkpoint_whatever_their_size()
    {
        Assert.Equal(1 << 20, new WalOptions().LsnSkip);
        await using var fixture = new EngineFixture();
        var options = fixture.Options(SafetyLevel.Unsafe) with { Log = new WalOptions { LsnSkip = 64 } };
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, options);
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        for (var i = 0; engine.CheckpointsFinished == 0; i++)
        {
            Assert.InRange(i, 0, 1_000_000);
            await table.InsertAsync(EngineFixture.Row(table, i));
        }
    }

    [Theory]
    [InlineData(SafetyLevel.Batched)]
    [InlineData(SafetyLevel.Async)]
    public async Task An_idle_engine_still_syncs_what_was_answered(SafetyLevel level)
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(level);
        await using (engine)
        {
            var receipt = await table.InsertAsync(EngineFixture.Row(table, 1));
            await engine.Parts.Durable.WaitAsync(receipt.Lsn).WaitAsync(TimeSpan.FromSeconds(30));
            Assert.True(engine.Durable >= receipt.Lsn);
        }
    }

    [Fact]
    public async Task At_full_an_answered_commit_is_durable()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            var receipt = await table.InsertAsync(EngineFixture.Row(table, 1));
            Assert.True(engine.Durable >= receipt.Lsn);
        }
    }

    private static async Task<(int Syncs, int Commits, double Seconds)> WriteAsync(SafetyLevel level, int producers, int commitsEach)
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(level);
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1_000_000)); // the first segment of the log has been made
            var before = engine.Parts.Log.SyncCount;
            var started = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, producers).Select(p => Task.Run(async () =>
            {
                using var session = engine.OpenSession();
                for (var i = 0; i < commitsEach; i++)
                {
                    session.Insert(table, EngineFixture.Row(table, (p * commitsEach) + i));
                    await session.CommitAsync();
                }
            })));
            return (engine.Parts.Log.SyncCount - before, producers * commitsEach, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
    }
}
