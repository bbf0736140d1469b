using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class ResumeTests
{
    private const int Eio = 5;
    private const int Enospc = 28;

    [Theory]
    [InlineData(SafetyLevel.Full)]
    [InlineData(SafetyLevel.Batched)]
    [InlineData(SafetyLevel.Unsafe)]
    public async Task A_full_disk_refuses_commits_until_there_is_room_and_the_engine_resumes_and_nothing_is_lost(SafetyLevel level)
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(level);
        await using (engine)
        {
            var first = await table.InsertAsync(EngineFixture.Row(table, 1));
            FillDisk(fixture);
            Assert.Equal("disk_full", (await FailsAsync(table, 2)).Code);
            Assert.Equal(EngineState.Faulted, engine.State);

            var early = await Assert.ThrowsAsync<HeliosException>(() => engine.ResumeAsync());
            Assert.Equal("disk_full", early.Code);
            Assert.Equal(EngineState.Faulted, engine.State);
            Assert.Equal("disk_full", (await FailsAsync(table, 2)).Code);
            Assert.NotNull(await table.FindAsync(1L));

            fixture.Files.Heal();
            await engine.ResumeAsync();
            Assert.Equal(EngineState.Running, engine.State);
            Assert.Equal(level, engine.SafetyLevel);
            var next = await table.InsertAsync(EngineFixture.Row(table, 2));
            Assert.Equal(first.Lsn.Next, next.Lsn); // what was refused took no LSN, and its key is free
            Assert.Equal(2, await table.CountAsync());
            Assert.Equal("duplicate_key", (await FailsAsync(table, 1)).Code);
            await engine.CheckpointAsync();
        }

        var (again, reopened) = await fixture.OpenAsync();
        await using (again)
        {
            Assert.Equal(2, await reopened.CountAsync());
            Assert.NotNull(await reopened.FindAsync(2L));
        }

        Assert.True((await DatabaseVerifier.VerifyAsync(fixture.Path)).IsSound);
    }

    [Fact]
    public async Task It_resumes_as_often_as_the_disk_fills_up_and_the_feed_shows_each_commit_once()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            var answered = new List<Lsn>();
            for (var round = 0; round < 5; round++)
            {
                for (var i = 0; i < 10; i++)
                    answered.Add((await table.InsertAsync(EngineFixture.Row(table, answered.Count))).Lsn);
                FillDisk(fixture, nth: round % 2 + 1);
                await FailsAsync(table, answered.Count, answered);
                fixture.Files.Heal();
                await engine.ResumeAsync();
            }

            using var enough = new CancellationTokenSource();
            var told = new List<Lsn>();
            await foreach (var change in engine.Feed(answered[0], enough.Token))
            {
                told.Add(change.Lsn);
                if (told.Count == answered.Count)
                    break;
            }

            Assert.Equal(answered, told);
        }
    }

    [Fact]
    public async Task What_waited_behind_the_failed_append_is_withdrawn_and_can_be_written_again()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1));
            using var held = new ManualResetEventSlim();
            using var inSync = new ManualResetEventSlim();
            fixture.Files.Before = (call, path) =>
            {
                if (call != FileCall.Sync || !path.EndsWith(".wal", StringComparison.Ordinal))
                    return;
                inSync.Set();
                held.Wait();
            };
            var first = table.InsertAsync(EngineFixture.Row(table, 2)).AsTask();
            inSync.Wait();
            fixture.Files.Before = null;
            FillDisk(fixture);
            var session = engine.OpenSession();
            session.Insert(table, EngineFixture.Row(table, 3));
            var second = session.CommitAsync().AsTask();
            var created = engine.TableAsync("more", EngineFixture.Schema);
            var deleted = KeyedWrite.DeleteAsync(engine, table.Plan, Key(table, 1), default).AsTask();
            held.Set();
            await first;
            await Assert.ThrowsAsync<HeliosException>(() => second);
            await Assert.ThrowsAsync<HeliosException>(() => created);
            await Assert.ThrowsAsync<HeliosException>(() => deleted);

            fixture.Files.Heal();
            await engine.ResumeAsync();
            Assert.NotNull(await table.FindAsync(1L));
            Assert.Equal("duplicate_key", (await FailsAsync(table, 1)).Code);
            session.Insert(table, EngineFixture.Row(table, 3));
            await session.CommitAsync();
            session.Dispose();
            var more = await engine.TableAsync("more", EngineFixture.Schema);
            await more.InsertAsync(EngineFixture.Row(more, 3));
            Assert.NotNull(await KeyedWrite.DeleteAsync(engine, table.Plan, Key(table, 1), default));
            Assert.Null(await table.FindAsync(1L));
            Assert.Equal(2, await table.CountAsync());
        }

        Assert.True((await DatabaseVerifier.VerifyAsync(fixture.Path)).IsSound);
    }

    [Fact]
    public async Task A_level_chosen_before_the_failure_holds_after_it()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(SafetyLevel.Full);
        await using (engine)
        {
            await engine.UseSafetyLevelAsync(SafetyLevel.Unsafe);
            FillDisk(fixture);
            await FailsAsync(table, 1);
            fixture.Files.Heal();
            await engine.ResumeAsync();
            var syncs = fixture.Files.Count(FileCall.Sync);
            await table.InsertAsync(EngineFixture.Row(table, 1));
            Assert.Equal(syncs, fixture.Files.Count(FileCall.Sync));
            await engine.UseSafetyLevelAsync(SafetyLevel.Full);
            await table.InsertAsync(EngineFixture.Row(table, 2));
            Assert.True(fixture.Files.Count(FileCall.Sync) > syncs);
        }
    }

    [Fact]
    public async Task A_file_goes_on_where_the_full_disk_stopped_it()
    {
        await using var fixture = new EngineFixture();
        var input = Path.Combine(fixture.Path, "in.csv");
        await File.WriteAllLinesAsync(input, ["id,name", .. Enumerable.Range(1, 20_000).Select(i => $"{i},name {i}")]);
        var engine = await HeliosEngine.OpenAsync(Path.Combine(fixture.Path, "db"), fixture.Options());
        await using (engine)
        {
            var options = new IngestOptions { CommitRows = 500, Key = ["id"] };
            fixture.Files.Fail(FileCall.Write, Enospc, nth: 6, forEver: true, path: ".wal");
            Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(() => engine.IngestAsync(input, "things", options))).Code);
            fixture.Files.Heal();
            await engine.ResumeAsync();
            var report = await engine.IngestAsync(input, "things", options);
            Assert.InRange(report.ResumedAt, 1, 19_999);
            Assert.Equal(20_000, await engine.FindTable("things")!.CountAsync());
        }
    }

    [Fact]
    public async Task A_failed_sync_cannot_be_resumed()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            fixture.Files.Fail(FileCall.Sync, Enospc, path: ".wal");
            Assert.Equal("durability_lost", (await FailsAsync(table, 1)).Code);
            fixture.Files.Heal();
            Assert.Equal("durability_lost", (await Assert.ThrowsAsync<HeliosException>(() => engine.ResumeAsync())).Code);
            Assert.Equal(EngineState.Faulted, engine.State);
        }
    }

    [Fact]
    public async Task A_sync_that_fails_while_it_resumes_ends_the_engine()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(SafetyLevel.Unsafe);
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1)); // in the log, not synced
            FillDisk(fixture);
            await FailsAsync(table, 2);
            fixture.Files.Heal();
            fixture.Files.Fail(FileCall.Sync, Eio, path: ".wal");
            Assert.Equal("durability_lost", (await Assert.ThrowsAsync<HeliosException>(() => engine.ResumeAsync())).Code);
            fixture.Files.Heal();
            Assert.Equal("durability_lost", (await Assert.ThrowsAsync<HeliosException>(() => engine.ResumeAsync())).Code);
            await FailsAsync(table, 3);
        }
    }

    [Fact]
    public async Task An_engine_that_works_has_nothing_to_resume_and_a_closed_one_says_so()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await engine.ResumeAsync();
        await table.InsertAsync(EngineFixture.Row(table, 1));
        await engine.DisposeAsync();
        Assert.Equal(HeliosErrorKind.Closed, (await Assert.ThrowsAsync<HeliosException>(() => engine.ResumeAsync())).Kind);
    }

    [Fact]
    public async Task Checkpoints_go_on_after_a_resumption()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var fixture = new EngineFixture();
        var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options() with { TimeProvider = clock, CheckpointInterval = TimeSpan.FromSeconds(1) });
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await using (engine)
        {
            FillDisk(fixture);
            await FailsAsync(table, 1);
            clock.Advance(TimeSpan.FromSeconds(5)); // the task of the checkpoints wakes in a failed engine
            fixture.Files.Heal();
            await engine.ResumeAsync();
            var before = engine.CheckpointsFinished;
            await table.InsertAsync(EngineFixture.Row(table, 1));
            await engine.CheckpointAsync();
            Assert.Equal(before + 1, engine.CheckpointsFinished);
        }
    }

    private static byte[] Key(Table table, long id)
    {
        using var key = new ByteBuffer();
        Assert.True(KeyProbe.TryEncode(table.Plan, 0, [id], key));
        return key.Written.ToArray();
    }

    private static void FillDisk(EngineFixture fixture, int nth = 1)
    {
        fixture.Files.Fail(FileCall.Write, Enospc, nth, forEver: true, path: ".wal");
        fixture.Files.Fail(FileCall.Create, Enospc, 1, forEver: true, path: ".wal");
    }

    private static async Task<HeliosException> FailsAsync(Table table, long id) =>
        await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync(EngineFixture.Row(table, id)));

    /// <summary>Inserts until one is refused; those before are answered.</summary>
    private static async Task FailsAsync(Table table, long id, List<Lsn> answered)
    {
        try
        {
            for (; ; id++)
                answered.Add((await table.InsertAsync(EngineFixture.Row(table, id))).Lsn);
        }
        catch (HeliosException error) when (error.Code == "disk_full")
        {
        }
    }
}
