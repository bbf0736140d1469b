using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Spill;

/// <summary>Transactions and changes of constraints meet keys beyond the budget as they meet any other.</summary>
public sealed class SpillTransactionTests
{
    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.Snapshot)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task A_transaction_takes_over_and_exchanges_keys_that_are_in_the_store(IsolationLevel level)
    {
        await using var fixture = new SpillFixture();
        var (engine, table) = await fixture.OpenAsync(SpillFixture.Options(64 << 20));
        await using (engine)
        {
            await SpillFixture.FillAsync(table, 100);
            await SpillAllAsync(engine, table);
            await using (var transaction = await engine.BeginTransactionAsync(level))
            {
                Assert.True(transaction.Delete(table, 1L));
                Assert.True(transaction.Update(table, EngineFixture.Row(table, 2, SpillFixture.Name(1)))); // the name of the deleted one
                transaction.Insert(table, EngineFixture.Row(table, 1, SpillFixture.Name(2))); // its key, and the name of the changed one
                Assert.Equal("duplicate_key", Assert.Throws<HeliosException>(() => transaction.Insert(table, EngineFixture.Row(table, 3, "other"))).Code);
                Assert.Equal("duplicate_key", Assert.Throws<HeliosException>(() => transaction.Insert(table, EngineFixture.Row(table, 200, SpillFixture.Name(4)))).Code);
                await transaction.CommitAsync();
            }

            Assert.Equal((SpillFixture.Name(2), SpillFixture.Name(1)), ((string?)(await table.FindAsync(1L))!["name"], (string?)(await table.FindAsync(2L))!["name"]));
            await using (var transaction = await engine.BeginTransactionAsync(level))
            {
                Assert.NotNull(await transaction.FindAsync(table, 50L));
                Assert.True(transaction.Update(table, EngineFixture.Row(table, 51, "mine")));
                await table.UpdateAsync(EngineFixture.Row(table, 51, "before it")); // a key that comes back from the store
                Assert.Equal(level == IsolationLevel.ReadCommitted ? null : "conflict", (await Record.ExceptionAsync(() => transaction.CommitAsync().AsTask()) as HeliosException)?.Code);
            }

            Assert.Equal(100, await table.CountAsync());
        }
    }

    [Fact]
    public async Task Constraints_are_added_and_dropped_beside_keys_that_are_in_the_store()
    {
        await using var fixture = new SpillFixture();
        var options = SpillFixture.Options();
        var (engine, parents) = await fixture.OpenAsync(options);
        await using (engine)
        {
            var children = await engine.TableAsync("children", new TableSchema([new Column("id", ColumnType.Int8), new Column("parent", ColumnType.Int8)], ["id"]));
            await SpillFixture.FillAsync(parents, 5_000);
            await SpillFixture.AssertSpilledAsync(engine, parents, atLeast: 2_500);
            for (var id = 0; id < 20; id++)
                await children.InsertAsync(Child(children, id, id * 250));
            var reference = new ForeignKey("parents", ["parent"], "things");
            Assert.True((await (await engine.AddConstraintAsync("children", reference)).Completion).IsValid);
            Assert.Equal("foreign_key_violation", (await children.TryInsertAsync(Child(children, 30, 7_000))).Error!.Code);
            Assert.Equal("foreign_key_violation", (await Assert.ThrowsAsync<HeliosException>(async () => await parents.DeleteAsync(250L))).Code);
            await engine.DropConstraintAsync("children", "parents");
            await children.InsertAsync(Child(children, 30, 7_000));
            Assert.False((await (await engine.AddConstraintAsync("children", reference)).Completion).IsValid);

            await engine.DropConstraintAsync("things", "name");
            await parents.DeleteAsync(1L);
            await parents.InsertAsync(EngineFixture.Row(parents, 6_000, SpillFixture.Name(2))); // nobody minds
            await parents.DeleteAsync(6_000L);
            Assert.True((await (await engine.AddConstraintAsync("things", new UniqueConstraint("name", "name"))).Completion).IsValid);
            await AssertUniqueAsync(parents);
        }

        await SpillFixture.AssertSoundAsync(fixture.Directory);
        (engine, parents) = (await HeliosEngine.OpenAsync(fixture.Directory, options), null!);
        await using (engine)
        {
            parents = engine.FindTable("things")!;
            await SpillFixture.AssertSpilledAsync(engine, parents, atLeast: 2_500); // the new index, too, has a budget now
            await AssertUniqueAsync(parents);
        }
    }

    private static async Task AssertUniqueAsync(Table parents)
    {
        Assert.Equal("duplicate_key", (await parents.TryInsertAsync(EngineFixture.Row(parents, 6_001, SpillFixture.Name(2)))).Error!.Code);
        Assert.Equal(1, (await parents.InsertAsync(EngineFixture.Row(parents, 6_001, SpillFixture.Name(1)))).Rows);
        Assert.Equal(1, (await parents.DeleteAsync(6_001L)).Rows);
        Assert.Equal(4_999, await parents.CountAsync());
    }

    private static async Task SpillAllAsync(HeliosEngine engine, Table table)
    {
        for (var i = 0; i < table.Plan.UniqueCount; i++)
            await engine.WritePath.SpillAsync(engine.Spills!.Collect(table.Plan, i, 1_000));
        Assert.All(table.Plan.Trees, static tree => Assert.Equal((0, 100), (tree.Count, tree.Spilled)));
    }

    private static Row Child(Table children, long id, long parent)
    {
        var row = children.NewRow();
        (row["id"], row["parent"]) = (id, parent);
        return row;
    }
}
