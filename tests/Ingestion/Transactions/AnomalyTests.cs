using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>The classical anomalies at each level: where one is possible it does happen here, where it is prevented it does not.</summary>
public sealed class AnomalyTests(SharedEngine shared) : IClassFixture<SharedEngine>
{
    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.Snapshot)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task Dirty_reads_do_not_happen_at_any_level(IsolationLevel level)
    {
        await using var fixture = await WithAccountsAsync();
        await using var writer = await fixture.BeginAsync(level);
        Assert.True(writer.Update(fixture.Table, fixture.Account(1, 99)));
        writer.Insert(fixture.Table, fixture.Account(3, 1));
        await using var reader = await fixture.BeginAsync(level);
        Assert.Equal((100L, 200L, null), (await fixture.AmountAsync(reader, 1), await fixture.SumAsync(reader), await fixture.AmountAsync(reader, 3)));
        writer.Rollback();
        Assert.Equal(100, await fixture.AmountAsync(1));
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted, 99)]
    [InlineData(IsolationLevel.Snapshot, 100)]
    [InlineData(IsolationLevel.Serializable, 100)]
    public async Task A_row_read_twice_changes_at_read_committed_only(IsolationLevel level, long second)
    {
        await using var fixture = await WithAccountsAsync();
        await using var reader = await fixture.BeginAsync(level);
        Assert.Equal(100, await fixture.AmountAsync(reader, 1));
        await fixture.Table.UpdateAsync(fixture.Account(1, 99));
        Assert.Equal(second, await fixture.AmountAsync(reader, 1));
        Assert.Equal(0, (await reader.CommitAsync()).Rows); // who only reads meets nobody
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted, 3)]
    [InlineData(IsolationLevel.Snapshot, 2)]
    [InlineData(IsolationLevel.Serializable, 2)]
    public async Task A_phantom_appears_at_read_committed_only(IsolationLevel level, long second)
    {
        await using var fixture = await WithAccountsAsync();
        await using var reader = await fixture.BeginAsync(level);
        Assert.Equal(2, await reader.CountAsync(fixture.Table));
        await fixture.Table.InsertAsync(fixture.Account(3, 1));
        Assert.Equal(second, await reader.CountAsync(fixture.Table));
        Assert.Equal(second == 3, await reader.FindByAsync(fixture.Table, "name", "name 3") is not null);
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted, true)]
    [InlineData(IsolationLevel.Snapshot, true)]
    [InlineData(IsolationLevel.Serializable, false)]
    public async Task A_write_that_rests_on_a_missing_phantom_is_prevented_at_serializable_only(IsolationLevel level, bool commits)
    {
        await using var fixture = await WithAccountsAsync();
        await using var transaction = await fixture.BeginAsync(level);
        var count = await transaction.CountAsync(fixture.Table);
        transaction.Insert(fixture.NotesTable, fixture.Note("accounts", count));
        await fixture.Table.InsertAsync(fixture.Account(3, 1));
        await ExpectAsync(commits, transaction);
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted, true)]
    [InlineData(IsolationLevel.Snapshot, false)]
    [InlineData(IsolationLevel.Serializable, false)]
    public async Task An_update_is_lost_at_read_committed_only(IsolationLevel level, bool commits)
    {
        await using var fixture = await WithAccountsAsync();
        await using var first = await fixture.BeginAsync(level);
        await using var second = await fixture.BeginAsync(level);
        var (seenByFirst, seenBySecond) = (await fixture.AmountAsync(first, 1), await fixture.AmountAsync(second, 1));
        first.Update(fixture.Table, fixture.Account(1, seenByFirst!.Value + 10));
        second.Update(fixture.Table, fixture.Account(1, seenBySecond!.Value + 1));
        await first.CommitAsync();
        await ExpectAsync(commits, second);
        Assert.Equal(commits ? 101 : 110, await fixture.AmountAsync(1));
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.Snapshot)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task An_update_by_a_predicate_is_lost_at_no_level(IsolationLevel level)
    {
        await using var fixture = await WithAccountsAsync();
        await using var transaction = await fixture.BeginAsync(level);
        Assert.Equal(1, await transaction.UpdateWhereAsync(fixture.Table, static row => row.Get<long>("id") == 1, static row => TransactionFixture.Add(row, 1)));
        await fixture.Table.UpdateAsync(fixture.Account(1, 110));
        Assert.Equal(fixture.Table.Name, (await TransactionFixture.ConflictAsync(transaction)).Table);
        Assert.Equal(110, await fixture.AmountAsync(1));
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted, 210)]
    [InlineData(IsolationLevel.Snapshot, 200)]
    [InlineData(IsolationLevel.Serializable, 200)]
    public async Task Read_skew_is_seen_at_read_committed_only(IsolationLevel level, long sum)
    {
        await using var fixture = await WithAccountsAsync();
        await using var reader = await fixture.BeginAsync(level);
        var one = await fixture.AmountAsync(reader, 1);
        await using (var transfer = await fixture.BeginAsync())
        {
            transfer.Update(fixture.Table, fixture.Account(1, 90));
            transfer.Update(fixture.Table, fixture.Account(2, 110));
            await transfer.CommitAsync();
        }

        Assert.Equal(sum, one + await fixture.AmountAsync(reader, 2));
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted, true)]
    [InlineData(IsolationLevel.Snapshot, true)]
    [InlineData(IsolationLevel.Serializable, false)]
    public async Task Write_skew_is_prevented_at_serializable_only(IsolationLevel level, bool commits)
    {
        await using var fixture = await WithAccountsAsync(); // the two together may not fall below zero
        await using var first = await fixture.BeginAsync(level);
        await using var second = await fixture.BeginAsync(level);
        foreach (var (transaction, id) in new[] { (first, 1L), (second, 2L) })
        {
            Assert.Equal(200, await fixture.AmountAsync(transaction, 1) + await fixture.AmountAsync(transaction, 2));
            transaction.Update(fixture.Table, fixture.Account(id, -100));
        }

        await first.CommitAsync();
        await ExpectAsync(commits, second);
        Assert.Equal(commits ? -200 : 0, await fixture.AmountAsync(1) + await fixture.AmountAsync(2));
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted, true)]
    [InlineData(IsolationLevel.Snapshot, true)]
    [InlineData(IsolationLevel.Serializable, false)]
    public async Task A_key_that_was_found_free_counts_as_read(IsolationLevel level, bool commits)
    {
        await using var fixture = await WithAccountsAsync();
        await using var transaction = await fixture.BeginAsync(level);
        Assert.Null(await transaction.FindByAsync(fixture.Table, "name", "name 3"));
        transaction.Insert(fixture.NotesTable, fixture.Note("nobody is called 3", 0));
        await fixture.Table.InsertAsync(fixture.Account(3, 1));
        await ExpectAsync(commits, transaction);
    }

    private async Task<TransactionFixture> WithAccountsAsync()
    {
        var fixture = await TransactionFixture.OpenAsync(shared);
        await fixture.Table.InsertAsync([fixture.Account(1, 100), fixture.Account(2, 100)]);
        return fixture;
    }

    private static async Task ExpectAsync(bool commits, Transaction transaction)
    {
        if (commits)
            Assert.Equal(1, (await transaction.CommitAsync()).Rows);
        else
            await TransactionFixture.ConflictAsync(transaction);
    }
}
