using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Maintenance.Tests;

public sealed class BackupTests : IDisposable
{
    private readonly BackupFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Backups_under_full_load_are_the_source_as_of_their_lsn()
    {
        const int producers = 4;
        await using var engine = await _fixture.OpenAsync();
        await BackupFixture.IngestAsync(engine);
        var table = await BackupFixture.TableAsync(engine);
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, producers).Select(p => ProduceAsync(engine, table, p, stop.Token)).ToArray();
        var reports = new List<BackupReport>();
        for (var i = 0; i < 3; i++)
        {
            await engine.Parts.Visible.WaitAsync(engine.Visible + 50);
            var before = engine.Visible;
            reports.Add(await engine.BackupAsync(_fixture.Backups));
            Assert.True(reports[^1].Lsn >= before);
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.True(engine.Visible > reports[^1].Lsn, "the load had ended before the backup");

        var expected = await ReplayAsync(engine, [.. reports.Select(r => r.Lsn)]);
        foreach (var report in reports)
        {
            var name = $"restored-{report.Id}";
            await _fixture.RestoredAsync(name, report.Id);
            await using var restored = await _fixture.OpenAsync(_fixture.In(name));
            Assert.Equal(expected[report.Lsn], await RowsAsync(restored));
            Assert.Equal(expected[report.Lsn].Count, await restored.FindTable(BackupFixture.Table)!.CountAsync());
            Assert.Equal(report.Lsn, restored.Inspect().Recovery.Applied is var applied ? new Lsn(applied) : default);
            Assert.Equal(engine.Inspect().Sources, restored.Inspect().Sources);
        }
    }

