using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class VersionCollectionTests : IDisposable
{
    private readonly UnloggedFixture _fixture = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _fixture.Dispose();

    private Task<HeliosEngine> OpenAsync(VersionOptions? versions = null, double? cpu = 0, string? path = null) => HeliosEngine.OpenAsync(path ?? _fixture.Path, _fixture.Logged with
    {
        Versions = versions ?? new VersionOptions(),
        Cpu = new FixedCpu(cpu),
        TimeProvider = _time,
        LogRetention = 0,
    });

    [Fact]
    public async Task Versions_deletions_and_keys_that_nobody_can_see_are_removed_and_counted()
    {
        await using var engine = await OpenAsync();
        var table = await ChangeAsync(engine);
        Assert.Equal((6, 6), DeadLeft.In(engine)); // two of row 1, one of row 2, two and the deletion of row 3

        await engine.CollectVersionsAsync();

        Assert.Equal((0, 0), DeadLeft.In(engine));
        Assert.Equal((6L, 6L), (engine.Versions!.Versions, engine.Versions.VacatedKeys));
        Assert.True(engine.Versions.Bytes > 100);
        Assert.Equal(engine.Visible, engine.Parts.Store.Collected()!.Value.Through);
        Assert.Equal(["1: c", "2: b"], (await table.Where("id > 0").ToListAsync()).Select(static r => $"{r["id"]}: {r["name"]}"));
        Assert.NotNull(await table.FindAsync(2L));
        Assert.Null(await table.FindAsync(3L));
    }

    [Fact]
    public async Task An_open_reader_keeps_what_it_sees_and_nothing_more()
    {
        await using var engine = await OpenAsync();
        var table = await ChangeAsync(engine);
        using (var reader = engine.OpenSnapshot())
        {
            await table.UpdateAsync(EngineFixture.Row(table, 1, "d"));
            await table.DeleteAsync(2L);
            await engine.CollectVersionsAsync();

            Assert.Equal((3, 3), DeadLeft.In(engine)); // what the reader sees of rows 1 and 2, and the deletion
            Assert.Equal(2, await table.Where("name = 'c' OR name = 'b'").At(reader).CountAsync());
        }

        await engine.CollectVersionsAsync();
        Assert.Equal((0, 0), DeadLeft.In(engine));
    }

    [Fact]
    public async Task Newest_commits_keep_what_they_replaced_where_the_options_say_so()
    {
        await using var engine = await OpenAsync(new VersionOptions { RetainedCommits = 2 });
        await ChangeAsync(engine);
        await engine.CollectVersionsAsync();
        Assert.Equal((3, 3), DeadLeft.In(engine)); // the last two commits have changed row 3 and then deleted it
    }

    [Fact]
    public async Task The_background_waits_for_a_processor_but_not_for_ever()
    {
        await using var engine = await OpenAsync(new VersionOptions { CollectionInterval = TimeSpan.FromSeconds(10), CollectionMaxWait = TimeSpan.FromSeconds(100) }, cpu: 1);
        await ChangeAsync(engine);
        await TickAsync(engine, 5);
        Assert.Equal((6, 6), DeadLeft.In(engine));
        Assert.True(engine.Versions!.SkippedForCpu >= 5);
        await TickAsync(engine, 10);
        Assert.Equal((0, 0), DeadLeft.In(engine));
    }

    [Fact]
    public async Task The_stage_goes_on_where_it_was_after_it_was_stopped_and_started_again()
    {
        await using var engine = await OpenAsync(new VersionOptions { CollectionInterval = TimeSpan.FromSeconds(10) });
        var table = await ChangeAsync(engine);
        for (var turn = 0; turn < 3; turn++)
        {
            await TickAsync(engine, 1);
            await engine.Versions!.StopAsync();
            Assert.Equal((0, 0), DeadLeft.In(engine));
            await table.UpdateAsync(EngineFixture.Row(table, 1, $"turn {turn}"));
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal((1, 1), DeadLeft.In(engine));
            engine.Versions.Start();
        }
    }

    [Fact]
    public async Task After_a_full_disk_it_goes_on_when_the_engine_resumes()
    {
        await using var engine = await OpenAsync(new VersionOptions { CollectionInterval = TimeSpan.FromSeconds(10) });
        var table = await ChangeAsync(engine);
        _fixture.Files.Fail(FileCall.Write, StorageErrors.NoSpace, forEver: true, path: ".wal");
        await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync(EngineFixture.Row(table, 10)));
        await TickAsync(engine, 2);
        Assert.Equal((6, 6), DeadLeft.In(engine));
        Assert.Equal(0, engine.Versions!.Report.Failures);
        Assert.Equal(HeliosErrorKind.Unavailable, (await Assert.ThrowsAsync<HeliosException>(() => engine.CollectVersionsAsync())).Kind);

        _fixture.Files.Heal();
        await engine.ResumeAsync();
        await TickAsync(engine, 1);
        Assert.Equal((0, 0), DeadLeft.In(engine));
    }

    [Fact]
    public async Task Failing_runs_are_told_and_tried_again_and_leave_everything_as_it_was()
    {
        await using var engine = await OpenAsync(new VersionOptions { CollectionInterval = TimeSpan.FromSeconds(10) });
        await ChangeAsync(engine);
        _fixture.Files.Fail(FileCall.Read, StorageErrors.NoSpace, forEver: true, path: ".wal");
        await TickAsync(engine, 1);
        Assert.Equal((6, 6), DeadLeft.In(engine));
        Assert.Equal(1, engine.Versions!.Report.Failures);
        Assert.NotNull(engine.Versions.Report.LastError);

        _fixture.Files.Heal();
        await TickAsync(engine, 1);
        Assert.Equal((0, 0), DeadLeft.In(engine));
    }

    [Fact]
    public async Task Commits_that_only_insert_need_no_reading_and_hold_no_log()
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        for (var i = 0; i < 40; i++)
            await table.InsertAsync(Enumerable.Range(i * 100, 100).Select(id => EngineFixture.Row(table, id)));
        await engine.CheckpointAsync();
        Assert.Equal(engine.Visible, engine.Parts.Store.FlushedCollected()!.Value.Through);
        Assert.True(engine.Parts.Log.Segments.Count <= 2, $"{engine.Parts.Log.Segments.Count} segments");
        Assert.Equal(0, engine.Versions!.Report.Runs);
    }

    [Fact]
    public async Task Log_that_is_to_be_read_stays_and_a_kill_before_that_loses_nothing_of_it()
    {
        string copy;
        await using (var engine = await OpenAsync())
        {
            var table = await ChangeAsync(engine);
            var firstChange = new Lsn(engine.Visible.Value - 4); // the last of five
            while (engine.Parts.Log.Segments.Count < 5) // how much a commit takes depends on which others share its frame
                await FillLogAsync(table, 200);
            await engine.CheckpointAsync();
            Assert.True(engine.Parts.Log.Segments.Count > 1); // how many there are depends on how the commits fell into frames
            Assert.True(engine.Parts.Log.Oldest <= firstChange, $"the log begins at {engine.Parts.Log.Oldest}, and the first change is {firstChange}");
            copy = _fixture.Copy();
        }

        await using var killed = await OpenAsync(path: copy);
        await killed.CollectVersionsAsync();
        Assert.Equal(0, killed.Versions!.Sweeps);
        Assert.Equal((0, 0), DeadLeft.In(killed));
    }

    [Fact]
    public async Task Where_a_reader_holds_it_up_for_too_long_the_log_goes_and_all_rows_are_swept()
    {
        await using var engine = await OpenAsync(new VersionOptions { MaxLogBytes = 1 << 20 });
        var table = await ChangeAsync(engine);
        using (engine.OpenSnapshot())
        {
            await FillLogAsync(table, 2_500);
            await engine.CollectVersionsAsync();
            await engine.CheckpointAsync();
            Assert.True(engine.Parts.Log.Segments.Count <= 3, $"{engine.Parts.Log.Segments.Count} segments");
            await engine.CollectVersionsAsync();
            Assert.True(DeadLeft.In(engine).Versions >= 2_500);
            Assert.Equal(0, engine.Versions!.Sweeps); // it would have to be done again
        }

        await engine.CollectVersionsAsync();
        Assert.Equal(1, engine.Versions.Sweeps);
        Assert.Equal((0, 0), DeadLeft.In(engine));
        await table.UpdateAsync(EngineFixture.Row(table, 1, "later"));
        await engine.CollectVersionsAsync();
        Assert.Equal((0, 0), DeadLeft.In(engine));
        Assert.Equal(1, engine.Versions.Sweeps);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_database_of_an_older_version_is_swept_once_also_where_the_sweep_is_cut_short(bool isCut)
    {
        await using (var engine = await OpenAsync(new VersionOptions { IsEnabled = false }))
            await FillLogAsync(await ChangeAsync(engine), 300);
        using (var store = RocksStore.Open(Path.Combine(_fixture.Path, "store"), new StoreOptions { CacheBytes = 8 << 20 }, create: false))
        using (var batch = store.NewBatch())
        {
            batch.DeleteMeta(KeySpace.CollectedKey);
            store.Write(batch);
            store.Flush();
        }

        if (isCut)
        {
            await using var engine = await OpenAsync();
            using var sweep = new CollectRequest(null) { Sweep = new SweepPlace(engine.Visible, engine.FindTable("things")!.Plan.Definition.Partition, new RowId(2)) };
            await engine.WritePath.CollectAsync(sweep); // as it stands when row 1 is done, which it is not
        }

        await using var later = await OpenAsync();
        await later.CollectVersionsAsync();
        Assert.Equal(1, later.Versions!.Sweeps);
        Assert.Equal(later.Visible, later.Parts.Store.Collected()!.Value.Through);
        if (isCut)
            Assert.Equal(302, DeadLeft.In(later).Versions); // it went on with row 2
        else
            Assert.Equal((0, 0), DeadLeft.In(later));
    }

    [Fact]
    public async Task Without_a_log_what_its_memory_has_is_followed_and_the_rest_is_swept()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog with { TimeProvider = _time, Cpu = new FixedCpu(0), LogRingBytes = 64 << 10 });
        var table = await ChangeAsync(engine);
        await engine.CheckpointAsync();
        await engine.CollectVersionsAsync();
        Assert.Equal((0, 0), DeadLeft.In(engine));
        Assert.Equal(0, engine.Versions!.Sweeps);

        await FillLogAsync(table, 1_000);
        await engine.CheckpointAsync();
        await engine.CollectVersionsAsync();
        Assert.Equal((0, 0), DeadLeft.In(engine));
        Assert.Equal(1, engine.Versions.Sweeps);
    }

    [Fact]
    public async Task A_restored_database_is_collected_and_sound()
    {
        var (backups, restored) = (_fixture.In("backups"), _fixture.In("restored"));
        await using (var engine = await OpenAsync())
        {
            await ChangeAsync(engine);
            await engine.BackupAsync(backups);
        }

        await BackupStore.RestoreAsync(backups, restored);
        await using (var engine = await OpenAsync(path: restored))
        {
            await engine.CollectVersionsAsync();
            Assert.Equal((0, 0), DeadLeft.In(engine));
            Assert.Equal(1, engine.Versions!.Sweeps);
            Assert.Equal(2, await engine.FindTable("things")!.CountAsync());
        }

        await UnloggedFixture.VerifyAsync(restored);
    }

    [Fact]
    public async Task Verifying_finds_a_lost_row_though_older_versions_of_it_have_been_collected()
    {
        Lsn newest;
        await using (var engine = await OpenAsync())
        {
            var table = await ChangeAsync(engine);
            await engine.CollectVersionsAsync();
            newest = (await table.UpdateAsync(EngineFixture.Row(table, 2, "newest"))).Lsn;
        }

        await UnloggedFixture.VerifyAsync(_fixture.Path);
        using (var store = RocksStore.Open(Path.Combine(_fixture.Path, "store"), new StoreOptions { CacheBytes = 8 << 20 }, create: false))
        using (var batch = store.NewBatch())
        {
            batch.RemoveVersion(TableDefinition.FirstUserTable, new RowId(2), newest);
            store.Write(batch);
            store.Flush();
        }

        var report = await DatabaseVerifier.VerifyAsync(_fixture.Path);
        Assert.Contains("log against store", report.Checks.Where(static c => !c.Passed).Select(static c => c.Name));
    }

    [Fact]
    public async Task Verifying_reports_a_damaged_note_of_removed_versions_and_goes_on_with_what_else_there_is()
    {
        await using (var engine = await OpenAsync())
        {
            await ChangeAsync(engine);
            await engine.CollectVersionsAsync();
        }

        using (var store = RocksStore.Open(Path.Combine(_fixture.Path, "store"), new StoreOptions { CacheBytes = 8 << 20 }, create: false))
        using (var batch = store.NewBatch())
        {
            batch.PutMeta(KeySpace.CollectedKey, [1, 2, 3]);
            store.Write(batch);
            store.Flush();
        }

        var report = await DatabaseVerifier.VerifyAsync(_fixture.Path);
        Assert.Equal(["keys"], report.Checks.Where(static c => !c.Passed).Select(static c => c.Name));
    }

    /// <summary>Three rows; the first has two older versions, the third was changed and deleted.</summary>
    private static async Task<Table> ChangeAsync(HeliosEngine engine)
    {
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await table.InsertAsync(new[] { 1, 2, 3 }.Select(id => EngineFixture.Row(table, id, $"{id}")));
        await table.UpdateAsync(EngineFixture.Row(table, 1, "a"));
        await table.UpdateAsync(EngineFixture.Row(table, 2, "b"));
        await table.UpdateAsync(EngineFixture.Row(table, 1, "c"));
        await table.UpdateAsync(EngineFixture.Row(table, 3, "e"));
        await table.DeleteAsync(3L);
        return table;
    }

    private static async Task FillLogAsync(Table table, int commits)
    {
        foreach (var some in Enumerable.Range(0, commits).Chunk(250)) // together, so that they share syncs
            await Task.WhenAll(some.Select(i => table.UpdateAsync(EngineFixture.Row(table, 1, $"{i} {new string('x', 500)}")).AsTask()));
    }

    private async Task TickAsync(HeliosEngine engine, int intervals)
    {
        for (var i = 0; i < intervals; i++)
            await _time.PassAsync(TimeSpan.FromSeconds(10), engine.Versions!);
    }

    private sealed class FixedCpu(double? share) : ICpuGauge
    {
        public double? Sample() => share;
    }
}
