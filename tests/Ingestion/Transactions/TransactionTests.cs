using Helios.Pipeline.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>Begin, own writes, savepoints, commit, abort.</summary>
public sealed class TransactionTests
{
    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.Snapshot)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task A_transaction_sees_its_own_writes_and_nobody_else_does_before_the_commit(IsolationLevel level)
    {
        await using var bank = await Bank.OpenAsync();
        await using var tx = await bank.Engine.BeginTransactionAsync(level);
        tx.Insert(bank.Accounts, bank.Account(3, 7, "ann"));
        tx.Update(bank.Accounts, bank.Account(1, 50, "bob"));
        Assert.True(tx.Delete(bank.Accounts, 2L));
        Assert.False(tx.Delete(bank.Accounts, 2L));
        Assert.False(tx.Update(bank.Accounts, bank.Account(2, 1)));
        tx.Insert(bank.Journal, bank.Entry("new", 1));
        Assert.Equal(50, await bank.BalanceAsync(tx, 1));
        Assert.Null(await tx.FindAsync(bank.Accounts, 2L));
        Assert.Equal(3L, (await tx.FindByAsync(bank.Accounts, "owner", "ann"))!["id"]);
        Assert.Equal([1L, 3L], await IdsAsync(tx, bank));
        Assert.Equal((2, 1), (await tx.CountAsync(bank.Accounts), await tx.CountAsync(bank.Journal)));
        Assert.Equal((100, 2, 0), (await bank.BalanceAsync(1), await bank.Accounts.CountAsync(), await bank.Journal.CountAsync()));
        var receipt = await tx.CommitAsync();
        Assert.Equal((4, 50, 2, 1), (receipt.Rows, await bank.BalanceAsync(1), await bank.Accounts.CountAsync(), await bank.Journal.CountAsync()));
        Assert.Throws<InvalidOperationException>(() => tx.Insert(bank.Journal, bank.Entry("late", 1)));
    }

    // W44: nothing locks, so nothing locks itself.
    [Fact]
    public async Task A_row_may_be_read_and_written_any_number_of_times_in_one_transaction()
    {
        await using var bank = await Bank.OpenAsync();
        await using var tx = await bank.Engine.BeginTransactionAsync(IsolationLevel.Serializable);
        for (var i = 0; i < 10; i++)
            tx.Update(bank.Accounts, bank.Account(1, await bank.BalanceAsync(tx, 1) + 1));
        tx.Delete(bank.Accounts, 1L);
        tx.Insert(bank.Accounts, bank.Account(1, 5));
        Assert.Equal(1, (await tx.CommitAsync()).Rows);
        Assert.Equal(5, await bank.BalanceAsync(1));
    }

    // W43: a deleted row is gone for whoever looks later, and there for whoever looked before.
    [Fact]
    public async Task A_snapshot_keeps_a_row_that_another_commit_deletes_or_changes()
    {
        await using var bank = await Bank.OpenAsync();
        await using var tx = await bank.Engine.BeginTransactionAsync();
        await bank.Accounts.DeleteAsync(1L);
        await bank.Accounts.UpdateAsync(bank.Account(2, 1));
        Assert.Equal((100, 100, 2), (await bank.BalanceAsync(tx, 1), await bank.BalanceAsync(tx, 2), await tx.CountAsync(bank.Accounts)));
        tx.Update(bank.Accounts, bank.Account(1, 7));
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await tx.CommitAsync());
        Assert.Equal("conflict", error.Code);
        Assert.Null(await bank.Accounts.FindAsync(1L));
    }

    [Fact]
    public async Task Savepoints_nest_and_take_back_what_came_after_them()
    {
        await using var bank = await Bank.OpenAsync();
        await using var tx = await bank.Engine.BeginTransactionAsync();
        tx.Update(bank.Accounts, bank.Account(1, 1));
        var outer = tx.Save();
        tx.Update(bank.Accounts, bank.Account(1, 2));
        tx.Insert(bank.Accounts, bank.Account(3, 3));
        var inner = tx.Save();
        tx.Delete(bank.Accounts, 1L);
        tx.DeleteWhere(bank.Accounts, _ => true);
        Assert.Equal(0, await tx.CountAsync(bank.Accounts));
        tx.RollbackTo(inner);
        Assert.Equal((2, 3), (await bank.BalanceAsync(tx, 1), await tx.CountAsync(bank.Accounts)));
        tx.RollbackTo(outer);
        Assert.Equal((1, 2), (await bank.BalanceAsync(tx, 1), await tx.CountAsync(bank.Accounts)));
        Assert.Throws<ArgumentException>(() => tx.RollbackTo(inner));
        tx.Release(outer);
        Assert.Throws<ArgumentException>(() => tx.RollbackTo(outer));
        Assert.Equal(1, (await tx.CommitAsync()).Rows);
        Assert.Equal(1, await bank.BalanceAsync(1));
    }

    [Fact]
    public async Task A_statement_that_fails_leaves_the_transaction_as_it_was()
    {
        await using var bank = await Bank.OpenAsync();
        await using var tx = await bank.Engine.BeginTransactionAsync();
        tx.Insert(bank.Accounts, bank.Account(3, 1, "ann"));
        var error = Assert.Throws<HeliosException>(() => tx.Insert(bank.Accounts, bank.Account(4, 1, "ann")));
        Assert.Equal(("duplicate_key", "accounts", "owner"), (error.Code, error.Table, error.Constraint));
        error = Assert.Throws<HeliosException>(() => tx.Insert(bank.Accounts, bank.Account(1, 1)));
        Assert.Equal("duplicate_key", error.Code);
        Assert.Throws<HeliosException>(() => tx.UpdateWhere(bank.Accounts, _ => true, row => bank.Account((long)row["id"]!, 0, "same")));
        Assert.Equal(100, await bank.BalanceAsync(tx, 1));
        Assert.False(tx.InsertIfAbsent(bank.Accounts, bank.Account(9, 1, "ann")));
        Assert.True(tx.InsertIfAbsent(bank.Accounts, bank.Account(9, 1, "joe")));
        Assert.Equal(2, (await tx.CommitAsync()).Rows);
    }

    [Fact]
    public async Task Disposal_aborts_and_a_forgotten_transaction_hinders_nobody()
    {
        await using var bank = await Bank.OpenAsync();
        var forgotten = await bank.Engine.BeginTransactionAsync(IsolationLevel.Serializable);
        forgotten.Update(bank.Accounts, bank.Account(1, 1));
        await using (var tx = await bank.Engine.BeginTransactionAsync())
            tx.Update(bank.Accounts, bank.Account(1, 2));
        Assert.Equal(100, await bank.BalanceAsync(1));
        await bank.Accounts.UpdateAsync(bank.Account(1, 3));
        await bank.TransferAsync(1, 2, 1);
        Assert.Equal(2, await bank.BalanceAsync(1));
    }

    [Fact]
    public async Task A_transaction_older_than_its_time_lets_its_snapshot_go_and_says_so()
    {
        var time = new FakeTimeProvider();
        await using var bank = await Bank.OpenAsync(new HeliosOptions { TimeProvider = time, MaxTransactionTime = TimeSpan.FromMinutes(1) });
        await using var tx = await bank.Engine.BeginTransactionAsync();
        tx.Update(bank.Accounts, bank.Account(1, 1));
        time.Advance(TimeSpan.FromMinutes(1));
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await tx.FindAsync(bank.Accounts, 1L));
        Assert.Equal(("transaction_expired", true), (error.Code, error.IsTransient));
        error = await Assert.ThrowsAsync<HeliosException>(async () => await tx.CommitAsync());
        Assert.Equal("transaction_expired", error.Code);
        Assert.Equal(100, await bank.BalanceAsync(1));
    }

    [Fact]
    public async Task Rows_without_a_key_are_changed_where_nobody_has_changed_them_since()
    {
        await using var bank = await Bank.OpenAsync();
        await bank.Journal.InsertAsync([bank.Entry("a", 1), bank.Entry("b", 2), bank.Entry("c", 3)]);
        await using var first = await bank.Engine.BeginTransactionAsync();
        await using var second = await bank.Engine.BeginTransactionAsync();
        await using var third = await bank.Engine.BeginTransactionAsync();
        Assert.Equal(2, first.UpdateWhere(bank.Journal, row => (long)row["amount"]! < 3, row => bank.Entry("low", (long)row["amount"]! * 10)));
        Assert.Equal(1, second.DeleteWhere(bank.Journal, row => (string)row["text"]! == "a"));
        Assert.Equal(1, third.DeleteWhere(bank.Journal, row => (string)row["text"]! == "c"));
        Assert.Equal(2, (await first.CommitAsync()).Rows);
        Assert.Equal("conflict", (await Assert.ThrowsAsync<HeliosException>(async () => await second.CommitAsync())).Code);
        Assert.Equal(1, (await third.CommitAsync()).Rows);
        var left = new List<long>();
        await foreach (var row in bank.Journal.ScanAsync())
            left.Add((long)row["amount"]!);
        Assert.Equal([10, 20], left);
    }

    [Fact]
    public async Task A_row_may_get_another_primary_key_and_another_row_its_old_one()
    {
        await using var bank = await Bank.OpenAsync();
        await using var tx = await bank.Engine.BeginTransactionAsync();
        Assert.Equal(1, tx.UpdateWhere(bank.Accounts, row => (long)row["id"]! == 1, row => bank.Account(10, (long)row["balance"]!)));
        Assert.Null(await tx.FindAsync(bank.Accounts, 1L));
        tx.Insert(bank.Accounts, bank.Account(1, 5));
        tx.Upsert(bank.Accounts, bank.Account(10, 11));
        Assert.Equal((5, 11, 3), (await bank.BalanceAsync(tx, 1), await bank.BalanceAsync(tx, 10), await tx.CountAsync(bank.Accounts)));
        Assert.Equal(2, (await tx.CommitAsync()).Rows);
        Assert.Equal((5, 11, 100, 3), (await bank.BalanceAsync(1), await bank.BalanceAsync(10), await bank.BalanceAsync(2), await bank.Accounts.CountAsync()));
    }

    [Fact]
    public async Task Increments_of_one_row_by_many_callers_at_once_are_all_there()
    {
        await using var bank = await Bank.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                await bank.Engine.TransactAsync(async (tx, _) => tx.Update(bank.Accounts, bank.Account(1, await bank.BalanceAsync(tx, 1) + 1)),
                    retry: EndlessRetry.Pipeline);
            }
        })));
        Assert.Equal(260, await bank.BalanceAsync(1));
    }

    [Fact]
    public async Task A_session_sees_what_it_was_answered_and_never_meets_its_own_commits()
    {
        await using var bank = await Bank.OpenAsync();
        using var session = bank.Engine.OpenSession();
        for (var i = 0; i < 50; i++)
        {
            session.Upsert(bank.Accounts, bank.Account(1, i));
            await session.CommitAsync(Durability.Logged);
            await using var tx = await session.BeginTransactionAsync(IsolationLevel.Serializable);
            Assert.Equal(i, await bank.BalanceAsync(tx, 1));
            tx.Update(bank.Accounts, bank.Account(1, -i));
            await tx.CommitAsync(Durability.Logged);
        }
    }

    [Fact]
    public async Task What_the_work_throws_aborts_the_transaction_and_is_not_repeated()
    {
        await using var bank = await Bank.OpenAsync();
        var calls = 0;
        await Assert.ThrowsAsync<InvalidDataException>(() => bank.Engine.TransactAsync((tx, _) =>
        {
            calls++;
            tx.Update(bank.Accounts, bank.Account(1, 1));
            throw new InvalidDataException();
        }));
        Assert.Equal((1, 100), (calls, await bank.BalanceAsync(1)));
    }

    private static async Task<List<long>> IdsAsync(Transaction transaction, Bank bank)
    {
        var ids = new List<long>();
        await foreach (var row in transaction.ScanAsync(bank.Accounts))
            ids.Add((long)row["id"]!);
        return ids;
    }
}
