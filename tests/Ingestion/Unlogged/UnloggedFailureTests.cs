using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class UnloggedFailureTests
{
    private static readonly TimeSpan s_tooLong = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_store_that_cannot_write_ends_the_engine_which_says_what_holds_and_the_next_open_has_that()
    {
        using var fixture = new UnloggedFixture();
        var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.WithoutLog);
        await UnloggedFixture.InsertAsync(engine, 0, 10);
        await engine.CheckpointAsync();
        var flushed = engine.Durable;
        var told = await UnloggedFixture.InsertAsync(engine, 10, 5);

        var store = Path.Combine(fixture.Path, "store");
        Directory.Move(store, store + "-gone");
        var checkpoint = await Assert.ThrowsAsync<HeliosException>(() => engine.CheckpointAsync().WaitAsync(s_tooLong));
        Assert.Equal(HeliosErrorKind.Unavailable, checkpoint.Kind);
        Assert.DoesNotContain("is in the log", checkpoint.Message, StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<HeliosException>(() => UnloggedFixture.InsertAsync(engine, 15).WaitAsync(s_tooLong));
        Assert.Equal((HeliosErrorKind.Unavailable, EngineState.Faulted), (refused.Kind, engine.State));
        Assert.Contains($"what came after LSN {flushed} is not flushed", refused.Message, StringComparison.Ordinal);
        Assert.Equal(15, await UnloggedFixture.CountAsync(engine)); // reads go on
        Assert.Equal("without_log", (await Assert.ThrowsAsync<HeliosException>(() => engine.ResumeAsync())).Code);

        var lost = await Assert.ThrowsAsync<HeliosException>(async () => await engine.DisposeAsync());
        Assert.Equal((HeliosErrorKind.Unavailable, flushed), (lost.Kind, lost.Lsn));
        if (Directory.Exists(store))
            Directory.Delete(store, recursive: true);
        Directory.Move(store + "-gone", store);
        await UnloggedFixture.VerifyAsync(fixture.Path);
        await using var again = await HeliosEngine.OpenAsync(fixture.Path, fixture.Logged);
        Assert.Equal(10, await UnloggedFixture.CountAsync(again));
        Assert.True(await UnloggedFixture.InsertAsync(again, 10) > told);
    }
}
