using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>Rows that go or change with those that they refer to: for the transaction at the end of the statement, for others with its commit.</summary>
public sealed class ReferenceActionTests(SharedEngine shared) : IClassFixture<SharedEngine>
{
    public static TheoryData<IsolationLevel, bool> LevelsAndTimes => new()
    {
        { IsolationLevel.ReadCommitted, false }, { IsolationLevel.Snapshot, false }, { IsolationLevel.Serializable, false }, { IsolationLevel.Snapshot, true },
    };

    [Theory]
    [MemberData(nameof(LevelsAndTimes))]
    public async Task Rows_that_refer_go_with_their_parent_stored_ones_and_own_ones(IsolationLevel level, bool isDeferred)
    {
        var tables = await ReferenceTables.OpenAsync(shared, key => key with { OnDelete = ReferentialAction.Cascade, IsDeferred = isDeferred });
        await tables.Parents.InsertAsync([tables.Parent(1), tables.Parent(2)]);
        await tables.Children.InsertAsync([tables.Child(1, 1), tables.Child(2, 1), tables.Child(3, 2)]);
        await using var transaction = await tables.BeginAsync(level);
        transaction.Insert(tables.Children, tables.Child(4, 1));
        Assert.True(transaction.Update(tables.Children, tables.Child(3, 1)));
        Assert.True(transaction.Update(tables.Children, tables.Child(2, 2)));
        var savepoint = transaction.Save();
        Assert.True(transaction.Delete(tables.Parents, 1L));
        Assert.Equal(["2->2"], await tables.ChildrenAsync(transaction));
        transaction.RollbackTo(savepoint);
        Assert.Equal(["1->1", "2->2", "3->1", "4->1"], await tables.ChildrenAsync(transaction));
        Assert.True(transaction.Delete(tables.Parents, 1L));
        Assert.Equal(4, (await transaction.CommitAsync()).Rows); // the parent, rows 1 and 3, and row 2 that was changed
        Assert.Equal(["2->2"], await tables.ChildrenAsync());
    }

    [Theory]
    [InlineData(ReferentialAction.Cascade, "1->2", "2->1", "3->2")]
    [InlineData(ReferentialAction.SetNull, "1->", "2->", "3->")]
    [InlineData(ReferentialAction.SetDefault, "1->0", "2->0", "3->0")]
    public async Task Rows_that_refer_change_with_keys_that_are_exchanged(ReferentialAction action, params string[] expected)
    {
        var tables = await ReferenceTables.OpenAsync(shared, key => key with { OnUpdate = action });
        await tables.Parents.InsertAsync([tables.Parent(0), tables.Parent(1), tables.Parent(2)]);
        await tables.Children.InsertAsync([tables.Child(1, 1), tables.Child(2, 2)]);
        await using var transaction = await tables.BeginAsync();
        transaction.Insert(tables.Children, tables.Child(3, 1));
        Assert.Equal(2, await transaction.UpdateWhereAsync(tables.Parents, static row => row.Get<long>("id") > 0, static row => TransactionFixture.With(row, "id", 3 - row.Get<long>("id"))));
        Assert.Equal(expected, await tables.ChildrenAsync(transaction));
        Assert.Equal(5, (await transaction.CommitAsync()).Rows);
        Assert.Equal(expected, await tables.ChildrenAsync());
    }

    [Fact]
    public async Task A_row_that_refers_by_two_foreign_keys_lets_go_of_both()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var cities = await helios.TableAsync<City>();
        var trips = await helios.TableAsync<Trip>();
        await cities.InsertAsync([new City(1, null), new City(2, 1), new City(3, 2), new City(4, 3)]);
        await trips.InsertAsync([new Trip(1, 1, 2), new Trip(2, 2, 4), new Trip(3, 4, 4)]);
        await using var transaction = await helios.BeginTransactionAsync();
        Assert.True(transaction.Delete(cities, 1)); // and 2 and 3 and 4 with it
        Assert.Equal(0, await transaction.CountAsync(cities));
        Assert.Equal(new Trip(1, null, null), await transaction.FindAsync(trips, 1));
        Assert.Equal(7, (await transaction.CommitAsync()).Rows);
        Assert.Equal((new Trip(2, null, null), new Trip(3, null, null)), (await trips.FindAsync(2), await trips.FindAsync(3)));
    }

    [Fact]
    public async Task A_default_that_nobody_has_takes_the_statement_back()
    {
        var tables = await ReferenceTables.OpenAsync(shared, static key => key with { OnDelete = ReferentialAction.SetDefault });
        await tables.Parents.InsertAsync(tables.Parent(1));
        await tables.Children.InsertAsync(tables.Child(1, 1));
        await using var transaction = await tables.BeginAsync();
        tables.Refuses(() => transaction.Delete(tables.Parents, 1L));
        Assert.Equal(["1->1"], await tables.ChildrenAsync(transaction));
        transaction.Insert(tables.Parents, tables.Parent(0));
        Assert.True(transaction.Delete(tables.Parents, 1L));
        tables.Refuses(() => transaction.Delete(tables.Parents, 0L)); // the default is the row that goes
        Assert.Equal(3, (await transaction.CommitAsync()).Rows);
        Assert.Equal(["1->0"], await tables.ChildrenAsync());
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.Snapshot)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task What_goes_with_its_parent_rests_on_what_was_read_at_every_level(IsolationLevel level)
    {
        var tables = await ReferenceTables.OpenAsync(shared, static key => key with { OnDelete = ReferentialAction.Cascade });
        await tables.Parents.InsertAsync([tables.Parent(1), tables.Parent(2)]);
        await tables.Children.InsertAsync(tables.Child(1, 1));
        await using var transaction = await tables.BeginAsync(level);
        Assert.True(transaction.Delete(tables.Parents, 1L));
        await tables.Children.UpdateAsync(tables.Child(1, 2)); // refers to another one by now
        await TransactionFixture.ConflictAsync(transaction);
        Assert.Equal(["1->2"], await tables.ChildrenAsync());
        Assert.Equal(2, await tables.Parents.CountAsync());
    }

    [Fact]
    public async Task A_child_that_comes_before_the_commit_is_met_as_a_conflict_and_goes_with_its_parent_at_the_next_try()
    {
        var tables = await ReferenceTables.OpenAsync(shared, static key => key with { OnDelete = ReferentialAction.Cascade });
        await tables.Parents.InsertAsync(tables.Parent(1));
        var tries = 0;
        await shared.Engine.TransactAsync(async (transaction, _) =>
        {
            Assert.True(transaction.Delete(tables.Parents, 1L));
            if (++tries == 1)
                await tables.Children.InsertAsync(tables.Child(1, 1), CancellationToken.None);
        });
        Assert.Equal((2, 0, 0), (tries, await tables.Parents.CountAsync(), await tables.Children.CountAsync()));
    }

    [HeliosTable("cities")]
    public sealed record City([property: Key] int Id, [property: References("cities", Name = "capital", OnDelete = ReferentialAction.Cascade)] int? Capital);

    [HeliosTable("trips")]
    public sealed record Trip(
        [property: Key] int Id,
        [property: References(typeof(City), Name = "from", OnDelete = ReferentialAction.SetNull)] int? From,
        [property: References(typeof(City), Name = "to", OnDelete = ReferentialAction.SetNull)] int? To);
}
