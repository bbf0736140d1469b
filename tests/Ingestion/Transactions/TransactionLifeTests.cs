using Helios.Pipeline.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>How transactions begin and end, and what they hold until then.</summary>
public sealed class TransactionLifeTests
{
    [Fact]
    public async Task Disposing_and_rolling_back_abort_and_what_has_ended_says_so()
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        var disposed = await fixture.BeginAsync();
        disposed.Insert(fixture.Table, fixture.Account(1, 1));
        await disposed.DisposeAsync();
        disposed.Dispose();
        var rolledBack = await fixture.BeginAsync();
        rolledBack.Insert(fixture.Table, fixture.Account(1, 1));
        rolledBack.Rollback();
        var committed = await fixture.BeginAsync();
        Assert.True(committed.IsActive);
        Assert.Equal((fixture.Engine.Visible, 0), (await committed.CommitAsync()) is var receipt ? (receipt.Lsn, receipt.Rows) : default);
        foreach (var transaction in new[] { disposed, rolledBack, committed })
        {
            Assert.False(transaction.IsActive);
            Assert.Throws<InvalidOperationException>(() => transaction.Insert(fixture.Table, fixture.Account(1, 1)));
            Assert.Throws<InvalidOperationException>(transaction.Rollback);
            Assert.Throws<InvalidOperationException>(() => transaction.Save());
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await transaction.FindAsync(fixture.Table, 1L));
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await transaction.CommitAsync());
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await fixture.SumAsync(transaction));
        }

        Assert.Equal((0, 0), (await fixture.Table.CountAsync(), fixture.Engine.OpenTransactions));
    }

    [Fact]
    public async Task A_failed_commit_ends_the_transaction()
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        await fixture.Table.InsertAsync(fixture.Account(1, 1));
        await using var transaction = await fixture.BeginAsync();
        transaction.Update(fixture.Table, fixture.Account(1, 2));
        await fixture.Table.UpdateAsync(fixture.Account(1, 3));
        await TransactionFixture.ConflictAsync(transaction);
        Assert.False(transaction.IsActive);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await transaction.CommitAsync());
    }

    [Fact]
    public async Task An_abandoned_transaction_hinders_nobody()
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        await fixture.Table.InsertAsync(fixture.Account(1, 1));
        foreach (var level in Enum.GetValues<IsolationLevel>())
        {
            var abandoned = await fixture.BeginAsync(level); // never ended
            abandoned.Update(fixture.Table, fixture.Account(1, -1));
            abandoned.Insert(fixture.Table, fixture.Account(2, -1));
        }

        await using var transaction = await fixture.BeginAsync(IsolationLevel.Serializable);
        transaction.Update(fixture.Table, fixture.Account(1, 10));
        transaction.Insert(fixture.Table, fixture.Account(2, 20));
        Assert.Equal(2, (await transaction.CommitAsync()).Rows);
        Assert.Equal(1, (await fixture.Table.DeleteAsync(1L)).Rows);
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.Snapshot)]
    public async Task A_transaction_that_is_open_for_too_long_is_let_go_with_all_that_it_held(IsolationLevel level)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using var fixture = await TransactionFixture.OpenAsync(new HeliosOptions { TimeProvider = time, MaxTransactionTime = TimeSpan.FromMinutes(2) });
        await fixture.Table.InsertAsync([fixture.Account(1, 1), fixture.Account(2, 2)]);
        var old = await fixture.BeginAsync(level);
        old.Insert(fixture.Table, fixture.Account(3, 3));
        await using var scan = old.ScanAsync(fixture.Table).GetAsyncEnumerator();
        Assert.True(await scan.MoveNextAsync());
        time.Advance(TimeSpan.FromMinutes(1.5));
        await using var young = await fixture.BeginAsync(level);
        await fixture.Table.UpdateAsync(fixture.Account(1, 10));
        Assert.True(fixture.Engine.Recovered.Snapshots.Horizon() < fixture.Engine.Visible);
        Assert.True(await scan.MoveNextAsync());
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((false, true, 1), (old.IsActive, young.IsActive, fixture.Engine.OpenTransactions));
        foreach (var use in new Func<Task>[] { async () => await old.CommitAsync(), async () => await old.FindAsync(fixture.Table, 1L), async () => await scan.MoveNextAsync() })
        {
            var error = await Assert.ThrowsAsync<HeliosException>(use);
            Assert.Equal((HeliosErrorKind.Conflict, "transaction_expired"), (error.Kind, error.Code));
        }

        old.Dispose();
        young.Insert(fixture.Table, fixture.Account(4, 4));
        Assert.Equal(1, (await young.CommitAsync()).Rows);
        Assert.Equal(fixture.Engine.Visible, fixture.Engine.Recovered.Snapshots.Horizon()); // nothing is kept for anybody
        Assert.Equal(3, await fixture.Table.CountAsync());
    }

    [Fact]
    public async Task A_statement_that_goes_on_when_the_time_is_over_comes_to_its_end_first()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using var fixture = await TransactionFixture.OpenAsync(new HeliosOptions { TimeProvider = time });
        await fixture.Table.InsertAsync([fixture.Account(1, 1), fixture.Account(2, 2)]);
        var transaction = await fixture.BeginAsync();
        var changed = await transaction.DeleteWhereAsync(fixture.Table, _ =>
        {
            time.Advance(TimeSpan.FromMinutes(6));
            return true;
        });
        Assert.Equal((2, 0, fixture.Engine.Visible), (changed, fixture.Engine.OpenTransactions, fixture.Engine.Recovered.Snapshots.Horizon()));
        Assert.Equal("transaction_expired", (await Assert.ThrowsAsync<HeliosException>(async () => await transaction.CommitAsync())).Code);
        Assert.Equal(2, await fixture.Table.CountAsync());
    }

    [Theory]
    [InlineData(Durability.Queued, false)]
    [InlineData(Durability.Logged, false)]
    [InlineData(Durability.Visible, false)]
    [InlineData(Durability.Queued, true)]
    [InlineData(Durability.Logged, true)]
    public async Task A_session_never_conflicts_with_its_own_answered_commits(Durability durability, bool isNumbered)
    {
        var producer = ProducerId.From("session");
        await using var fixture = await TransactionFixture.OpenAsync();
        await fixture.Table.InsertAsync(fixture.Account(1, 0));
        using var session = fixture.Engine.OpenSession();
        for (var i = 0; i < 100; i++)
        {
            if (i % 2 == 0)
                session.Insert(fixture.Table, fixture.Account(100 + i, i));
            else
                session.Upsert(fixture.Table, fixture.Account(100 + i, i)); // goes another way
            await (isNumbered ? session.CommitAsync(producer, i, durability) : session.CommitAsync(durability));
            await using var transaction = await session.BeginTransactionAsync(IsolationLevel.Serializable);
            Assert.Equal(i, await fixture.AmountAsync(transaction, 100 + i)); // what was answered is seen
            var sum = await fixture.SumAsync(transaction);
            transaction.Update(fixture.Table, fixture.Account(1, sum));
            await transaction.CommitAsync(durability);
        }

        Assert.Equal(0, session.RefusedAfterQueued);
    }

    [Fact]
    public async Task A_transaction_sees_every_commit_that_was_visible_when_it_began()
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        for (var i = 0; i < 50; i++)
        {
            await fixture.Table.UpsertAsync(fixture.Account(1, i));
            await using var transaction = await fixture.BeginAsync();
            Assert.Equal(i, await fixture.AmountAsync(transaction, 1));
            transaction.Update(fixture.Table, fixture.Account(1, -i));
            await transaction.CommitAsync();
        }
    }

    [Fact]
    public async Task A_transaction_is_used_by_one_caller_at_a_time()
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        await fixture.Table.InsertAsync(fixture.Account(1, 1));
        await using var transaction = await fixture.BeginAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await transaction.DeleteWhereAsync(fixture.Table, _ => transaction.Delete(fixture.Table, 1L)));
        await using var other = await HeliosEngine.OpenInMemoryAsync();
        var foreign = await other.TableAsync("accounts", TransactionFixture.Accounts);
        Assert.Throws<ArgumentException>(() => transaction.Insert(foreign, fixture.Account(1, 1)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await fixture.BeginAsync((IsolationLevel)9));
        Assert.Equal(1, await transaction.CountAsync(fixture.Table));
        await fixture.Engine.DisposeAsync();
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(async () => await transaction.CountAsync(fixture.Table))).Code);
    }
}
