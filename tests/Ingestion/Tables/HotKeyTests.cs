using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Many changes of one row, sent without awaiting each: what they cost is counted, not timed.</summary>
public sealed class HotKeyTests
{
    private const int Enospc = 28;

    private static readonly TableSchema s_schema = new(
        [new Column("id", ColumnType.Int8), new Column("n", ColumnType.Int8)], ["id"], checks: [new CheckConstraint("whole", "n >= 0")]);

    [Fact]
    public async Task Merges_of_one_row_that_nobody_awaits_rest_each_on_the_one_before_and_are_tried_once()
    {
        const int Merges = 2_000;
        await using var fixture = new EngineFixture();
        var (engine, table) = await OpenAsync(fixture);
        await using (engine)
        {
            await table.InsertAsync(Row(table, 0));
            var (calls, sent) = (0, new Task<CommitReceipt>[Merges]);
            for (var i = 0; i < Merges; i++)
                sent[i] = table.UpsertAsync(Row(table, 0), (stored, _) => Row(table, N(stored) + 1, Interlocked.Increment(ref calls))).AsTask();
            var receipts = await Task.WhenAll(sent);
            Assert.Equal((Merges, 0L, 0), (calls, engine.GetCounters().CommitsRefused, engine.Turns.Count));
            Assert.Equal(receipts.Select(static receipt => receipt.Lsn), receipts.Select(static receipt => receipt.Lsn).Order().Distinct()); // in the order of the calls
            Assert.Equal(Merges, N((await table.FindAsync(0L))!));
        }
    }

    [Fact]
    public async Task Updates_of_one_row_that_a_session_does_not_await_are_tried_once_and_keep_their_order()
    {
        const int Updates = 5_000;
        await using var fixture = new EngineFixture();
        var (engine, table) = await OpenAsync(fixture);
        await using (engine)
        {
            await table.InsertAsync(Row(table, 0));
            using var session = engine.OpenSession();
            var sent = new Task<CommitReceipt>[Updates];
            for (var i = 0; i < Updates; i++)
            {
                session.Update(table, Row(table, i));
                sent[i] = session.CommitAsync().AsTask();
            }

            var receipts = await Task.WhenAll(sent);
            Assert.Equal(0, engine.GetCounters().CommitsRefused);
            Assert.All(receipts, static receipt => Assert.Equal(1, receipt.Rows));
            Assert.Equal(receipts.Select(static receipt => receipt.Lsn), receipts.Select(static receipt => receipt.Lsn).Order().Distinct());
            Assert.Equal(Updates - 1, N((await table.FindAsync(0L))!));
        }
    }

    [Fact]
    public async Task Updates_of_a_row_that_is_too_long_to_be_kept_queue_once_they_have_met_another_and_are_tried_a_few_times()
    {
        const int Updates = 40;
        await using var fixture = new EngineFixture();
        var (engine, _) = await OpenAsync(fixture);
        await using (engine)
        {
            var table = await engine.TableAsync("long", new TableSchema([new Column("id", ColumnType.Int8), new Column("text", ColumnType.Text)], ["id"]));
            await table.InsertAsync(Long('-'));
            using var held = new HeldSync(fixture.Files); // so that they do meet
            var sent = Enumerable.Range(0, Updates).Select(i => table.UpdateAsync(Long((char)('0' + i))).AsTask()).ToArray();
            held.WaitUntilHeld();
            held.Release();
            var receipts = await Task.WhenAll(sent);
            Assert.Equal((Updates, 0), (receipts.Select(static receipt => receipt.Lsn).Distinct().Count(), engine.Turns.Count));
            Assert.Equal(Array.IndexOf(receipts, receipts.MaxBy(static receipt => receipt.Lsn)), ((string)(await table.FindAsync(0L))!["text"]!)[0] - '0');
            Assert.InRange(engine.GetCounters().CommitsRefused, 1, 2 * Updates);

            Row Long(char text)
            {
                var row = table.NewRow();
                (row["id"], row["text"]) = (0L, new string(text, (int)RowImages.DefaultBytes / 4));
                return row;
            }
        }
    }

