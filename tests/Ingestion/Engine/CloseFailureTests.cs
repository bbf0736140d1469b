using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class CloseFailureTests
{
    [Theory]
    [InlineData(SafetyLevel.Async)]
    [InlineData(SafetyLevel.Unsafe)]
    public async Task A_close_whose_last_sync_fails_says_so_and_the_next_open_has_the_rows(SafetyLevel level)
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(level, new StandingTime()); // no background sync comes before the last one
        await table.InsertAsync(EngineFixture.Row(table, 1));
        fixture.Files.Fail(FileCall.Sync, StorageErrors.Io, path: ".wal");
        var failed = await Assert.ThrowsAsync<HeliosException>(async () => await engine.DisposeAsync());
        Assert.Equal("durability_lost", failed.Code);
        Assert.Equal(EngineState.Closed, engine.State);

        var (again, reopened) = await fixture.OpenAsync();
        await using (again)
            Assert.NotNull(await reopened.FindAsync(1L));
    }

    private sealed class StandingTime : TimeProvider
    {
        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
