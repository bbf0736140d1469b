using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>The classical anomalies, each at each level: possible where docs/transactions.md says so, and nowhere else.</summary>
public sealed class AnomalyTests
{
    public static TheoryData<IsolationLevel> Levels => [IsolationLevel.ReadCommitted, IsolationLevel.Snapshot, IsolationLevel.Serializable];

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task Dirty_read_nobody_sees_what_is_not_committed(IsolationLevel level)
    {
        await using var bank = await Bank.OpenAsync();
        await using var writer = await bank.Engine.BeginTransactionAsync(level);
        writer.Update(bank.Accounts, bank.Account(1, 50));
        await using var reader = await bank.Engine.BeginTransactionAsync(level);
        Assert.Equal(100, await bank.BalanceAsync(reader, 1));
        writer.Rollback();
        Assert.Equal(100, await bank.BalanceAsync(reader, 1));
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task Fuzzy_read_a_row_that_is_read_twice_changes_at_read_committed_only(IsolationLevel level)
    {
        await using var bank = await Bank.OpenAsync();
        await using var reader = await bank.Engine.BeginTransactionAsync(level);
        Assert.Equal(100, await bank.BalanceAsync(reader, 1));
        await bank.Accounts.UpdateAsync(bank.Account(1, 50));
        Assert.Equal(level == IsolationLevel.ReadCommitted ? 50 : 100, await bank.BalanceAsync(reader, 1));
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task Phantom_a_row_comes_into_a_scan_that_is_repeated_at_read_committed_only(IsolationLevel level)
    {
        await using var bank = await Bank.OpenAsync();
        await using var reader = await bank.Engine.BeginTransactionAsync(level);
        Assert.Equal(2, await reader.CountAsync(bank.Accounts));
        await bank.Accounts.InsertAsync(bank.Account(3, 1));
        Assert.Equal(level == IsolationLevel.ReadCommitted ? 3 : 2, await reader.CountAsync(bank.Accounts));
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task Lost_update_of_two_that_read_and_write_one_row_the_first_wins(IsolationLevel level)
    {
        await using var bank = await Bank.OpenAsync();
        await using var first = await bank.Engine.BeginTransactionAsync(level);
        await using var second = await bank.Engine.BeginTransactionAsync(level);
        foreach (var transaction in new[] { first, second })
            transaction.Update(bank.Accounts, bank.Account(1, await bank.BalanceAsync(transaction, 1) + 10));
        await first.CommitAsync();
        await ConflictsUnlessAsync(level == IsolationLevel.ReadCommitted, second);
        Assert.Equal(110, await bank.BalanceAsync(1)); // at read committed an update is lost
    }

    [Fact]
    public async Task An_update_by_a_condition_rests_on_what_it_read_at_every_level()
    {
        await using var bank = await Bank.OpenAsync();
        await using var first = await bank.Engine.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        await using var second = await bank.Engine.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        foreach (var transaction in new[] { first, second })
            Assert.Equal(1, transaction.UpdateWhere(bank.Accounts, row => (long)row["id"]! == 1, row => bank.Account(1, (long)row["balance"]! + 10)));
        await first.CommitAsync();
        await ConflictsUnlessAsync(false, second);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task Read_skew_two_rows_are_read_as_of_one_moment_but_at_read_committed(IsolationLevel level)
    {
        await using var bank = await Bank.OpenAsync();
        await using var reader = await bank.Engine.BeginTransactionAsync(level);
        var one = await bank.BalanceAsync(reader, 1);
        await bank.TransferAsync(1, 2, 30);
        var both = one + await bank.BalanceAsync(reader, 2);
        Assert.Equal(level == IsolationLevel.ReadCommitted ? 230 : 200, both);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task Write_skew_by_keys_is_prevented_at_serializable(IsolationLevel level)
    {
        await using var bank = await Bank.OpenAsync();
        await using var first = await bank.Engine.BeginTransactionAsync(level);
        await using var second = await bank.Engine.BeginTransactionAsync(level);
        foreach (var (transaction, account) in new[] { (first, 1L), (second, 2L) })
        {
            Assert.True(await bank.BalanceAsync(transaction, 1) + await bank.BalanceAsync(transaction, 2) >= 200); // both may go down while the sum allows it
            transaction.Update(bank.Accounts, bank.Account(account, -100));
        }

        await first.CommitAsync();
        await ConflictsUnlessAsync(level != IsolationLevel.Serializable, second);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task Write_skew_by_scans_and_absent_keys_is_prevented_at_serializable(IsolationLevel level)
    {
        await using var bank = await Bank.OpenAsync();
        await using var first = await bank.Engine.BeginTransactionAsync(level);
        await using var second = await bank.Engine.BeginTransactionAsync(level);
        Assert.Equal(2, await first.CountAsync(bank.Accounts));
        Assert.Null(await second.FindAsync(bank.Accounts, 3L));
        first.Insert(bank.Accounts, bank.Account(3, 0));
        second.Insert(bank.Accounts, bank.Account(4, 0));
        await first.CommitAsync();
        await ConflictsUnlessAsync(level != IsolationLevel.Serializable, second);

        await using var third = await bank.Engine.BeginTransactionAsync(level);
        await third.CountAsync(bank.Accounts);
        third.Insert(bank.Accounts, bank.Account(5, 0));
        await bank.Accounts.InsertAsync(bank.Account(6, 0));
        await ConflictsUnlessAsync(level != IsolationLevel.Serializable, third);
    }

    [Fact]
    public async Task A_transaction_that_only_reads_meets_nobody()
    {
        await using var bank = await Bank.OpenAsync();
        await using var reader = await bank.Engine.BeginTransactionAsync(IsolationLevel.Serializable);
        await bank.BalanceAsync(reader, 1);
        await bank.Accounts.UpdateAsync(bank.Account(1, 50));
        Assert.Equal(0, (await reader.CommitAsync()).Rows);
    }

    private static async Task ConflictsUnlessAsync(bool mayCommit, Transaction transaction)
    {
        if (mayCommit)
        {
            await transaction.CommitAsync();
            return;
        }

        var error = await Assert.ThrowsAsync<HeliosException>(async () => await transaction.CommitAsync());
        Assert.Equal((HeliosErrorKind.Conflict, "conflict", true), (error.Kind, error.Code, error.IsTransient));
    }
}