    [Fact]
    public async Task Cascades_of_merges_that_nobody_awaits_go_with_each_of_them()
    {
        const int Merges = 40;
        await using var fixture = new EngineFixture();
        var (engine, _) = await OpenAsync(fixture);
        await using (engine)
        {
            var parents = await engine.TableAsync("parents", new TableSchema([new Column("id", ColumnType.Int8), new Column("n", ColumnType.Int8)], ["id"], [new UniqueConstraint("code", "n")]));
            var children = await engine.TableAsync("children", new TableSchema([new Column("n", ColumnType.Int8)], foreignKeys: [new ForeignKey("parent", ["n"], "parents", ["n"]) { OnUpdate = ReferentialAction.Cascade }]));
            await parents.InsertAsync(Row(parents, 0));
            var child = children.NewRow();
            child["n"] = 0L;
            await children.InsertAsync(child);
            var calls = 0;
            await Task.WhenAll(Enumerable.Range(0, Merges).Select(_ => parents.UpsertAsync(Row(parents, 0), (stored, _) => Row(parents, N(stored) + 1, Interlocked.Increment(ref calls))).AsTask()));
            await foreach (var row in children.ScanAsync())
                Assert.Equal((Merges, Merges), (N(row), N((await parents.FindAsync(0L))!)));
            Assert.InRange(calls, Merges, 2 * Merges); // the row that refers can be found when the merge before is visible
        }
    }

    [Fact]
    public async Task Updates_by_condition_that_meet_each_other_go_one_by_one_and_are_tried_a_few_times()
    {
        const int Updates = 300;
        await using var fixture = new EngineFixture();
        var (engine, table) = await OpenAsync(fixture);
        await using (engine)
        {
            await table.InsertAsync(Row(table, 0));
            var calls = 0;
            await Task.WhenAll(Enumerable.Range(0, Updates).Select(_ =>
                table.UpdateWhereAsync(static _ => true, stored => Row(table, N(stored) + 1, Interlocked.Increment(ref calls))).AsTask()));
            Assert.Equal((Updates, 0), (N((await table.FindAsync(0L))!), engine.Turns.Count));
            Assert.InRange(calls, Updates, 4 * Updates); // once with all the others, once in the queue, and once more for who gets in between
        }
    }

    [Fact]
    public async Task A_merge_that_breaks_a_check_is_refused_alone_and_the_next_rests_on_the_one_before_it()
    {
        const int Merges = 300;
        await using var fixture = new EngineFixture();
        var (engine, table) = await OpenAsync(fixture);
        await using (engine)
        {
            await table.InsertAsync(Row(table, 0));
            var calls = 0;
            var sent = Enumerable.Range(0, Merges).Select(i =>
                table.UpsertAsync(Row(table, 0), (stored, _) => Row(table, i % 3 == 1 ? -1 : N(stored) + 1, Interlocked.Increment(ref calls))).AsTask()).ToArray();
            for (var i = 0; i < Merges; i++)
            {
                if (i % 3 == 1)
                    Assert.Equal(("check_violation", "whole"), (await Assert.ThrowsAsync<HeliosException>(() => sent[i])) is var error ? (error.Code, error.Constraint) : default);
                else
                    Assert.Equal(1, (await sent[i]).Rows);
            }

            Assert.Equal((Merges, Merges / 3L), (calls, engine.GetCounters().CommitsRefused));
            Assert.Equal(Merges / 3 * 2, N((await table.FindAsync(0L))!));
        }
    }

