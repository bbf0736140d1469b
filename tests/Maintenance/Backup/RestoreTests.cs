using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Maintenance.Tests;

public sealed class RestoreTests : IDisposable
{
    private readonly BackupFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_restored_database_has_what_the_source_had_dead_letters_and_sources_too_and_goes_on()
    {
        await _fixture.MakeOneAsync();
        await using var source = await _fixture.OpenAsync();
        Assert.Equal(await BackupFixture.DescribeAsync(source), await _fixture.RestoredAsync("restored"));
        await using var restored = await _fixture.OpenAsync(_fixture.In("restored"));
        Assert.Equal(source.Identity, restored.Identity);
        var table = await BackupFixture.TableAsync(restored);
        Assert.Equal("duplicate_key", (await Assert.ThrowsAsync<HeliosException>(() => table.InsertAsync(EngineFixture.Row(table, 7)).AsTask())).Code);
        await BackupFixture.FillAsync(restored, 300, 50);
        Assert.Equal(350, await table.CountAsync());
        Assert.NotNull(await table.FindAsync(299L));
        Assert.NotNull(await table.FindAsync(349L));
    }

    [Fact]
    public async Task The_same_source_taken_again_stores_nothing_twice()
    {
        await _fixture.MakeOneAsync();
        _fixture.Restore("restored");
        await using var restored = await _fixture.OpenAsync(_fixture.In("restored"));
        var before = await restored.FindTable("small")!.CountAsync();
        var report = await BackupFixture.IngestAsync(restored);
        Assert.Equal((0, 503), (report.Rows, report.ResumedAt));
        Assert.Equal(before, await restored.FindTable("small")!.CountAsync());
    }

    [Fact]
    public async Task No_lsn_of_the_source_means_another_commit_of_the_restored_database()
    {
        var report = await _fixture.MakeOneAsync();
        Lsn last;
        ulong epoch;
        await using (var source = await _fixture.OpenAsync())
        {
            last = await BackupFixture.FillAsync(source, 1_000, 10);
            epoch = source.Inspect().Epoch;
        }

        var restoredReport = _fixture.Restore("restored");
        Assert.Equal(report.Lsn, restoredReport.Backup.Lsn);
        for (var open = 0; open < 2; open++)
        {
            await using var restored = await _fixture.OpenAsync(_fixture.In("restored"));
            var next = await BackupFixture.FillAsync(restored, 2_000 + (open * 10), 10);
            Assert.True(next >= restoredReport.FirstLsn && next.Value > last.Value + RestoreRun.LsnGap / 2, $"{next}");
            Assert.True(restored.Inspect().Epoch > epoch + RestoreRun.EpochGap / 2);
        }
    }

    [Fact]
    public async Task A_feed_goes_on_after_the_backups_lsn_and_is_told_what_the_log_no_longer_has()
    {
        var report = await _fixture.MakeOneAsync();
        _fixture.Restore("restored");
        await using var restored = await _fixture.OpenAsync(_fixture.In("restored"));
        var written = await BackupFixture.FillAsync(restored, 1_000, 3);
        await using (var feed = restored.Feed(report.Lsn.Next).GetAsyncEnumerator())
        {
            for (var i = 0; i < 3; i++)
            {
                Assert.True(await feed.MoveNextAsync());
                Assert.Equal((written, 1_000L + i), (feed.Current.Lsn, (long)feed.Current.Values!["id"]!));
            }
        }

        await using var tooOld = restored.Feed(report.Lsn).GetAsyncEnumerator();
        Assert.Equal("lsn_too_old", (await Assert.ThrowsAsync<HeliosException>(() => tooOld.MoveNextAsync().AsTask())).Code);
    }

    [Fact]
    public async Task A_restored_database_is_backed_up_into_the_same_directory_and_restored_again()
    {
        await _fixture.MakeOneAsync();
        _fixture.Restore("restored");
        await using (var source = await _fixture.OpenAsync())
            await BackupFixture.FillAsync(source, 5_000, 2_000); // file numbers that the restored one gives out too
        string described;
        await using (var restored = await _fixture.OpenAsync(_fixture.In("restored")))
        {
            await BackupFixture.FillAsync(restored, 5_000, 2_000);
            await restored.BackupAsync(_fixture.Backups);
            described = await BackupFixture.DescribeAsync(restored);
        }

        Assert.Equal(described, await _fixture.RestoredAsync("again"));
        Assert.True((await BackupStore.VerifyAsync(_fixture.Backups)).IsSound);
    }

    [Fact]
    public async Task A_key_file_goes_with_the_backup()
    {
        await using (var engine = await _fixture.OpenAsync())
        {
            await BackupFixture.FillAsync(engine, 0, 10);
            await File.WriteAllTextAsync(Path.Combine(_fixture.Database, "keys"), "wrapped keys");
            await engine.BackupAsync(_fixture.Backups);
            File.Delete(Path.Combine(_fixture.Database, "keys"));
        }

        Assert.True(BackupStore.List(_fixture.Backups)[0].IsEncrypted);
        _fixture.Restore("restored");
        Assert.Equal("wrapped keys", await File.ReadAllTextAsync(Path.Combine(_fixture.In("restored"), "keys")));
    }

    [Fact]
    public async Task A_target_that_is_not_empty_is_refused_and_left_as_it_is()
    {
        await _fixture.MakeOneAsync();
        Directory.CreateDirectory(_fixture.In("full"));
        await File.WriteAllTextAsync(Path.Combine(_fixture.In("full"), "letter.txt"), "dear");
        Assert.Equal("not_empty", Assert.Throws<HeliosException>(() => _fixture.Restore("full")).Code);
        Assert.Equal("not_empty", Assert.Throws<HeliosException>(() => _fixture.Restore("db")).Code);
        Assert.Equal("not_a_directory", Assert.Throws<HeliosException>(() => _fixture.Restore(Path.Combine("full", "letter.txt"))).Code);
        Assert.Equal(["letter.txt"], Directory.GetFileSystemEntries(_fixture.In("full")).Select(Path.GetFileName));
        Assert.False(Directory.Exists(_fixture.In("full.restoring")));
    }

    [Fact]
    public async Task An_empty_target_is_taken_and_what_an_interrupted_restore_left_is_cleared_but_nothing_else()
    {
        await _fixture.MakeOneAsync();
        Directory.CreateDirectory(_fixture.In("empty"));
        Directory.CreateDirectory(Path.Combine(_fixture.In("empty.restoring"), "store"));
        await File.WriteAllTextAsync(Path.Combine(_fixture.In("empty.restoring"), "store", "CURRENT"), "half");
        await _fixture.RestoredAsync("empty");
        Assert.False(Directory.Exists(_fixture.In("empty.restoring")));

        Directory.CreateDirectory(_fixture.In("other.restoring"));
        await File.WriteAllTextAsync(Path.Combine(_fixture.In("other.restoring"), "letter.txt"), "dear");
        Assert.Equal("not_empty", Assert.Throws<HeliosException>(() => _fixture.Restore("other")).Code);
        Assert.True(File.Exists(Path.Combine(_fixture.In("other.restoring"), "letter.txt")));
        Assert.False(Directory.Exists(_fixture.In("other")));
    }

    [Fact]
    public void Where_there_is_no_backup_that_is_said()
    {
        Assert.Equal("no_backup", Assert.Throws<HeliosException>(() => _fixture.Restore("restored")).Code);
        Assert.Empty(BackupStore.List(_fixture.Backups));
        Assert.False(Directory.Exists(_fixture.In("restored.restoring")));
    }
}
