using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>Which commits meet, and what is remembered to tell.</summary>
public sealed class ConflictTests
{
    [Fact]
    public async Task Rows_without_a_key_conflict_when_the_same_one_was_changed_and_others_do_not()
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        await fixture.NotesTable.InsertAsync([fixture.Note("a", 1), fixture.Note("b", 1)]);
        foreach (var level in Enum.GetValues<IsolationLevel>())
        {
            await using var first = await fixture.BeginAsync(level);
            await using var second = await fixture.BeginAsync(level);
            await using var third = await fixture.BeginAsync(level);
            await AddAsync(first, "a");
            await AddAsync(second, "a");
            await AddAsync(third, "b");
            await first.CommitAsync();
            Assert.Equal("notes", (await TransactionFixture.ConflictAsync(second)).Table);
            if (level == IsolationLevel.Serializable)
                await TransactionFixture.ConflictAsync(third); // its predicate looked at every row
            else
                await third.CommitAsync();
        }

        Assert.Equal(["a=4", "b=3"], await fixture.NotesAsync());

        async Task AddAsync(Transaction transaction, string text) =>
            Assert.Equal(1, await transaction.UpdateWhereAsync(fixture.NotesTable, row => text.Equals(row["text"]), static row => TransactionFixture.Add(row, 1)));
    }

    [Fact]
    public async Task Statements_at_read_committed_that_looked_at_different_moments_do_not_meet_what_they_saw()
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        await fixture.NotesTable.InsertAsync([fixture.Note("a", 1), fixture.Note("b", 1)]);
        await using var transaction = await fixture.BeginAsync(IsolationLevel.ReadCommitted);
        await transaction.UpdateWhereAsync(fixture.NotesTable, static row => row["text"] is "a", static row => TransactionFixture.Add(row, 1));
        await using (var other = await fixture.BeginAsync())
        {
            await other.UpdateWhereAsync(fixture.NotesTable, static row => row["text"] is "b", static row => TransactionFixture.Add(row, 10));
            await other.CommitAsync();
        }

        await transaction.UpdateWhereAsync(fixture.NotesTable, static row => row["text"] is "b", static row => TransactionFixture.Add(row, 1));
        Assert.Equal(2, (await transaction.CommitAsync()).Rows);
        Assert.Equal(["a=2", "b=12"], await fixture.NotesAsync());
    }

    [Fact]
    public async Task A_snapshot_older_than_the_changes_that_are_remembered_gets_the_conflict()
    {
        await using var fixture = await TransactionFixture.OpenAsync(new HeliosOptions { ConflictRows = 4 });
        await fixture.NotesTable.InsertAsync(fixture.Note("a", 1));
        await fixture.Table.InsertAsync(fixture.Account(1, 1));
        await using var old = await fixture.BeginAsync();
        await using var keyed = await fixture.BeginAsync();
        await old.UpdateWhereAsync(fixture.NotesTable, static _ => true, static row => TransactionFixture.Add(row, 1));
        keyed.Update(fixture.Table, fixture.Account(1, 2));
        for (var i = 0; i < 6; i++)
            await fixture.Table.UpsertAsync(fixture.Account(2, i));
        Assert.Contains("before the changes that are remembered", (await TransactionFixture.ConflictAsync(old)).Message, StringComparison.Ordinal);
        Assert.Equal(1, (await keyed.CommitAsync()).Rows); // a key says by itself which version it has
        Assert.Equal(["a=1"], await fixture.NotesAsync());
        await using var again = await fixture.BeginAsync();
        await again.UpdateWhereAsync(fixture.NotesTable, static _ => true, static row => TransactionFixture.Add(row, 1));
        Assert.Equal(1, (await again.CommitAsync()).Rows);
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted, "duplicate_key")]
    [InlineData(IsolationLevel.Snapshot, "conflict")]
    [InlineData(IsolationLevel.Serializable, "conflict")]
    public async Task A_key_that_was_taken_meanwhile_is_a_conflict_where_the_transaction_saw_it_free(IsolationLevel level, string code)
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        await fixture.Table.InsertAsync(fixture.Account(1, 1));
        Func<Transaction, Task>[] takes =
        [
            transaction => Done(() => transaction.Insert(fixture.Table, fixture.Account(5, 5, "mine"))),
            transaction => Done(() => transaction.Insert(fixture.Table, fixture.Account(7, 7, "taken"))),
            transaction => Done(() => transaction.Update(fixture.Table, fixture.Account(1, 1, "taken"))),
            async transaction => await transaction.UpdateWhereAsync(fixture.Table, static row => row.Get<long>("id") == 1, static row => TransactionFixture.With(row, "id", 5L)),
        ];
        foreach (var take in takes)
        {
            await using var transaction = await fixture.BeginAsync(level);
            await take(transaction);
            await fixture.Table.InsertAsync(fixture.Account(5, 5, "taken"));
            Assert.Equal(code, (await Assert.ThrowsAsync<HeliosException>(async () => await transaction.CommitAsync())).Code);
            await using var again = await fixture.BeginAsync(level);
            Assert.Equal("duplicate_key", (await Assert.ThrowsAsync<HeliosException>(() => take(again))).Code); // now it is seen
            await fixture.Table.DeleteAsync(5L);
        }

        static Task Done(Action action)
        {
            action();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Rows_that_go_by_their_keys_at_read_committed_are_written_whatever_others_did()
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        await fixture.Table.InsertAsync([fixture.Account(1, 1), fixture.Account(2, 2), fixture.Account(3, 3)]);
        await using var transaction = await fixture.BeginAsync(IsolationLevel.ReadCommitted);
        Assert.True(transaction.Update(fixture.Table, fixture.Account(1, 10)));
        Assert.True(transaction.Delete(fixture.Table, 2L));
        Assert.True(transaction.Update(fixture.Table, fixture.Account(3, 30)));
        transaction.Upsert(fixture.Table, fixture.Account(4, 40));
        Assert.True(transaction.InsertIfAbsent(fixture.Table, fixture.Account(5, 50)));
        await fixture.Table.UpdateAsync(fixture.Account(1, -1));
        await fixture.Table.UpdateAsync(fixture.Account(2, -2));
        await fixture.Table.DeleteAsync(3L);
        await fixture.Table.InsertAsync([fixture.Account(4, -4), fixture.Account(5, -5)]);
        Assert.Equal(3, (await transaction.CommitAsync()).Rows);
        Assert.Equal((10L, null, null, 40L, -5L), (await fixture.AmountAsync(1), await fixture.AmountAsync(2), await fixture.AmountAsync(3), await fixture.AmountAsync(4), await fixture.AmountAsync(5)));
    }

    [Theory]
    [InlineData(1_000, true)]
    [InlineData(SeenReads.MaxKeys + 1, false)]
    public async Task Beyond_a_bound_of_keys_the_table_as_a_whole_counts_as_read(int keys, bool commits)
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        await using var transaction = await fixture.BeginAsync(IsolationLevel.Serializable);
        for (var id = 1L; id <= keys; id++)
            Assert.Null(await transaction.FindAsync(fixture.Table, id));
        transaction.Insert(fixture.NotesTable, fixture.Note("none", keys));
        await fixture.Table.InsertAsync(fixture.Account(-1, 1)); // a key that was not looked for
        if (commits)
            Assert.Equal(1, (await transaction.CommitAsync()).Rows);
        else
            await TransactionFixture.ConflictAsync(transaction);
    }

    [Fact]
    public async Task The_writes_of_a_transaction_are_at_most_one_commit()
    {
        await using var fixture = await TransactionFixture.OpenAsync();
        await using var transaction = await fixture.BeginAsync();
        var megabyte = new string('x', 1 << 20);
        for (var i = 0; i < 15; i++)
            transaction.Insert(fixture.NotesTable, fixture.Note(megabyte, i));
        for (var i = 0; i < 40; i++)
            transaction.Upsert(fixture.Table, fixture.Account(1, 1, megabyte[..60_000] + i)); // one row, one content
        var savepoint = transaction.Save();
        Assert.Equal("commit_too_long", Assert.Throws<HeliosException>(() => transaction.Insert(fixture.NotesTable, fixture.Note(megabyte + megabyte, 99))).Code);
        Assert.Equal("commit_too_long", (await Assert.ThrowsAsync<HeliosException>(async () => await transaction.UpdateWhereAsync(fixture.NotesTable, static _ => true,
            static row => TransactionFixture.With(row, "text", row["text"] + new string('y', 1 << 18))))).Code);
        transaction.RollbackTo(savepoint);
        Assert.Equal(16, (await transaction.CommitAsync()).Rows);
        Assert.Equal((15, 1), (await fixture.NotesTable.CountAsync(), await fixture.Table.CountAsync()));
    }
}
