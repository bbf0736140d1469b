using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class PipelineExplanationTests : IAsyncLifetime
{
    private readonly EngineFixture _fixture = new();
    private readonly FakeTimeProvider _time = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task What_was_committed_meanwhile_is_counted_by_every_stage()
    {
        var (engine, table) = await _fixture.OpenAsync(time: _time);
        await using var _ = engine;
        await table.InsertAsync(EngineFixture.Row(table, 1)); // before: it does not count

        var explaining = engine.ExplainPipelineAsync(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 5; i++)
            await table.InsertAsync(Enumerable.Range(0, 20).Select(row => EngineFixture.Row(table, 10 + (20 * i) + row)));
        await AdvanceUntilAsync(explaining);
        var seen = await explaining;

        Assert.Equal(5, seen.Commits);
        Assert.InRange(seen.Syncs, 1, 5);
        Assert.Equal((5L, 5L), (seen.Stages[0].Messages, seen.Stages[1].Messages)); // commits, in validate and constrain
        Assert.All(seen.Stages, static stage => Assert.InRange(stage.Messages, 1, 6));
        Assert.All(seen.Stages, static stage => Assert.True(stage.ServiceTime > TimeSpan.Zero, stage.Name));
        Assert.True(seen.Window >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task It_is_refused_for_no_time_at_all_and_once_the_engine_is_closed()
    {
        var (engine, _) = await _fixture.OpenAsync(time: _time);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => engine.ExplainPipelineAsync(TimeSpan.FromMilliseconds(99)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => engine.ExplainPipelineAsync(TimeSpan.FromMinutes(11)));
        var explaining = engine.ExplainPipelineAsync();

        await engine.DisposeAsync();

        await AdvanceUntilAsync(explaining);
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => explaining)).Code);
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => engine.ExplainPipelineAsync())).Code);
    }

    [Fact]
    public async Task Whoever_asks_may_give_up()
    {
        var (engine, _) = await _fixture.OpenAsync(time: _time);
        await using var __ = engine;
        using var stop = new CancellationTokenSource();
        var explaining = engine.ExplainPipelineAsync(cancellationToken: stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => explaining);
    }

    /// <summary>Lets the window pass, and no more: on a slow machine the engine's own timers must not come to their turn.</summary>
    private async Task AdvanceUntilAsync(Task explaining)
    {
        for (var passed = TimeSpan.Zero; passed <= TimeSpan.FromSeconds(1); passed += TimeSpan.FromMilliseconds(10))
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }

        await explaining.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
