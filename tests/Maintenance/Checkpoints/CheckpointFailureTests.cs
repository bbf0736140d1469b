using System.Diagnostics;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Maintenance.Tests;

public sealed class CheckpointFailureTests
{
    private static readonly TimeSpan s_tooLong = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Old_log_that_cannot_be_deleted_once_is_deleted_by_a_later_checkpoint()
    {
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options() with
        {
            CheckpointBytes = 1 << 20,
            LogRetention = 0,
            Log = new WalOptions { SegmentBytes = [64 << 10] },
        });
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        fixture.Files.Fail(FileCall.Delete, StorageErrors.Io, path: ".wal");
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; engine.Parts.Log.Oldest == new Lsn(1); i++)
        {
            await table.InsertAsync(Enumerable.Range(i * 1_000, 1_000).Select(id => EngineFixture.Row(table, id, $"a name that is long enough to fill the log {id}")));
            Assert.True(Stopwatch.GetElapsedTime(started) < s_tooLong, "no checkpoint came after the one that failed");
        }
    }

    [Fact]
    public async Task A_checkpoint_of_an_idle_engine_ends_when_the_store_cannot_write_its_files()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await table.InsertAsync(EngineFixture.Row(table, 1));
        var store = Path.Combine(fixture.Path, "store");
        Directory.Move(store, store + "-gone");
        var failed = await Assert.ThrowsAsync<HeliosException>(() => engine.CheckpointAsync().WaitAsync(s_tooLong));
        Assert.Equal(HeliosErrorKind.Unavailable, failed.Kind);
        var refused = await Assert.ThrowsAsync<HeliosException>(async () =>
        {
            for (var id = 2; id < 100; id++) // what is in the log may be answered before the store refuses it
                await table.InsertAsync(EngineFixture.Row(table, id));
        });
        Assert.Equal((HeliosErrorKind.Unavailable, "io_error"), (refused.Kind, refused.Code)); // no damage: the disk is away
        Assert.NotNull(await table.FindAsync(1L));

        await engine.DisposeAsync(); // the failure was told, and the log has everything
        if (Directory.Exists(store))
            Directory.Delete(store, recursive: true);
        Directory.Move(store + "-gone", store);
        var (again, reopened) = await fixture.OpenAsync();
        await using (again)
            Assert.NotNull(await reopened.FindAsync(1L));
    }
}