    [Fact]
    public async Task What_a_merge_says_is_told_when_the_row_that_it_rests_on_is_in_the_log()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await OpenAsync(fixture);
        await using (engine)
        {
            var inserted = await table.InsertAsync(Row(table, 0));
            using var held = new HeldSync(fixture.Files);
            var first = table.UpsertAsync(Row(table, 0), (stored, _) => Row(table, N(stored) + 1)).AsTask();
            held.WaitUntilHeld();
            var broken = table.UpsertAsync(Row(table, 0), (stored, _) => Row(table, -N(stored))).AsTask();
            var thrown = table.UpsertAsync(Row(table, 0), static (stored, _) => throw new InvalidDataException($"n is {N(stored)}")).AsTask();
            var left = table.UpsertAsync(Row(table, 0), static (_, _) => null).AsTask();
            var seen = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            var last = table.UpsertAsync(Row(table, 0), (stored, _) => Row(table, N(stored) + 1, seen.TrySetResult(N(stored)) ? 0 : 1)).AsTask();
            Assert.Equal(1, await seen.Task); // it did not wait for any of those before it
            Assert.DoesNotContain(new Task[] { first, broken, thrown, left, last }, static task => task.IsCompleted);
            held.Release();

            Assert.Equal(inserted.Lsn.Next, (await first).Lsn);
            Assert.Equal("check_violation", (await Assert.ThrowsAsync<HeliosException>(() => broken)).Code);
            Assert.Equal("n is 1", (await Assert.ThrowsAsync<InvalidDataException>(() => thrown)).Message);
            Assert.Equal((0, (await first).Lsn), ((await left).Rows, (await left).Lsn));
            Assert.Equal((await first).Lsn.Next, (await last).Lsn);
        }
    }

    [Fact]
    public async Task A_merge_that_is_given_up_before_its_turn_lets_the_next_one_through_behind_the_one_before()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await OpenAsync(fixture);
        await using (engine)
        {
            await table.InsertAsync(Row(table, 0));
            using var go = new ManualResetEventSlim();
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var first = Task.Run(async () => await table.UpsertAsync(Row(table, 0), (stored, _) =>
            {
                begun.TrySetResult();
                go.Wait();
                return Row(table, N(stored) + 1);
            }));
            await begun.Task;
            using var givesUp = new CancellationTokenSource();
            var second = table.UpsertAsync(Row(table, 0), static (_, _) => throw new InvalidDataException("It has no turn."), givesUp.Token).AsTask();
            var third = table.UpsertAsync(Row(table, 0), (stored, _) => Row(table, N(stored) * 10)).AsTask();
            await givesUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
            Assert.False(third.IsCompleted);
            go.Set();
            Assert.Equal((await first).Lsn.Next, (await third).Lsn);
            Assert.Equal((10, 0), (N((await table.FindAsync(0L))!), engine.Turns.Count));
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_merge_that_rests_on_a_commit_that_was_withdrawn_is_refused_whether_another_commit_has_its_lsn_or_none(bool hasOther, bool throws)
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await OpenAsync(fixture);
        await using (engine)
        {
            var inserted = await table.InsertAsync(Row(table, 0));
            fixture.Files.Fail(FileCall.Write, Enospc, forEver: true, path: ".wal");
            using var appends = new ManualResetEventSlim();
            fixture.Files.Before = (call, path) =>
            {
                if (call == FileCall.Write && path.EndsWith(".wal", StringComparison.Ordinal))
                    appends.Wait();
            };
            using var go = new ManualResetEventSlim();
            var seen = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            var withdrawn = table.UpsertAsync(Row(table, 0), (stored, _) => Row(table, N(stored) + 100)).AsTask();
            var rests = Task.Run(async () => await table.UpsertAsync(Row(table, 0), (stored, _) =>
            {
                seen.TrySetResult(N(stored));
                go.Wait();
                return throws ? throw new InvalidOperationException("of a row that never was") : Row(table, N(stored) + 1);
            }));
            Assert.Equal(100, await seen.Task); // the first one has its place and is not in the log
            appends.Set();
            Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(() => withdrawn)).Code);
            fixture.Files.Before = null;
            fixture.Files.Heal();
            await engine.ResumeAsync();
            if (hasOther)
                Assert.Equal(inserted.Lsn.Next, (await table.UpdateAsync(Row(table, 7))).Lsn); // which was that of the one that was withdrawn
            go.Set();
            Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(() => rests.WaitAsync(TimeSpan.FromSeconds(30)))).Code);
            var stays = hasOther ? 7 : 0;
            Assert.Equal(stays, N((await table.FindAsync(0L))!));
            Assert.Equal(1, (await table.UpsertAsync(Row(table, 0), (stored, _) => Row(table, N(stored) + 1))).Rows);
            Assert.Equal(stays + 1, N((await table.FindAsync(0L))!));
        }
    }

    private static async Task<(HeliosEngine Engine, Table Table)> OpenAsync(EngineFixture fixture)
    {
        var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options());
        return (engine, await engine.TableAsync("counters", s_schema));
    }

    private static long N(Row row) => (long)row["n"]!;

    /// <summary>The one row; the last number is for what is counted on the way.</summary>
    private static Row Row(Table table, long n, int _ = 0)
    {
        var row = table.NewRow();
        (row["id"], row["n"]) = (0L, n);
        return row;
    }
}
