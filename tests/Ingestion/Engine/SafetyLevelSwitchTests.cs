using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Another safety level while the engine works on.</summary>
public sealed class SafetyLevelSwitchTests
{
    [Fact]
    public async Task What_was_written_before_is_durable_when_the_switch_has_ended()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(SafetyLevel.Unsafe);
        await using (engine)
        {
            var before = await table.InsertAsync(EngineFixture.Row(table, 1));
            Assert.True(engine.Durable < before.Lsn);

            await engine.UseSafetyLevelAsync(SafetyLevel.Full);

            Assert.Equal(SafetyLevel.Full, engine.SafetyLevel);
            Assert.True(engine.Durable >= before.Lsn);
            var after = await table.InsertAsync(EngineFixture.Row(table, 2));
            Assert.True(engine.Durable >= after.Lsn);
        }
    }

    [Theory]
    [InlineData(SafetyLevel.Full, 20)]
    [InlineData(SafetyLevel.Batched, 2)]
    [InlineData(SafetyLevel.Async, 0)]
    [InlineData(SafetyLevel.Unsafe, 0)]
    public async Task From_then_on_the_log_is_synced_as_the_new_level_says(SafetyLevel level, int syncs)
    {
        await using var fixture = new EngineFixture();
        var options = fixture.Options(level == SafetyLevel.Full ? SafetyLevel.Unsafe : SafetyLevel.Full) with { BatchedCommits = 10, TimeProvider = new FakeTimeProvider() };
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, options);
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await engine.UseSafetyLevelAsync(level);
        var before = engine.Parts.Log.SyncCount;
        for (var i = 0; i < 20; i++)
            await table.InsertAsync(EngineFixture.Row(table, i));
        if (level == SafetyLevel.Batched) // its last sync may still be running: it was not awaited
            await engine.Parts.Durable.WaitAsync(engine.Visible).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(syncs, engine.Parts.Log.SyncCount - before);
    }

    [Fact]
    public async Task Switching_under_load_loses_and_doubles_nothing_and_an_answer_at_full_is_durable()
    {
        await using var fixture = new EngineFixture();
        var seed = TestSeed.Next();
        var random = new Random(seed);
        var (engine, table) = await fixture.OpenAsync();
        const int producers = 4;
        const int each = 300;
        await using (engine)
        {
            var writing = Task.WhenAll(Enumerable.Range(0, producers).Select(p => Task.Run(async () =>
            {
                for (var i = 0; i < each; i++)
                    await table.InsertAsync(EngineFixture.Row(table, (p * each) + i));
            })));
            while (!writing.IsCompleted)
            {
                await engine.UseSafetyLevelAsync((SafetyLevel)random.Next(4));
                await engine.UseSafetyLevelAsync(SafetyLevel.Full);
                var receipt = await table.InsertAsync(EngineFixture.Row(table, 1_000_000 + (long)engine.Visible.Value));
                Assert.True(engine.Durable >= receipt.Lsn, $"seed {seed}: {receipt.Lsn} was answered at full, {engine.Durable} is durable");
            }

            await writing;
        }

        var (reopened, again) = await fixture.OpenAsync();
        await using (reopened)
        {
            for (var id = 0; id < producers * each; id++)
                Assert.NotNull(await again.FindAsync((long)id));
        }
    }

    [Fact]
    public async Task A_failed_engine_refuses_to_switch_and_stays_as_it_was()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(SafetyLevel.Unsafe);
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1));
            fixture.Files.Fail(FileCall.Sync, StorageErrors.Io);
            var refused = await Assert.ThrowsAsync<HeliosException>(() => engine.UseSafetyLevelAsync(SafetyLevel.Full).WaitAsync(TimeSpan.FromSeconds(30)));
            Assert.Equal(HeliosErrorKind.Unavailable, refused.Kind);
            Assert.Equal(SafetyLevel.Unsafe, engine.SafetyLevel);
            await Assert.ThrowsAsync<HeliosException>(() => engine.UseSafetyLevelAsync(SafetyLevel.Full).WaitAsync(TimeSpan.FromSeconds(30)));
            Assert.NotNull(await table.FindAsync(1L));
        }
    }

    [Fact]
    public async Task A_level_that_does_not_exist_is_misuse()
    {
        await using var fixture = new EngineFixture();
        var (engine, _) = await fixture.OpenAsync();
        await using (engine)
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => engine.UseSafetyLevelAsync((SafetyLevel)9));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { SafetyLevel = (SafetyLevel)9 });
    }

    [Theory]
    [InlineData(SafetyLevel.Batched, 250)]
    [InlineData(SafetyLevel.Async, 700)]
    public async Task The_delay_that_was_set_is_when_an_idle_commit_is_synced(SafetyLevel level, int delayMs)
    {
        var clock = new FakeTimeProvider();
        await using var fixture = new EngineFixture();
        var delay = TimeSpan.FromMilliseconds(delayMs);
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(level) with { TimeProvider = clock, BatchedDelay = delay, AsyncDelay = delay });
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await engine.CheckpointAsync();
        var before = engine.Parts.Log.SyncCount;
        var receipt = await table.InsertAsync(EngineFixture.Row(table, 1));

        clock.Advance(delay - TimeSpan.FromMilliseconds(1));
        await table.InsertAsync(EngineFixture.Row(table, 2)); // goes through Log after whatever the clock set off
        Assert.Equal(before, engine.Parts.Log.SyncCount);

        clock.Advance(TimeSpan.FromMilliseconds(1));
        await engine.Parts.Durable.WaitAsync(receipt.Lsn).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(before + 1, engine.Parts.Log.SyncCount);
    }

    [Fact]
    public async Task A_checkpoint_follows_after_the_interval_where_there_was_a_commit()
    {
        var clock = new FakeTimeProvider();
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(SafetyLevel.Unsafe) with { TimeProvider = clock, CheckpointInterval = TimeSpan.FromSeconds(60) });
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        var receipt = await table.InsertAsync(EngineFixture.Row(table, 1));
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(0, engine.CheckpointsFinished);

        var durable = engine.Parts.Durable.WaitAsync(receipt.Lsn);
        for (var i = 0; i < 100 && !durable.IsCompleted; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1)); // the task looks four times a second
            await Task.WhenAny(durable, engine.Parts.Applied.WaitAsync(receipt.Lsn));
            await Task.Yield();
        }

        await durable.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Every_bound_is_checked()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { BatchedCommits = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { BatchedCommits = 100_001 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { BatchedDelay = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { BatchedDelay = TimeSpan.FromSeconds(11) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { AsyncDelay = TimeSpan.FromMilliseconds(9) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { AsyncDelay = TimeSpan.FromSeconds(61) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { CheckpointInterval = TimeSpan.FromMilliseconds(999) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { CheckpointInterval = TimeSpan.FromDays(2) });
        Assert.Equal(TimeSpan.FromSeconds(10), new HeliosOptions { BatchedDelay = TimeSpan.FromSeconds(10) }.BatchedDelay);
        Assert.Equal(100_000, new HeliosOptions { BatchedCommits = 100_000 }.BatchedCommits);
        Assert.Equal(TimeSpan.FromSeconds(1), new HeliosOptions { CheckpointInterval = TimeSpan.FromSeconds(1) }.CheckpointInterval);
    }

    [Fact]
    public async Task Every_preset_opens_and_works_as_it_says()
    {
        foreach (var preset in new[] { HeliosOptions.ForBulkLoad, HeliosOptions.ForMaximumPerformance, HeliosOptions.ForOltp })
        {
            await using var fixture = new EngineFixture();
            await using var engine = await HeliosEngine.OpenAsync(fixture.Path, preset with { Files = fixture.Files });
            var table = await engine.TableAsync("things", EngineFixture.Schema);
            var before = engine.Parts.Log.SyncCount;
            await table.InsertAsync(EngineFixture.Row(table, 1));
            Assert.Equal(preset.SafetyLevel == SafetyLevel.Full ? 1 : 0, engine.Parts.Log.SyncCount - before);
            Assert.Equal(preset.SafetyLevel, engine.SafetyLevel);
        }
    }
}
