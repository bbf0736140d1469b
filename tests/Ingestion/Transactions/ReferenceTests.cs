using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Transactions;

/// <summary>Rows that refer to rows, in a transaction.</summary>
public sealed class ReferenceTests
{
    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.Snapshot)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task Rows_that_refer_go_with_their_parent_in_the_commit_of_the_transaction(IsolationLevel level)
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var parents = await helios.TableAsync<Parent>();
        var children = await helios.TableAsync<Child>();
        await parents.InsertAsync([new Parent(1), new Parent(2)]);
        await children.InsertAsync([new Child(1, 1), new Child(2, 1), new Child(3, 2)]);
        await using var transaction = await helios.BeginTransactionAsync(level);
        Assert.True(transaction.Delete(parents, 1L));
        transaction.Insert(parents, new Parent(3));
        transaction.Insert(children, new Child(4, 3));
        Assert.Equal(5, (await transaction.CommitAsync()).Rows); // one parent and two children gone, two rows new
        Assert.Equal((2, 2), (await parents.CountAsync(), await children.CountAsync()));
    }

    [Fact]
    public async Task A_child_that_comes_before_the_commit_is_met_as_a_conflict_and_goes_with_its_parent_at_the_next_try()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var parents = await helios.TableAsync<Parent>();
        var children = await helios.TableAsync<Child>();
        await parents.InsertAsync(new Parent(1));
        var tries = 0;
        await helios.TransactAsync(async (transaction, _) =>
        {
            Assert.True(transaction.Delete(parents, 1L));
            if (++tries == 1)
                await children.InsertAsync(new Child(1, 1), CancellationToken.None);
        });
        Assert.Equal((2, 0, 0), (tries, await parents.CountAsync(), await children.CountAsync()));
    }

    [HeliosTable("parents")]
    public sealed record Parent([property: Key] long Id);

    [HeliosTable("children")]
    public sealed record Child([property: Key] long Id, [property: References(typeof(Parent), Name = "parent", OnDelete = ReferentialAction.Cascade)] long Parent);
}
