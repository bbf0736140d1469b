using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>Rows that refer to rows, in a transaction: judged at the end of each statement, or at the commit where the foreign key is deferred.</summary>
public sealed class ReferenceTests(SharedEngine shared) : IClassFixture<SharedEngine>
{
    public static TheoryData<IsolationLevel> Levels => [IsolationLevel.ReadCommitted, IsolationLevel.Snapshot, IsolationLevel.Serializable];

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task A_row_that_refers_to_nothing_is_refused_by_its_statement_and_the_transaction_goes_on(IsolationLevel level)
    {
        var tables = await ReferenceTables.OpenAsync(shared, static key => key);
        await tables.Parents.InsertAsync(tables.Parent(1));
        await using var transaction = await tables.BeginAsync(level);
        tables.Refuses(() => transaction.Insert(tables.Children, tables.Child(1, 9)));
        transaction.Insert(tables.Children, tables.Child(1, 1));
        tables.Refuses(() => transaction.Update(tables.Children, tables.Child(1, 9)));
        tables.Refuses(() => transaction.Upsert(tables.Children, tables.Child(2, 9)));
        await tables.RefusesAsync(async () => await transaction.UpdateWhereAsync(tables.Children, static _ => true, static row => TransactionFixture.With(row, "parent", 9L)));
        transaction.Insert(tables.Parents, tables.Parent(9)); // now it is there, for this transaction
        transaction.Insert(tables.Children, tables.Child(2, 9));
        transaction.Insert(tables.Children, tables.Child(3, null));
        Assert.Equal(4, (await transaction.CommitAsync()).Rows);
        Assert.Equal(["1->1", "2->9", "3->"], await tables.ChildrenAsync());
    }

    [Theory]
    [InlineData(ReferentialAction.NoAction, false)]
    [InlineData(ReferentialAction.Restrict, false)]
    [InlineData(ReferentialAction.Restrict, true)] // RESTRICT never waits
    public async Task A_row_that_others_refer_to_is_not_deleted_or_given_another_key_by_a_statement(ReferentialAction action, bool isDeferred)
    {
        var tables = await ReferenceTables.OpenAsync(shared, key => key with { OnDelete = action, OnUpdate = action, IsDeferred = isDeferred });
        await tables.Parents.InsertAsync([tables.Parent(1), tables.Parent(2), tables.Parent(3)]);
        await tables.Children.InsertAsync(tables.Child(1, 1));
        await using var transaction = await tables.BeginAsync();
        transaction.Insert(tables.Children, tables.Child(2, 2));
        foreach (var id in new[] { 1L, 2L }) // referred to by a stored row, and by one of its own
        {
            tables.Refuses(() => transaction.Delete(tables.Parents, id));
            await tables.RefusesAsync(async () => await transaction.UpdateWhereAsync(tables.Parents, row => row.Get<long>("id") == id, static row => TransactionFixture.With(row, "id", 9L)));
        }

        Assert.Equal(3, await transaction.CountAsync(tables.Parents));
        Assert.True(transaction.Delete(tables.Parents, 3L));
        Assert.True(transaction.Delete(tables.Children, 1L));
        Assert.True(transaction.Delete(tables.Parents, 1L)); // nobody refers to it any more
        Assert.Equal(4, (await transaction.CommitAsync()).Rows);
        Assert.Equal(["2->2"], await tables.ChildrenAsync());
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task Rows_that_refer_to_each_other_are_inserted_in_one_transaction_where_the_foreign_key_is_deferred(IsolationLevel level)
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var people = await helios.TableAsync<Person>();
        await using var transaction = await helios.BeginTransactionAsync(level);
        transaction.Insert(people, new Person(1, 2, null));
        transaction.Insert(people, new Person(2, 1, null));
        var error = Assert.Throws<HeliosException>(() => transaction.Insert(people, new Person(3, 1, 4))); // its other foreign key does not wait
        Assert.Equal(("foreign_key_violation", "boss"), (error.Code, error.Constraint));
        transaction.Insert(people, new Person(4, 4, 4)); // to itself
        Assert.Equal(3, (await transaction.CommitAsync()).Rows);
        Assert.Equal(3, await people.CountAsync());
    }

    [Fact]
    public async Task A_deferred_foreign_key_is_judged_by_what_the_commit_leaves()
    {
        var tables = await ReferenceTables.OpenAsync(shared, static key => key with { IsDeferred = true });
        await tables.Parents.InsertAsync(tables.Parent(1));
        await tables.Children.InsertAsync(tables.Child(1, 1));
        await using (var mended = await tables.BeginAsync())
        {
            Assert.True(mended.Delete(tables.Parents, 1L));
            mended.Insert(tables.Children, tables.Child(2, 7));
            mended.Insert(tables.Parents, tables.Parent(7));
            Assert.True(mended.Update(tables.Children, tables.Child(1, 7)));
            Assert.Equal(4, (await mended.CommitAsync()).Rows);
        }

        await using (var missing = await tables.BeginAsync())
        {
            missing.Insert(tables.Children, tables.Child(3, 8));
            await tables.RefusesAsync(async () => await missing.CommitAsync());
        }

        await using (var referred = await tables.BeginAsync())
        {
            Assert.True(referred.Delete(tables.Parents, 7L));
            await tables.RefusesAsync(async () => await referred.CommitAsync());
        }

        Assert.Equal(["1->7", "2->7"], await tables.ChildrenAsync());
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.Snapshot)]
    public async Task What_was_true_at_the_statement_is_judged_once_more_at_the_commit(IsolationLevel level)
    {
        var tables = await ReferenceTables.OpenAsync(shared, static key => key);
        await tables.Parents.InsertAsync([tables.Parent(1), tables.Parent(2)]);
        await using (var child = await tables.BeginAsync(level))
        {
            child.Insert(tables.Children, tables.Child(1, 1));
            await tables.Parents.DeleteAsync(1L);
            await tables.RefusesAsync(async () => await child.CommitAsync());
        }

        await using var parent = await tables.BeginAsync(level);
        Assert.True(parent.Delete(tables.Parents, 2L));
        await tables.Children.InsertAsync(tables.Child(2, 2));
        await tables.RefusesAsync(async () => await parent.CommitAsync());
        Assert.Equal(["2->2"], await tables.ChildrenAsync());
    }

    [Fact]
    public async Task A_serializable_transaction_that_was_told_of_a_row_rests_on_it()
    {
        var tables = await ReferenceTables.OpenAsync(shared, static key => key);
        await tables.Parents.InsertAsync([tables.Parent(1), tables.Parent(2)]);
        await tables.Children.InsertAsync(tables.Child(1, 1));
        await using (var told = await tables.BeginAsync(IsolationLevel.Serializable))
        {
            tables.Refuses(() => told.Delete(tables.Parents, 1L));
            told.Insert(tables.Parents, tables.Parent(10)); // because of that
            await tables.Children.DeleteAsync(1L);
            await TransactionFixture.ConflictAsync(told);
        }

        await using var other = await tables.BeginAsync(IsolationLevel.Serializable);
        other.Insert(tables.Children, tables.Child(2, 2));
        await tables.Parents.UpdateAsync(tables.Parent(2, "changed")); // it is still there, and that is all that was asked
        Assert.Equal(1, (await other.CommitAsync()).Rows);
    }

    [HeliosTable("people")]
    public sealed record Person(
        [property: Key] long Id,
        [property: References("people", Name = "friend", IsDeferred = true)] long Friend,
        [property: References("people", Name = "boss")] long? Boss);
}
