using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Every call to the file system on the way to no log and back fails once, and the process ends at each of them.</summary>
public sealed class UnloggedCrashTests : IDisposable
{
    private const int Rows = 12;

    private readonly UnloggedFixture _fixture = new();
    private Lsn _told;

    public void Dispose() => _fixture.Dispose();

    /// <summary>From a log to none; from none, closed in order, to none; and, for both ways of opening, after a kill without a log.</summary>
    [Theory]
    [InlineData("logged", true)]
    [InlineData("killed", true)]
    [InlineData("killed", false)]
    public async Task Killed_at_any_call_of_an_open_and_its_close_it_opens_with_everything_that_was_flushed(string state, bool withoutLog)
    {
        var path = await PrepareAsync(state);
        var copies = new List<string>();
        _fixture.Files.Before = (call, _) =>
        {
            if (call is not (FileCall.Read or FileCall.Open))
                copies.Add(_fixture.Copy(path));
        };
        await using (var engine = await HeliosEngine.OpenAsync(path, withoutLog ? _fixture.WithoutLog : _fixture.Logged))
        {
            // Only what the open and the close do: a commit in between would change what is expected.
            Assert.Equal(Rows, await UnloggedFixture.CountAsync(engine));
        }

        _fixture.Files.Before = null;
        copies.Add(_fixture.Copy(path));
        Assert.InRange(copies.Count, 8, 60);
        foreach (var (place, copy) in copies.Index())
            await MustGoOnAsync(copy, place % 2 == 0, $"{state}, call {place}");
    }

    [Fact]
    public async Task Killed_at_any_call_of_a_creation_it_is_created_by_the_next_open()
    {
        var copies = new List<string>();
        _fixture.Files.Before = (_, _) => copies.Add(Directory.Exists(_fixture.Path) ? _fixture.Copy() : _fixture.In("none"));
        await using (await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog))
            _fixture.Files.Before = null;
        Assert.InRange(copies.Count, 8, 40);
        foreach (var (place, copy) in copies.Index())
        {
            Directory.CreateDirectory(copy);
            await File.WriteAllBytesAsync(Path.Combine(copy, "lock"), []); // a creation locks before all else
            await using var engine = await HeliosEngine.OpenAsync(copy, place % 2 == 0 ? _fixture.Logged : _fixture.WithoutLog);
            Assert.Equal(0, await UnloggedFixture.CountAsync(engine));
            await UnloggedFixture.InsertAsync(engine, 0);
        }
    }

    [Theory]
    [InlineData("logged", true)]
    [InlineData("killed", true)]
    [InlineData("killed", false)]
    public async Task Failed_at_any_call_of_an_open_and_its_close_it_says_so_and_opens_afterwards_with_everything(string state, bool withoutLog)
    {
        var prepared = await PrepareAsync(state);
        var failed = 0;
        foreach (var call in new[] { FileCall.Create, FileCall.Write, FileCall.Sync, FileCall.SyncDirectory, FileCall.Rename, FileCall.Delete })
        {
            for (var nth = 1; ; nth++)
            {
                var path = _fixture.Copy(prepared);
                _fixture.Files.Fail(call, StorageErrors.Io, nth);
                var error = await Record.ExceptionAsync(async () =>
                {
                    await using var engine = await HeliosEngine.OpenAsync(path, withoutLog ? _fixture.WithoutLog : _fixture.Logged);
                });
                var hit = _fixture.Files.Count(call);
                _fixture.Files.Heal();
                if (error is null)
                    break;
                failed++;
                Assert.True(error is HeliosException { Code: "io_error" or "durability_lost" }, $"{call} {nth}: {error}");
                await MustGoOnAsync(path, nth % 2 == 0, $"{call} {nth} of {hit}");
            }
        }

        Assert.InRange(failed, 5, 60);
    }

    /// <summary>A database with rows: with a log and closed; or without one and killed when all but the last commits was flushed.</summary>
    private async Task<string> PrepareAsync(string state)
    {
        await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged))
            _told = await UnloggedFixture.InsertAsync(engine, 0, state == "logged" ? Rows : Rows / 2);
        if (state == "logged")
            return _fixture.Path;
        await using var unlogged = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog);
        await UnloggedFixture.InsertAsync(unlogged, Rows / 2, Rows / 2);
        await unlogged.CheckpointAsync();
        _told = await UnloggedFixture.InsertAsync(unlogged, Rows, 5); // lost
        return _fixture.Copy();
    }

    private async Task MustGoOnAsync(string path, bool withoutLog, string where)
    {
        await UnloggedFixture.VerifyAsync(path);
        await using (var engine = await HeliosEngine.OpenAsync(path, withoutLog ? _fixture.WithoutLog : _fixture.Logged))
        {
            Assert.True(await UnloggedFixture.CountAsync(engine) == Rows, where);
            Assert.True(await UnloggedFixture.InsertAsync(engine, Rows) > _told, $"{where}: an LSN that was told means another commit");
        }

        await using (var engine = await HeliosEngine.OpenAsync(path, _fixture.Logged))
            Assert.True(await UnloggedFixture.CountAsync(engine) == Rows + 1, where);
        Assert.Equal(["identity", "lock"], Directory.GetFiles(path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Directory.Delete(path, recursive: true);
    }
}
