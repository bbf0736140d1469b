using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A database goes to another key while it works, and a kill leaves it with one of the two.</summary>
public sealed class RotateKeyTests : IAsyncLifetime
{
    private readonly EngineFixture _fixture = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task Rotating_while_rows_are_written_loses_nothing_and_the_old_key_opens_nothing()
    {
        await using (var helios = await OpenAsync(1))
        {
            var table = await helios.TableAsync("things", EngineFixture.Schema);
            var writing = Task.WhenAll(Enumerable.Range(1, 300).Select(async id => await table.InsertAsync(EngineFixture.Row(table, id))));
            for (var seed = 2; seed <= 5; seed++)
                await helios.RotateKeyAsync(DatabaseFiles.Key(seed));
            await writing;
            Assert.NotNull(await table.FindAsync(300L));
        }

        foreach (var old in Enumerable.Range(1, 4))
            await DatabaseFiles.RefusedAsync("key_mismatch", _fixture.Path, Options(old));
        await using var again = await OpenAsync(5);
        Assert.Equal(300, await again.FindTable("things")!.CountAsync());
        var report = again.Inspect();
        Assert.True(report.Recovery.WasClean);
    }

    [Fact]
    public async Task A_rotation_killed_at_any_file_call_leaves_the_old_key_or_the_new_one()
    {
        var copies = Directory.CreateTempSubdirectory("helios-test-").FullName;
        try
        {
            var opened = new HashSet<int>();
            for (var nth = 1; ; nth++)
            {
                var db = Path.Combine(_fixture.Path, $"{nth}");
                var files = new FaultyFiles(PhysicalFiles.Instance);
                var ended = false;
                await using (var helios = await HeliosEngine.OpenAsync(db, Options(1) with { Files = files }))
                {
                    var table = await helios.TableAsync("things", EngineFixture.Schema);
                    await table.InsertAsync(EngineFixture.Row(table, 1));
                    var (calls, at) = (0, nth);
                    files.Before = (_, path) =>
                    {
                        if (path.Contains("keys", StringComparison.Ordinal) || path == db)
                        {
                            if (++calls == at)
                                DatabaseFiles.Copy(db, Path.Combine(copies, $"{at}")); // the disk as a kill finds it
                        }
                    };
                    await helios.RotateKeyAsync(DatabaseFiles.Key(2));
                    files.Before = null;
                    ended = calls < nth;
                }

                if (ended)
                    break;
                var (killed, seed) = (Path.Combine(copies, $"{nth}"), 1);
                try
                {
                    await using var old = await HeliosEngine.OpenAsync(killed, Options(1));
                }
                catch (HeliosException error) when (error.Code == "key_mismatch")
                {
                    seed = 2;
                }

                opened.Add(seed);
                await using var again = await HeliosEngine.OpenAsync(killed, Options(seed));
                Assert.NotNull(await again.FindTable("things")!.FindAsync(1L));
                await again.RotateKeyAsync(DatabaseFiles.Key(3)); // what the killed one left is not in the way
            }

            Assert.Equal([1, 2], opened.Order());
        }
        finally
        {
            Directory.Delete(copies, recursive: true);
        }
    }

    [Fact]
    public async Task A_rotation_that_the_disk_refuses_leaves_an_engine_that_works_and_the_old_key()
    {
        await using (var helios = await OpenAsync(1, _fixture.Files))
        {
            var table = await helios.TableAsync("things", EngineFixture.Schema);
            await table.InsertAsync(EngineFixture.Row(table, 1));
            _fixture.Files.Fail(FileCall.Create, StorageErrors.NoSpace, path: "keys");
            Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(() => helios.RotateKeyAsync(DatabaseFiles.Key(2)))).Code);
            await table.InsertAsync(EngineFixture.Row(table, 2));
        }

        await using var again = await OpenAsync(1);
        Assert.Equal(2, await again.FindTable("things")!.CountAsync());
    }

    [Fact]
    public async Task There_is_nothing_to_rotate_in_a_database_that_is_not_encrypted_or_is_closed()
    {
        await using (var plain = await HeliosEngine.OpenInMemoryAsync())
            Assert.Equal("not_encrypted", (await Assert.ThrowsAsync<HeliosException>(() => plain.RotateKeyAsync(DatabaseFiles.Key(2)))).Code);
        var helios = await OpenAsync(1);
        await helios.DisposeAsync();
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => helios.RotateKeyAsync(DatabaseFiles.Key(2)))).Code);
    }

    private static HeliosOptions Options(int seed) => new() { Encryption = DatabaseFiles.Key(seed) };

    private Task<HeliosEngine> OpenAsync(int seed, IStorageFiles? files = null) =>
        HeliosEngine.OpenAsync(_fixture.Path, Options(seed) with { Files = files ?? PhysicalFiles.Instance });
}
