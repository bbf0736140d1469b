using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Without a log the store is the truth: what it has flushed stays, the rest goes, and no LSN means two things.</summary>
public class UnloggedTests : IDisposable
{
    private readonly UnloggedFixture _fixture;

    public UnloggedTests()
        : this(null)
    {
    }

    protected UnloggedTests(IKeyProvider? encryption)
    {
        _fixture = new UnloggedFixture { Encryption = encryption };
    }

    public void Dispose()
    {
        _fixture.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Closed_in_order_it_is_an_ordinary_database_with_everything_and_goes_on_with_the_next_lsn_whichever_way_it_is_opened()
    {
        var told = Lsn.Zero;
        var ways = new[] { _fixture.WithoutLog, _fixture.Logged, _fixture.WithoutLog, _fixture.WithoutLog, _fixture.Logged, _fixture.Logged };
        foreach (var (turn, options) in ways.Index())
        {
            await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, options))
            {
                Assert.Equal(turn * 10, await UnloggedFixture.CountAsync(engine));
                Assert.Equal((true, false), (engine.Inspect().Recovery.WasClean || (turn == 0 && options.WithoutLog), engine.Inspect().Recovery.WasWithoutLog));
                Assert.Equal(options.WithoutLog, File.Exists(Marker));
                var last = await UnloggedFixture.InsertAsync(engine, turn * 10, 10);
                Assert.Equal(told.Value + 10 + (turn == 0 ? 1u : 0), last.Value); // the first commit makes the table
                told = last;
                if (options.WithoutLog)
                    Assert.Equal((0, 0), (Directory.Exists(Log) ? Directory.GetFiles(Log).Length : 0, engine.Parts.Log.SyncCount));
            }

            Assert.False(File.Exists(Marker));
            await UnloggedFixture.VerifyAsync(_fixture.Path, _fixture.Encryption);
        }
    }

    [Fact]
    public async Task A_kill_takes_what_came_after_the_last_flush_and_nothing_else_and_lsns_go_on_behind_all_that_were_told()
    {
        string killed;
        Lsn told;
        await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog))
        {
            await UnloggedFixture.InsertAsync(engine, 0, 20);
            Assert.Equal(Lsn.Zero, engine.Durable);
            await engine.CheckpointAsync();
            Assert.Equal(engine.Visible, engine.Durable);
            told = await UnloggedFixture.InsertAsync(engine, 20, 15);
            Assert.True(engine.Durable < engine.Visible);
            killed = _fixture.Copy();
        }

        foreach (var options in new[] { _fixture.Logged, _fixture.WithoutLog })
        {
            var path = _fixture.Copy(killed);
            await UnloggedFixture.VerifyAsync(path, _fixture.Encryption);
            var before = await File.ReadAllBytesAsync(Path.Combine(path, "unlogged"));
            string again;
            await using (var engine = await HeliosEngine.OpenAsync(path, options))
            {
                Assert.Equal(20, await UnloggedFixture.CountAsync(engine));
                Assert.Equal((false, true), (engine.Inspect().Recovery.WasClean, engine.Inspect().Recovery.WasWithoutLog));
                Assert.Equal(options.WithoutLog, File.Exists(Path.Combine(path, "unlogged")));
                if (options.WithoutLog)
                    Assert.NotEqual(before, await File.ReadAllBytesAsync(Path.Combine(path, "unlogged"))); // a higher epoch, and higher LSNs
                Assert.True(await UnloggedFixture.InsertAsync(engine, 20) > told, "an LSN that was told means another commit");
                told = await UnloggedFixture.InsertAsync(engine, 21, 4);
                again = _fixture.Copy(path);
            }

            await UnloggedFixture.VerifyAsync(path, _fixture.Encryption);
            await using (var engine = await HeliosEngine.OpenAsync(path, _fixture.Logged))
                Assert.Equal(25, await UnloggedFixture.CountAsync(engine));

            // Killed a second time: with a log nothing is missing, without one the same as before.
            await using (var engine = await HeliosEngine.OpenAsync(again, _fixture.Logged))
            {
                var rows = await UnloggedFixture.CountAsync(engine);
                Assert.Equal(options.WithoutLog ? 20 : 25, rows);
                Assert.True(await UnloggedFixture.InsertAsync(engine, rows) > told, "an LSN that was told means another commit");
            }

            told = Lsn.Zero;
        }
    }

    [Fact]
    public async Task A_log_that_a_kill_left_is_applied_whole_before_it_is_given_up()
    {
        string killed;
        Lsn told;
        await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged))
        {
            told = await UnloggedFixture.InsertAsync(engine, 0, 300);
            killed = _fixture.Copy();
        }

        string again;
        await using (var engine = await HeliosEngine.OpenAsync(killed, _fixture.WithoutLog))
        {
            Assert.Equal(300, await UnloggedFixture.CountAsync(engine));
            Assert.True(engine.Durable >= told);
            Assert.Equal(301, engine.Inspect().Recovery.Commits);
            Assert.True(await UnloggedFixture.InsertAsync(engine, 300) > told);
            again = _fixture.Copy(killed);
        }

        await using (var engine = await HeliosEngine.OpenAsync(again, _fixture.Logged))
            Assert.Equal(300, await UnloggedFixture.CountAsync(engine)); // the 301st was not flushed
        await using (var engine = await HeliosEngine.OpenAsync(killed, _fixture.Logged))
            Assert.Equal(301, await UnloggedFixture.CountAsync(engine));
    }

    [Fact]
    public async Task A_file_that_a_kill_cut_short_goes_on_at_the_stored_position_and_arrives_once()
    {
        static string Lines(int count) => "id,name\n" + string.Concat(Enumerable.Range(0, count).Select(i => $"{i},name {i}\n"));
        var file = _fixture.In("input.csv");
        var options = new IngestOptions { Key = ["id"], CommitRows = 10 };
        string killed;
        await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog))
        {
            await File.WriteAllTextAsync(file, Lines(500));
            Assert.Equal(500, (await engine.IngestAsync(file, "things", options)).Rows);
            await engine.CheckpointAsync();
            await File.WriteAllTextAsync(file, Lines(1_200));
            Assert.Equal(700, (await engine.IngestAsync(file, "things", options)).Rows);
            killed = _fixture.Copy();
        }

        await using (var engine = await HeliosEngine.OpenAsync(killed, _fixture.WithoutLog))
        {
            Assert.Equal(500, await UnloggedFixture.CountAsync(engine));
            var report = await engine.IngestAsync(file, "things", options);
            Assert.Equal((500, 700, true), (report.ResumedAt, report.Rows, report.IsComplete));
        }

        await using (var engine = await HeliosEngine.OpenAsync(killed, _fixture.Logged))
        {
            Assert.Equal(1_200, await UnloggedFixture.CountAsync(engine));
            Assert.Equal(0, (await engine.IngestAsync(file, "things", options)).Rows);
        }
    }

    [Fact]
    public async Task A_backup_while_it_works_has_everything_up_to_its_lsn()
    {
        var backups = _fixture.In("backups");
        await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog))
        {
            await UnloggedFixture.InsertAsync(engine, 0, 30);
            await engine.BackupAsync(backups);
            await UnloggedFixture.InsertAsync(engine, 30, 5);
        }

        var restored = _fixture.In("restored");
        await BackupStore.RestoreAsync(backups, restored);
        await UnloggedFixture.VerifyAsync(restored, _fixture.Encryption);
        foreach (var (options, rows) in new[] { (_fixture.WithoutLog, 30), (_fixture.Logged, 31) })
        {
            await using var engine = await HeliosEngine.OpenAsync(restored, options);
            Assert.Equal(rows, await UnloggedFixture.CountAsync(engine));
            await UnloggedFixture.InsertAsync(engine, rows);
        }
    }

    [Fact]
    public async Task A_store_older_than_the_marker_and_a_damaged_marker_are_damage_that_open_and_verify_name()
    {
        string older;
        await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog))
        {
            await UnloggedFixture.InsertAsync(engine, 0, 10);
            await engine.CheckpointAsync();
            older = _fixture.Copy();
            await UnloggedFixture.InsertAsync(engine, 10, 10);
        }

        string killed;
        await using (await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog))
            killed = _fixture.Copy();
        var marker = Path.Combine(killed, "unlogged");

        var old = _fixture.Copy(older);
        File.Copy(marker, Path.Combine(old, "unlogged"), overwrite: true);
        var flipped = _fixture.Copy(killed);
        ClosedDatabase.FlipByte(Path.Combine(flipped, "unlogged"), 45);
        foreach (var (path, what) in new[] { (old, "files of it were lost or put back"), (flipped, "its checksum fails") })
        {
            foreach (var options in new[] { _fixture.Logged, _fixture.WithoutLog })
                Assert.Contains(what, (await DatabaseFiles.RefusedAsync("corrupt", path, options)).Message, StringComparison.Ordinal);
            var check = (await DatabaseVerifier.VerifyAsync(path, encryption: _fixture.Encryption)).Checks.Single(c => c.Name == "log");
            Assert.False(check.Passed);
            Assert.Contains(what, check.Message, StringComparison.Ordinal);
        }
    }

    private string Marker => Path.Combine(_fixture.Path, "unlogged");

    private string Log => Path.Combine(_fixture.Path, "log");
}

/// <summary>All of it in an encrypted database.</summary>
public sealed class UnloggedEncryptedTests() : UnloggedTests(DatabaseFiles.Key(7));