    [Fact]
    public async Task A_chain_of_twenty_grows_by_what_is_new_and_each_one_is_restored_as_it_was()
    {
        var described = new List<string>();
        var reports = new List<BackupReport>();
        await using (var engine = await _fixture.OpenAsync())
        {
            await BackupFixture.IngestAsync(engine);
            for (var i = 0; i < 20; i++)
            {
                await BackupFixture.FillAsync(engine, i * 400, 400);
                reports.Add(await engine.BackupAsync(_fixture.Backups));
                described.Add(await BackupFixture.DescribeAsync(engine));
            }
        }

        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), reports.Select(r => r.Id));
        Assert.Equal(reports.Select(r => r.Lsn), BackupStore.List(_fixture.Backups).Select(b => b.Lsn));
        Assert.Equal(0, reports[0].ReusedBytes);
        Assert.True(reports.Sum(r => r.ReusedBytes) > reports.Sum(r => r.Bytes) / 3, $"{reports.Sum(r => r.ReusedBytes)} of {reports.Sum(r => r.Bytes)} bytes were used again");
        Assert.True((await BackupStore.VerifyAsync(_fixture.Backups)).IsSound);
        for (var i = 0; i < 20; i++)
            Assert.Equal(described[i], await _fixture.RestoredAsync($"restored-{i}", i + 1));
    }

    [Fact]
    public async Task A_second_backup_copies_no_sst_file_that_the_first_has()
    {
        await using var engine = await _fixture.OpenAsync();
        await BackupFixture.FillAsync(engine, 0, 2_000);
        await engine.BackupAsync(_fixture.Backups);
        var first = _fixture.ReadManifest(1).Files.Where(f => f.IsImmutable).ToArray();
        Assert.NotEmpty(first);
        var copied = new List<string>();
        _fixture.Files.Before = (call, path) =>
        {
            if (call == FileCall.Rename)
                copied.Add(path);
        };
        var created = _fixture.Files.Count(FileCall.Create);
        var second = await engine.BackupAsync(_fixture.Backups);
        _fixture.Files.Before = null;
        var shared = _fixture.ReadManifest(2).Files.Where(f => f.IsImmutable).Intersect(first).ToArray();
        Assert.Equal(shared.Sum(f => f.Length), second.ReusedBytes);
        Assert.Equal(_fixture.ReadManifest(2).Files.Count - shared.Length + 1, _fixture.Files.Count(FileCall.Create) - created);
        Assert.NotEmpty(shared);
        Assert.NotEmpty(copied);
    }

    [Fact]
    public async Task A_dropped_backup_leaves_its_files_to_the_next_one_to_remove()
    {
        await using var engine = await _fixture.OpenAsync();
        await BackupFixture.FillAsync(engine, 0, 500);
        await engine.BackupAsync(_fixture.Backups);
        await BackupFixture.FillAsync(engine, 500, 500);
        await engine.BackupAsync(_fixture.Backups);
        var kept = _fixture.ReadManifest(2).Files.Select(f => f.Hash.ToString()).ToHashSet();
        var dropped = _fixture.ReadManifest(1).Files.Select(f => f.Hash.ToString()).Except(kept).ToArray();
        Assert.NotEmpty(dropped);
        File.Delete(_fixture.Manifest(1));
        Assert.Equal(3, (await engine.BackupAsync(_fixture.Backups)).Id);
        var named = _fixture.ReadManifest(3).Files.Select(f => f.Hash.ToString()).Union(kept).Order(StringComparer.Ordinal);
        Assert.Equal(named, _fixture.Contents.Select(Path.GetFileName));
        Assert.True((await BackupStore.VerifyAsync(_fixture.Backups)).IsSound);
    }

    [Fact]
    public async Task The_database_keeps_nothing_of_a_backup_and_an_open_removes_what_a_killed_one_left()
    {
        await _fixture.MakeOneAsync();
        Assert.False(Directory.Exists(Path.Combine(_fixture.Database, "checkpoint")));
        Directory.CreateDirectory(Path.Combine(_fixture.Database, "checkpoint", "store"));
        await using var engine = await _fixture.OpenAsync();
        Assert.False(Directory.Exists(Path.Combine(_fixture.Database, "checkpoint")));
    }

    [Fact]
    public async Task An_empty_database_is_backed_up_and_restored()
    {
        string described;
        await using (var engine = await _fixture.OpenAsync())
        {
            Assert.Equal(Lsn.Zero, (await engine.BackupAsync(_fixture.Backups)).Lsn);
            described = await BackupFixture.DescribeAsync(engine);
        }

        Assert.Equal(described, await _fixture.RestoredAsync("restored"));
    }

    [Fact]
    public async Task Backups_of_two_databases_do_not_mix()
    {
        await _fixture.MakeOneAsync();
        await using var other = await _fixture.OpenAsync(_fixture.In("other"));
        var error = await Assert.ThrowsAsync<HeliosException>(() => other.BackupAsync(_fixture.Backups));
        Assert.Equal((HeliosErrorKind.Invalid, "backup_mismatch"), (error.Kind, error.Code));
        Assert.Single(BackupStore.List(_fixture.Backups));
    }

    [Fact]
    public async Task A_directory_that_holds_something_else_is_left_alone()
    {
        Directory.CreateDirectory(_fixture.Backups);
        await File.WriteAllTextAsync(Path.Combine(_fixture.Backups, "letter.txt"), "dear");
        await using var engine = await _fixture.OpenAsync();
        var error = await Assert.ThrowsAsync<HeliosException>(() => engine.BackupAsync(_fixture.Backups));
        Assert.Equal("no_backup", error.Code);
        Assert.Equal(["letter.txt"], Directory.GetFileSystemEntries(_fixture.Backups).Select(Path.GetFileName));
        await Assert.ThrowsAsync<ArgumentException>(() => engine.BackupAsync(Path.Combine(_fixture.Database, "backups")));
        Assert.Equal("not_a_directory", (await Assert.ThrowsAsync<HeliosException>(() => engine.BackupAsync(Path.Combine(_fixture.Backups, "letter.txt")))).Code);
    }

    [Fact]
    public async Task Closing_the_engine_ends_a_backup_which_then_does_not_count()
    {
        var engine = await _fixture.OpenAsync();
        await BackupFixture.FillAsync(engine, 0, 500);
        var copying = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var goOn = new ManualResetEventSlim();
        _fixture.Files.Before = (call, path) =>
        {
            if (call == FileCall.Create && path.StartsWith(_fixture.Backups, StringComparison.Ordinal) && copying.TrySetResult())
                goOn.Wait();
        };
        var backup = engine.BackupAsync(_fixture.Backups);
        await copying.Task;
        var closing = engine.DisposeAsync().AsTask();
        goOn.Set();
        await closing;
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => backup)).Code);
        Assert.Empty(BackupStore.List(_fixture.Backups));
        _fixture.Files.Before = null;
        await using var again = await _fixture.OpenAsync();
        Assert.Equal(1, (await again.BackupAsync(_fixture.Backups)).Id);
    }

    [Fact]
    public async Task Commits_are_answered_while_a_backup_copies()
    {
        await using var engine = await _fixture.OpenAsync();
        await BackupFixture.FillAsync(engine, 0, 500);
        var copying = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var goOn = new ManualResetEventSlim();
        _fixture.Files.Before = (call, path) =>
        {
            if (call == FileCall.Create && path.StartsWith(_fixture.Backups, StringComparison.Ordinal) && copying.TrySetResult())
                goOn.Wait();
        };
        var backup = engine.BackupAsync(_fixture.Backups);
        await copying.Task;
        var later = await BackupFixture.FillAsync(engine, 500, 100);
        goOn.Set();
        Assert.True((await backup).Lsn < later);
    }

    private static async Task ProduceAsync(HeliosEngine engine, Table table, int producer, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var first = (producer * 1_000_000) + (i * 20);
            await table.InsertAsync(Enumerable.Range(first, 20).Select(id => EngineFixture.Row(table, id, $"a name to fill the store with {id}")), cancellationToken: CancellationToken.None);
            if (i % 5 == 4)
                await DeleteAsync(engine, table, first - 7);
        }
    }

    private static async Task DeleteAsync(HeliosEngine engine, Table table, long id)
    {
        using var key = new ByteBuffer();
        Assert.True(KeyProbe.TryEncode(table.Plan, 0, new object[] { id }, key));
        await KeyedWrite.DeleteAsync(engine, table.Plan, key.Written.ToArray(), default);
    }

    private static async Task<SortedDictionary<ulong, string>> RowsAsync(HeliosEngine engine)
    {
        var found = new SortedDictionary<ulong, string>();
        var table = engine.FindTable(BackupFixture.Table)!;
        using var view = engine.OpenView();
        using var rows = view.Scan(table.Plan);
        while (rows.MoveNext())
            found.Add(rows.RowId.Value, Text(Row.Read(table.Schema, rows.Row)));
        await Task.CompletedTask;
        return found;
    }

    /// <summary>What the log of the source says that was there at some LSNs: it knows nothing of store or backup.</summary>
    private static async Task<Dictionary<Lsn, SortedDictionary<ulong, string>>> ReplayAsync(HeliosEngine engine, Lsn[] at)
    {
        var rows = new SortedDictionary<ulong, string>();
        var states = new Dictionary<Lsn, SortedDictionary<ulong, string>>();
        var end = (await engine.FindTable(BackupFixture.Table)!.InsertAsync(EngineFixture.Row(engine.FindTable(BackupFixture.Table)!, -1))).Lsn;
        await foreach (var change in engine.Feed(Lsn.Zero))
        {
            foreach (var lsn in at.Where(lsn => lsn < change.Lsn && !states.ContainsKey(lsn)))
                states[lsn] = new SortedDictionary<ulong, string>(rows);
            if (change.Lsn == end)
                break;
            if (change.Table != BackupFixture.Table)
                continue;
            if (change.Kind == ChangeKind.Insert)
                rows.Add(change.Row.Value, Text(change.Values!));
            else
                rows.Remove(change.Row.Value);
        }

        return states;
    }

    private static string Text(Row row) => $"{row["id"]} {row["name"]}";
}
