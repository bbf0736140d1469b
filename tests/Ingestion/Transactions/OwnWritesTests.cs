using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>A transaction reads what it has written, by every way of reading, and nobody else does.</summary>
public sealed class OwnWritesTests(SharedEngine shared) : IClassFixture<SharedEngine>
{
    public static TheoryData<IsolationLevel> Levels => [IsolationLevel.ReadCommitted, IsolationLevel.Snapshot, IsolationLevel.Serializable];

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task Own_writes_are_found_by_key_by_constraint_by_scan_and_by_count(IsolationLevel level)
    {
        await using var fixture = await TransactionFixture.OpenAsync(shared);
        await fixture.Table.InsertAsync([fixture.Account(1, 1), fixture.Account(2, 2), fixture.Account(3, 3)]);
        await using var transaction = await fixture.BeginAsync(level);
        transaction.Insert(fixture.Table, fixture.Account(4, 4));
        Assert.True(transaction.Update(fixture.Table, fixture.Account(2, 20, "two")));
        Assert.True(transaction.Delete(fixture.Table, 3L));
        Assert.Equal((1L, 20L, null, 4L), (await fixture.AmountAsync(transaction, 1), await fixture.AmountAsync(transaction, 2), await fixture.AmountAsync(transaction, 3), await fixture.AmountAsync(transaction, 4)));
        Assert.Equal(2L, (await transaction.FindByAsync(fixture.Table, "name", "two"))!["id"]);
        Assert.Null(await transaction.FindByAsync(fixture.Table, "name", "name 2"));
        Assert.Null(await transaction.FindByAsync(fixture.Table, "name", "name 3"));
        Assert.Equal(4L, (await transaction.FindByAsync(fixture.Table, "name", "name 4"))!["id"]);
        Assert.Equal("1 2 4", string.Join(' ', await IdsAsync(fixture, transaction)));
        Assert.Equal((3, 3), (await transaction.CountAsync(fixture.Table), transaction.PendingRows));
        Assert.Equal((3, null), (await fixture.Table.CountAsync(), await fixture.AmountAsync(4))); // nobody else sees any of it
        Assert.Equal(3, (await transaction.CommitAsync()).Rows);
        Assert.Equal((20L, null, 4L), (await fixture.AmountAsync(2), await fixture.AmountAsync(3), await fixture.AmountAsync(4)));
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task Rows_without_a_key_are_changed_and_deleted_by_predicates(IsolationLevel level)
    {
        await using var fixture = await TransactionFixture.OpenAsync(shared);
        await fixture.NotesTable.InsertAsync([fixture.Note("a", 1), fixture.Note("b", 2), fixture.Note("c", 3), fixture.Note("d", 4)]);
        await using var transaction = await fixture.BeginAsync(level);
        transaction.Insert(fixture.NotesTable, fixture.Note("e", 5));
        Assert.Equal(3, await transaction.UpdateWhereAsync(fixture.NotesTable, static row => row.Get<long>("amount") >= 3, static row => TransactionFixture.Add(row, 10)));
        Assert.Equal(2, await transaction.DeleteWhereAsync(fixture.NotesTable, static row => row["text"] is "a" or "c"));
        Assert.Equal(0, await transaction.DeleteWhereAsync(fixture.NotesTable, static row => row["text"] is "a"));
        Assert.Equal(["b=2", "d=14", "e=15"], await fixture.NotesAsync(transaction));
        Assert.Equal(4, (await transaction.CommitAsync()).Rows); // a, c and d of those there were, and e
        Assert.Equal(["b=2", "d=14", "e=15"], await fixture.NotesAsync());
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task A_row_may_be_written_again_and_again_in_one_transaction(IsolationLevel level)
    {
        await using var fixture = await TransactionFixture.OpenAsync(shared);
        await fixture.Table.InsertAsync(fixture.Account(1, 1));
        await using var transaction = await fixture.BeginAsync(level);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(transaction.Update(fixture.Table, fixture.Account(1, 10 + i)));
            transaction.Upsert(fixture.Table, fixture.Account(2, 20 + i));
            Assert.True(transaction.Delete(fixture.Table, 1L));
            Assert.False(transaction.Delete(fixture.Table, 1L));
            Assert.False(transaction.Update(fixture.Table, fixture.Account(1, 0)));
            Assert.True(transaction.InsertIfAbsent(fixture.Table, fixture.Account(1, 30 + i)));
            Assert.False(transaction.InsertIfAbsent(fixture.Table, fixture.Account(1, 0)));
        }

        Assert.Equal(2, (await transaction.CommitAsync()).Rows);
        Assert.Equal((39L, 29L), (await fixture.AmountAsync(1), await fixture.AmountAsync(2)));
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task A_row_that_was_inserted_and_deleted_leaves_nothing(IsolationLevel level)
    {
        await using var fixture = await TransactionFixture.OpenAsync(shared);
        await using var transaction = await fixture.BeginAsync(level);
        transaction.Insert(fixture.Table, fixture.Account(1, 1));
        transaction.Insert(fixture.NotesTable, fixture.Note("a", 1));
        Assert.True(transaction.Delete(fixture.Table, 1L));
        Assert.Equal(1, await transaction.DeleteWhereAsync(fixture.NotesTable, static _ => true));
        Assert.Equal(0, (await transaction.CommitAsync()).Rows);
        Assert.Equal((0, 0), (await fixture.Table.CountAsync(), await fixture.NotesTable.CountAsync()));
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task Primary_keys_and_unique_values_may_be_changed_and_exchanged(IsolationLevel level)
    {
        await using var fixture = await TransactionFixture.OpenAsync(shared);
        await fixture.Table.InsertAsync([fixture.Account(1, 1), fixture.Account(2, 2), fixture.Account(3, 3)]);
        await using var transaction = await fixture.BeginAsync(level);
        Assert.Equal(3, await transaction.UpdateWhereAsync(fixture.Table, static _ => true, static row => TransactionFixture.With(row, "id", row.Get<long>("id") + 1)));
        Assert.Equal(2, await transaction.UpdateWhereAsync(fixture.Table, static row => row.Get<long>("id") < 4,
            static row => TransactionFixture.With(row, "name", row["name"] is "name 1" ? "name 2" : "name 1")));
        transaction.Insert(fixture.Table, fixture.Account(1, 9, "new")); // the key that the first row gave up
        var expected = new[] { "2 name 2 1", "3 name 1 2", "4 name 3 3", "1 new 9" };
        Assert.Equal(expected, await RowsAsync(transaction.ScanAsync(fixture.Table)));
        Assert.Equal(3L, (await transaction.FindByAsync(fixture.Table, "name", "name 1"))!["id"]);
        Assert.Equal(4, (await transaction.CommitAsync()).Rows);
        Assert.Equal(expected, await RowsAsync(fixture.Table.ScanAsync()));
        Assert.Equal((9L, 1L, 2L, 3L), (await fixture.AmountAsync(1), await fixture.AmountAsync(2), await fixture.AmountAsync(3), await fixture.AmountAsync(4)));
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task A_statement_that_fails_says_so_at_once_and_leaves_the_transaction_as_it_was(IsolationLevel level)
    {
        await using var fixture = await TransactionFixture.OpenAsync(shared);
        await fixture.Table.InsertAsync([fixture.Account(1, 1), fixture.Account(2, 2)]);
        await using var transaction = await fixture.BeginAsync(level);
        transaction.Insert(fixture.Table, fixture.Account(3, 3));
        var taken = Assert.Throws<HeliosException>(() => transaction.Insert(fixture.Table, fixture.Account(9, 9, "name 1")));
        Assert.Equal(("duplicate_key", fixture.Table.Name, "name", "name"), (taken.Code, taken.Table, taken.Constraint, taken.Column));
        Fails("duplicate_key", () => transaction.Insert(fixture.Table, fixture.Account(1, 9, "other")));
        Fails("duplicate_key", () => transaction.Insert(fixture.Table, fixture.Account(3, 9, "other")));
        Fails("duplicate_key", () => transaction.Upsert(fixture.Table, fixture.Account(9, 9, "name 3")));
        Fails("duplicate_key", () => transaction.Update(fixture.Table, fixture.Account(1, 9, "name 2")));
        Fails("not_null", () => transaction.Insert(fixture.Table, fixture.Table.NewRow()));
        Fails("type_mismatch", () => transaction.Insert(fixture.Table, TransactionFixture.With(fixture.Account(9, 9), "amount", "much")));
        await Assert.ThrowsAsync<HeliosException>(async () => await transaction.UpdateWhereAsync(fixture.Table, static _ => true, static row => TransactionFixture.With(row, "name", "the same")));
        await Assert.ThrowsAsync<InvalidTimeZoneException>(async () => await transaction.DeleteWhereAsync(fixture.Table, static row => row.Get<long>("id") < 2 ? true : throw new InvalidTimeZoneException()));
        Assert.Throws<InvalidOperationException>(() => transaction.Update(fixture.NotesTable, fixture.Note("a", 1)));
        Assert.Equal(6, await fixture.SumAsync(transaction));
        Assert.Equal(1, (await transaction.CommitAsync()).Rows);

        static void Fails(string code, Action statement) => Assert.Equal(code, Assert.Throws<HeliosException>(statement).Code);
    }

    [Fact]
    public async Task A_scan_shows_each_row_once_while_the_transaction_writes()
    {
        await using var fixture = await TransactionFixture.OpenAsync(shared);
        await fixture.Table.InsertAsync(Enumerable.Range(1, 5).Select(id => fixture.Account(id, id)));
        await using var transaction = await fixture.BeginAsync();
        transaction.Insert(fixture.Table, fixture.Account(6, 6));
        var shown = new List<(long, long)>();
        await foreach (var row in transaction.ScanAsync(fixture.Table))
        {
            var id = row.Get<long>("id");
            shown.Add((id, row.Get<long>("amount")));
            transaction.Update(fixture.Table, fixture.Account(id, 100 + id));
            transaction.Upsert(fixture.Table, fixture.Account(10 + id, 1)); // not shown: it is new
            if (id == 2)
                transaction.Delete(fixture.Table, 3L);
            if (id == 4)
                transaction.Update(fixture.Table, fixture.Account(5, 50));
        }

        Assert.Equal([(1L, 1L), (2L, 2L), (4L, 4L), (5L, 50L), (6L, 6L)], shown);
        Assert.Equal(10, await transaction.CountAsync(fixture.Table));
    }

    [Fact]
    public async Task A_deleted_row_is_still_there_for_a_snapshot_from_before()
    {
        await using var fixture = await TransactionFixture.OpenAsync(shared);
        await fixture.Table.InsertAsync(fixture.Account(1, 1));
        await using var before = await fixture.BeginAsync();
        await using (var deleting = await fixture.BeginAsync())
        {
            Assert.True(deleting.Delete(fixture.Table, 1L));
            await deleting.CommitAsync();
        }

        await using var after = await fixture.BeginAsync();
        Assert.Equal((1L, null), (await fixture.AmountAsync(before, 1), await fixture.AmountAsync(after, 1)));
        Assert.Equal((1L, 0L), (await before.CountAsync(fixture.Table), await after.CountAsync(fixture.Table)));
        Assert.NotNull(await before.FindByAsync(fixture.Table, "name", "name 1"));
        Assert.True(before.Snapshot < after.Snapshot);
        Assert.True(before.Update(fixture.Table, fixture.Account(1, 7)));
        await TransactionFixture.ConflictAsync(before);
        Assert.Null(await fixture.AmountAsync(1));
    }

    private static async Task<long[]> IdsAsync(TransactionFixture fixture, Transaction transaction)
    {
        var ids = new List<long>();
        await foreach (var row in transaction.ScanAsync(fixture.Table))
            ids.Add(row.Get<long>("id"));
        return [.. ids];
    }

    private static async Task<string[]> RowsAsync(IAsyncEnumerable<Row> rows)
    {
        var found = new List<string>();
        await foreach (var row in rows)
            found.Add($"{row["id"]} {row["name"]} {row["amount"]}");
        return [.. found];
    }
}
