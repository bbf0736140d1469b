using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Sessions, commits, transactions and readers that nobody looks after any more stand in nobody's way.</summary>
public sealed class AbandonedWorkTests
{
    private const int MaxRows = 8;

    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(60); // for what would otherwise wait for ever

    // A commit of more rows than are let in goes in alone, so it gets in only where everything that came before has given back all of its credit.
    [Fact]
    public async Task Refused_cancelled_and_abandoned_commits_give_their_credit_back()
    {
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options() with { MaxQueuedRows = MaxRows });
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await table.InsertAsync(EngineFixture.Row(table, 0));
        for (var i = 1; i < 50; i++)
        {
            Assert.NotNull((await table.TryInsertAsync(EngineFixture.Row(table, 0)).AsTask().WaitAsync(s_long)).Error); // refused by Constrain
            await Assert.ThrowsAsync<HeliosException>(() => table.InsertAsync(table.NewRow()).AsTask().WaitAsync(s_long)); // refused by Validate
            Abandon(engine, table, -i); // a session with rows that are never committed, and no Dispose
        }

        using var giveUp = new CancellationTokenSource();
        Task<CommitReceipt> held;
        Task<CommitReceipt>[] waiting;
        using (var sync = new HeldSync(fixture.Files))
        {
            held = table.InsertAsync(Rows(table, 100, MaxRows), OnReject.RejectCommit, CancellationToken.None).AsTask();
            sync.WaitUntilHeld();
            waiting = [.. Enumerable.Range(0, 20).Select(i => table.InsertAsync(Rows(table, 1_000 + (10 * i), 2), OnReject.RejectCommit, giveUp.Token).AsTask())];
            Assert.True(engine.Inspect().Queue.Waits >= 20); // there is no room for them
            await giveUp.CancelAsync();
            foreach (var commit in waiting)
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => commit);
        }

        Assert.Equal(MaxRows, (await held.WaitAsync(s_long)).Rows);
        for (var i = 0; i < 50; i++)
            _ = table.InsertAsync(EngineFixture.Row(table, 10_000 + i)).AsTask(); // nobody looks at the answer
        var large = await table.InsertAsync(Rows(table, 20_000, MaxRows + 1)).AsTask().WaitAsync(s_long);
        Assert.Equal(MaxRows + 1, large.Rows);
        Assert.Equal(1 + MaxRows + 50 + MaxRows + 1, await table.CountAsync());
    }

    [Fact]
    public async Task A_close_does_not_wait_for_sessions_transactions_and_readers_that_are_open()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await table.InsertAsync(Rows(table, 0, 5));
        var session = engine.OpenSession();
        session.Insert(table, EngineFixture.Row(table, 10));
        var changing = engine.OpenSession();
        changing.Delete(table, 1L);
        var transactions = new List<Transaction>();
        foreach (var level in Enum.GetValues<IsolationLevel>())
        {
            var transaction = await engine.BeginTransactionAsync(level);
            Assert.NotNull(await transaction.FindAsync(table, 2L));
            transaction.Insert(table, EngineFixture.Row(table, 20 + (int)level));
            transactions.Add(transaction);
        }

        var view = engine.OpenView();
        var scan = table.ScanAsync().GetAsyncEnumerator();
        Assert.True(await scan.MoveNextAsync());
        var feed = engine.Feed(Lsn.Zero).GetAsyncEnumerator();
        Assert.True(await feed.MoveNextAsync());

        await engine.DisposeAsync().AsTask().WaitAsync(s_long);

        await ClosedAsync(async () => await session.CommitAsync());
        await ClosedAsync(async () => await changing.CommitAsync());
        foreach (var transaction in transactions)
        {
            await ClosedAsync(async () => await transaction.FindAsync(table, 3L));
            await ClosedAsync(async () => await transaction.CommitAsync());
            await transaction.DisposeAsync();
        }

        await ClosedAsync(async () => await scan.MoveNextAsync());
        await ClosedAsync(async () => await engine.BeginTransactionAsync());
        await scan.DisposeAsync();
        await feed.DisposeAsync();
        view.Dispose();
        session.Dispose();
        changing.Dispose();

        var (again, same) = await fixture.OpenAsync();
        await using (again)
        {
            Assert.True(again.Inspect().Recovery.WasClean);
            Assert.Equal(5, await same.CountAsync()); // nothing of what was not committed
        }
    }

    [Fact]
    public async Task A_change_by_a_condition_whose_engine_is_closed_under_it_says_so()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await table.InsertAsync(Rows(table, 0, 5));
        await ClosedAsync(async () => await table.DeleteWhereAsync(_ =>
        {
            engine.DisposeAsync().AsTask().Wait(s_long);
            return false;
        }));

        (engine, table) = await fixture.OpenAsync();
        await using (engine)
            Assert.Equal(5, await table.CountAsync());
    }

    private static async Task ClosedAsync(Func<Task> use)
    {
        var error = await Assert.ThrowsAsync<HeliosException>(use);
        Assert.Equal((HeliosErrorKind.Closed, "closed"), (error.Kind, error.Code));
    }

    private static void Abandon(HeliosEngine engine, Table table, long id) => engine.OpenSession().Insert(table, EngineFixture.Row(table, id));

    private static Row[] Rows(Table table, long first, int count) => [.. Enumerable.Range(0, count).Select(i => EngineFixture.Row(table, first + i))];
}
