using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class UnloggedOptionsTests
{
    [Theory]
    [InlineData(SafetyLevel.Full)]
    [InlineData(SafetyLevel.Batched)]
    [InlineData(SafetyLevel.Async)]
    public async Task Without_a_log_there_is_no_level_but_unsafe(SafetyLevel level)
    {
        using var fixture = new UnloggedFixture();
        var error = await Assert.ThrowsAsync<ArgumentException>(() => HeliosEngine.OpenAsync(fixture.Path, fixture.WithoutLog with { SafetyLevel = level }));
        Assert.Contains("WithoutLog", error.Message, StringComparison.Ordinal);
        Assert.Contains($"SafetyLevel Unsafe, and it is {level}", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(fixture.Path));

        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.WithoutLog);
        var refused = await Assert.ThrowsAsync<HeliosException>(() => engine.UseSafetyLevelAsync(level));
        Assert.Equal((HeliosErrorKind.Invalid, "without_log", SafetyLevel.Unsafe), (refused.Kind, refused.Code, engine.SafetyLevel));
        await UnloggedFixture.InsertAsync(engine, 0);
    }

    [Fact]
    public void The_rings_bound_is_checked()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { LogRingBytes = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { LogRingBytes = (16L << 30) + 1 });
        Assert.Equal(16L << 30, new HeliosOptions { LogRingBytes = 16L << 30 }.LogRingBytes);
        Assert.Equal((64L << 20, false), (new HeliosOptions().LogRingBytes, new HeliosOptions().WithoutLog));
    }

    [Fact]
    public async Task The_preset_for_the_highest_rate_has_no_log_and_flushes_every_five_minutes()
    {
        var preset = HeliosOptions.ForMaximumPerformance;
        Assert.Equal((true, SafetyLevel.Unsafe, TimeSpan.FromSeconds(300)), (preset.WithoutLog, preset.SafetyLevel, preset.CheckpointInterval));
        using var fixture = new UnloggedFixture();
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, preset with { Files = fixture.Files, TimeProvider = clock });
        var told = await UnloggedFixture.InsertAsync(engine, 0, 3);
        clock.Advance(TimeSpan.FromSeconds(299));
        Assert.Equal((0, Lsn.Zero), (engine.CheckpointsFinished, engine.Durable));

        var durable = engine.Parts.Durable.WaitAsync(told);
        for (var i = 0; i < 1_000 && !durable.IsCompleted; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1)); // the task looks four times a second
            await Task.WhenAny(durable, Task.Run(static () => { }));
        }

        await durable.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Empty(Directory.Exists(Path.Combine(fixture.Path, "log")) ? Directory.GetFiles(Path.Combine(fixture.Path, "log")) : []);
    }

    [Fact]
    public async Task A_database_in_memory_needs_no_log_and_shows_changes_at_once()
    {
        await using var engine = await HeliosEngine.OpenInMemoryAsync(new HeliosOptions { WithoutLog = true });
        await UnloggedFixture.InsertAsync(engine, 0, 3);
        var seen = 0L;
        await foreach (var change in engine.Feed(Lsn.Zero))
        {
            Assert.Equal(seen, change.Values!["id"]);
            if (++seen == 3)
                break;
        }
    }
}
