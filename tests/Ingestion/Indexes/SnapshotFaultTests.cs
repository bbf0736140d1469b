using System.Text;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class SnapshotFaultTests : IDisposable
{
    private readonly SnapshotDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task A_kill_at_any_step_of_writing_a_snapshot_leaves_a_database_that_opens_the_same()
    {
        var killed = new List<string>();
        var isWatched = false;
        var files = new FaultyFiles(PhysicalFiles.Instance);
        await using var engine = await HeliosEngine.OpenAsync(_database.Path, SnapshotDatabase.Options with { Files = files });
        await SnapshotDatabase.FillAsync(engine, 0, 60);
        await engine.SnapshotIndexesAsync();
        await SnapshotDatabase.FillAsync(engine, 60, 60);
        files.Before = (_, path) =>
        {
            if (isWatched && path.Contains("indexes", StringComparison.Ordinal))
                killed.Add(_database.Kill());
        };
        isWatched = true;
        var second = await engine.SnapshotIndexesAsync();
        isWatched = false;
        killed.Add(_database.Kill());
        Assert.InRange(killed.Count, 8, 20);
        var opened = new List<Lsn?>();
        foreach (var database in killed)
            opened.Add((await _database.CompareAsync(database)).Snapshot);
        Assert.DoesNotContain(null, opened); // the old one or the new one, at each step
        Assert.Equal([opened[0], second], opened.Distinct());
    }

    [Theory]
    [InlineData(FileCall.Create)]
    [InlineData(FileCall.Write)]
    [InlineData(FileCall.Sync)]
    [InlineData(FileCall.Rename)]
    [InlineData(FileCall.SyncDirectory)]
    public async Task A_call_that_fails_leaves_the_old_snapshot_or_the_new_one_and_the_next_attempt_succeeds(object call)
    {
        var files = new FaultyFiles(PhysicalFiles.Instance);
        await using var engine = await HeliosEngine.OpenAsync(_database.Path, SnapshotDatabase.Options with { Files = files });
        await SnapshotDatabase.FillAsync(engine, 0, 60);
        var first = await engine.SnapshotIndexesAsync();
        for (var nth = 1; ; nth++)
        {
            await SnapshotDatabase.FillAsync(engine, nth * 100, 10);
            files.Fail((FileCall)call, StorageErrors.NoSpace, nth, path: "indexes");
            try
            {
                await engine.SnapshotIndexesAsync();
                break;
            }
            catch (IOException)
            {
                Assert.Equal(EngineState.Running, engine.State);
                var report = await _database.CompareAsync(_database.Kill());
                Assert.True(report.Snapshot >= first, report.Refused);
                Assert.False(File.Exists(SnapshotDatabase.SnapshotOf(_database.Path) + ".new"));
            }

            files.Heal();
            Assert.InRange(nth, 1, 10);
        }

        files.Heal();
        Assert.Equal(await engine.SnapshotIndexesAsync(), (await _database.CompareAsync(_database.Kill())).Snapshot);
    }

    [Fact]
    public async Task Nothing_of_a_key_stands_in_the_clear_in_an_encrypted_database_also_after_a_rotation()
    {
        var options = SnapshotDatabase.Options with { Encryption = DatabaseFiles.Key(1) };
        const string canary = "a canary that occurs nowhere by chance";
        await using (var engine = await HeliosEngine.OpenAsync(_database.Path, options))
        {
            var table = await SnapshotDatabase.FillAsync(engine, 0, 100);
            await table.InsertAsync(SnapshotDatabase.Row(table, 1_000, canary));
            await engine.SnapshotIndexesAsync();
            Assert.Equal(-1, File.ReadAllBytes(SnapshotDatabase.SnapshotOf(_database.Path)).AsSpan().IndexOf(Encoding.UTF8.GetBytes(canary)));
            Assert.NotNull((await _database.CompareAsync(_database.Kill(), options)).Snapshot);

            await engine.RotateKeyAsync(DatabaseFiles.Key(2));
            await SnapshotDatabase.FillAsync(engine, 200, 10);
            Assert.NotNull((await _database.CompareAsync(_database.Kill(), options with { Encryption = DatabaseFiles.Key(2) })).Snapshot); // of the old key
            await engine.SnapshotIndexesAsync();
        }

        var report = await _database.CompareAsync(_database.Path, options with { Encryption = DatabaseFiles.Key(2) });
        Assert.NotNull(report.Snapshot);
    }

    [Fact]
    public async Task Closing_does_not_wait_for_a_snapshot_that_is_being_written()
    {
        var (reached, goOn) = (new TaskCompletionSource(), new ManualResetEventSlim());
        var files = new FaultyFiles(PhysicalFiles.Instance);
        var engine = await HeliosEngine.OpenAsync(_database.Path, SnapshotDatabase.Options with { Files = files, IndexSnapshotBytes = 1 << 20 });
        files.Before = (call, path) =>
        {
            if (call != FileCall.Create || !path.Contains("snapshot", StringComparison.Ordinal))
                return;
            reached.TrySetResult();
            goOn.Wait();
        };
        for (var i = 0; !reached.Task.IsCompleted; i++)
            await SnapshotDatabase.FillAsync(engine, i * 100, 100, body: 3_000);
        var closed = engine.DisposeAsync().AsTask();
        goOn.Set();
        await closed;
        Assert.False(File.Exists(SnapshotDatabase.SnapshotOf(_database.Path) + ".new"));
        await _database.CompareAsync(_database.Path);
    }
}
