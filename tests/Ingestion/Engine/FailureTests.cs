using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class FailureTests
{
    private const int Eio = 5;
    private const int Enospc = 28;

    [Fact]
    public async Task After_a_failed_sync_writes_are_refused_reads_go_on_and_answered_rows_survive_reopening()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1));
            fixture.Files.Fail(FileCall.Sync, Eio);
            var failed = await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync(EngineFixture.Row(table, 2)));
            Assert.Equal(HeliosErrorKind.Unavailable, failed.Kind);
            Assert.Equal("durability_lost", failed.Code);

            fixture.Files.Heal();
            var later = await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync(EngineFixture.Row(table, 3)));
            Assert.Equal(HeliosErrorKind.Unavailable, later.Kind);
            Assert.Equal(EngineState.Faulted, engine.State);
            Assert.NotNull(await table.FindAsync(1L));
            Assert.Null(await table.FindAsync(2L));
        }

        var (again, reopened) = await fixture.OpenAsync();
        await using (again)
            Assert.NotNull(await reopened.FindAsync(1L));
    }

    [Theory]
    [InlineData(SafetyLevel.Batched)]
    [InlineData(SafetyLevel.Async)]
    public async Task A_failed_background_sync_fences_and_nothing_is_answered_afterwards(SafetyLevel level)
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(level);
        await using (engine)
        {
            using var failed = new ManualResetEventSlim();
            fixture.Files.Failing = (_, _) => failed.Set();
            fixture.Files.Fail(FileCall.Sync, Eio, path: ".wal");
            await Assert.ThrowsAsync<HeliosException>(async () =>
            {
                for (var id = 0L; ; id++)
                {
                    var after = failed.IsSet;
                    await table.InsertAsync(EngineFixture.Row(table, id));
                    Assert.False(after, "a commit was answered that began after the failed sync");
                }
            });
            Assert.Equal(EngineState.Faulted, engine.State);
        }
    }

    [Fact]
    public async Task A_creation_that_fails_at_its_last_step_leaves_nothing_open_and_can_be_repeated()
    {
        await using var fixture = new EngineFixture();
        fixture.Files.Fail(FileCall.Rename, Enospc);
        var failed = await Assert.ThrowsAsync<HeliosException>(() => fixture.OpenAsync());
        Assert.Equal("disk_full", failed.Code);
        fixture.Files.Heal();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
            Assert.Equal(1, (await table.InsertAsync(EngineFixture.Row(table, 1))).Rows);
    }

    [Fact]
    public async Task A_failed_append_refuses_the_whole_suffix_and_leaves_keys_lsn_and_catalog_as_the_log_has_them()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1));
            var head = engine.Parts.Log.Head;

            // The sync of a first commit is held back; what comes behind it forms groups that depend on each other.
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
            fixture.Files.Fail(FileCall.Write, Enospc, path: ".wal", forEver: true);
            var second = table.InsertAsync(EngineFixture.Row(table, 3)).AsTask();
            var duplicate = table.InsertAsync(EngineFixture.Row(table, 3, "another")).AsTask();
            var created = engine.TableAsync("more", EngineFixture.Schema);
            held.Set();

            Assert.Equal(1, (await first).Rows);
            Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(() => second)).Code);
            // The duplicate rested on a commit that never was: it is told "unknown", not "duplicate".
            Assert.Equal(HeliosErrorKind.Unavailable, (await Assert.ThrowsAsync<HeliosException>(() => duplicate)).Kind);
            Assert.Equal(HeliosErrorKind.Unavailable, (await Assert.ThrowsAsync<HeliosException>(() => created)).Kind);

            await engine.WritePath.StopAsync();
            var order = engine.Parts.Order;
            Assert.Equal(head.Next, engine.Parts.Log.Head);
            Assert.Equal(engine.Parts.Log.Next, order.Head.Next);
            Assert.Null(order.Catalog.Find("more"));
            Assert.Null(engine.FindTable("more"));
            var tree = table.Plan.Trees[0];
            Assert.True(tree.TryGetNewest(Key(table, 2), out _));
            Assert.False(tree.TryGetNewest(Key(table, 3), out _));
        }

        fixture.Files.Heal();
        var (again, reopened) = await fixture.OpenAsync();
        await using (again)
        {
            Assert.Equal(2, await reopened.CountAsync());
            Assert.Equal(1, (await reopened.InsertAsync(EngineFixture.Row(reopened, 3))).Rows);
        }
    }

    [Fact]
    public async Task A_duplicate_of_a_commit_in_flight_is_told_only_when_that_commit_is_durable()
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
            var duplicate = table.InsertAsync(EngineFixture.Row(table, 2)).AsTask();
            var known = table.InsertAsync(EngineFixture.Row(table, 1)).AsTask();

            // A refusal that rests on a durable commit is told at once, past the one that waits.
            Assert.Equal("duplicate_key", (await Assert.ThrowsAsync<HeliosException>(() => known)).Code);
            Assert.False(duplicate.IsCompleted);
            Assert.False(first.IsCompleted);
            held.Set();
            Assert.Equal("duplicate_key", (await Assert.ThrowsAsync<HeliosException>(() => duplicate)).Code);
            Assert.True(first.IsCompletedSuccessfully || (await first).Rows == 1);
        }
    }

    [Fact]
    public async Task A_storm_of_cancellations_gives_no_commit_the_answer_of_another()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(SafetyLevel.Unsafe);
        await using (engine)
        {
            const int Producers = 8, Each = 300;
            var stored = 0;
            var random = new Random(TestSeed.Next());
            var seeds = Enumerable.Range(0, Producers).Select(_ => random.Next()).ToArray();
            await Task.WhenAll(Enumerable.Range(0, Producers).Select(p => Task.Run(async () =>
            {
                var mine = new Random(seeds[p]);
                for (var i = 0; i < Each; i++)
                {
                    var rows = 1 + mine.Next(20); // the number of rows tells whose answer it is
                    using var cancel = new CancellationTokenSource();
                    var first = ((p * Each) + i) * 100L;
                    var commit = table.InsertAsync(Enumerable.Range(0, rows).Select(r => EngineFixture.Row(table, first + r)), cancellationToken: cancel.Token).AsTask();
                    if (mine.Next(2) == 0)
                        await cancel.CancelAsync();
                    try
                    {
                        var receipt = await commit;
                        Assert.Equal(rows, receipt.Rows);
                        Interlocked.Add(ref stored, rows);
                    }
                    catch (OperationCanceledException)
                    {
                        // withdrawn, or decided after the caller had gone: its rows are there whole or not at all
                        var found = CountAtOneMoment(engine, table, first, rows);
                        Assert.True(found == 0 || found == rows, $"{found} of {rows} rows of a cancelled commit are there");
                    }
                }
            })));
            Assert.InRange(await table.CountAsync(), stored, long.MaxValue);
        }
    }

    private static int CountAtOneMoment(HeliosEngine engine, Table table, long first, int rows)
    {
        using var view = engine.OpenView();
        using var row = new ByteBuffer();
        return Enumerable.Range(0, rows).Count(r => view.TryFind(table.Plan, 0, Key(table, first + r), row, out _));
    }

    private static byte[] Key(Table table, long id)
    {
        using var key = new ByteBuffer();
        Assert.True(KeyProbe.TryEncode(table.Plan, 0, [id], key));
        return key.Written.ToArray();
    }
}
