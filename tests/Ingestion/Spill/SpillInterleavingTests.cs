using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Spill;

/// <summary>What may happen while entries are on their way to the store, one step at a time.</summary>
public sealed class SpillInterleavingTests
{
    private const int Rows = 100;

    /// <summary>So much that nothing goes by itself.</summary>
    private const long Roomy = 64 << 20;

    [Fact]
    public async Task A_row_that_changes_after_it_was_chosen_stays_in_memory()
    {
        await using var fixture = new SpillFixture();
        var (engine, table) = await OpenFilledAsync(fixture);
        await using (engine)
        {
            var chosen = engine.Spills!.Collect(table.Plan, 0, Rows);
            Assert.Equal(Rows, chosen.Count);
            await ChangeSomeAsync(table);
            await engine.WritePath.SpillAsync(chosen);
            Assert.Equal((Rows - 3, Rows - 3), (chosen.Count, chosen.Evicted));
            await AssertChangedAsync(table);
        }
    }

    [Fact]
    public async Task A_row_that_changes_after_the_store_has_its_entry_stays_in_memory_and_a_deleted_one_frees_its_key()
    {
        await using var fixture = new SpillFixture();
        var (engine, table) = await OpenFilledAsync(fixture);
        await using (engine)
        {
            var chosen = engine.Spills!.Collect(table.Plan, 0, Rows);
            await engine.WritePath.SendAsync(chosen);
            await chosen.Stored.Task;
            Assert.Equal(Rows, chosen.Count);
            await ChangeSomeAsync(table);
            await engine.WritePath.SendAsync(chosen);
            await chosen.Done.Task;
            Assert.Equal((Rows, Rows - 3), (chosen.Count, chosen.Evicted));
            await AssertChangedAsync(table);

            // The store's entry of the changed row is older than the tree's; once that one is spilled too, it is the newer that counts.
            await engine.WritePath.SpillAsync(engine.Spills!.Collect(table.Plan, 0, Rows));
            await AssertChangedAsync(table);
        }
    }

    [Fact]
    public async Task An_entry_that_was_spilled_comes_back_and_goes_again_with_each_change()
    {
        await using var fixture = new SpillFixture();
        var (engine, table) = await OpenFilledAsync(fixture);
        await using (engine)
        {
            for (var round = 0; round < 4; round++)
            {
                using var before = engine.OpenView();
                Assert.Equal(1, (await table.UpdateAsync(EngineFixture.Row(table, 7, $"round {round}"))).Rows);
                using var key = new ByteBuffer();
                using var row = new ByteBuffer();
                Assert.True(KeyProbe.TryEncode(table.Plan, 0, [7L], key) && before.TryFind(table.Plan, 0, key.Written, row, out _));
                Assert.Equal(round == 0 ? SpillFixture.Name(7) : $"round {round - 1}", Row.Read(table.Schema, row.Written)["name"]); // an older reader finds what was
                before.Dispose();
                await table.UpsertAsync(EngineFixture.Row(table, 1_000, $"other {round}")); // lets Constrain trim
                for (var index = 0; index < 2; index++)
                    await engine.WritePath.SpillAsync(engine.Spills!.Collect(table.Plan, index, Rows + 2));
                Assert.All(table.Plan.Trees, tree => Assert.Equal(Rows + 1, tree.Count + tree.Spilled));
                Assert.Equal($"round {round}", (await table.FindAsync(7L))!["name"]);
            }
        }
    }

    [Fact]
    public async Task What_comes_after_the_snapshot_of_a_commit_stays_in_memory_until_that_commit_is_decided()
    {
        await using var fixture = new SpillFixture();
        var (engine, table) = await OpenFilledAsync(fixture);
        await using (engine)
        {
            var undecided = WriteEnvelope.Rent();
            using (var key = new ByteBuffer())
            {
                Assert.True(KeyProbe.TryEncode(table.Plan, 0, [1L], key));
                undecided.Writes.Add(new RowWrite { Table = table.Plan.Definition.Id, Mode = RowWriteMode.Delete, Key = undecided.Writes.Keep(key.Written), After = Slice.None, Before = Slice.None });
            }

            undecided.Changes.Seal();
            new ValidateStage(engine.Parts.Plans, engine.Parts.Store, engine.Recovered.Snapshots).Validate(undecided);
            Assert.Equal(FirstRow(engine, table) + 1, undecided.Writes.All[0].Recorded.Row.Value);
            await table.UpdateAsync(EngineFixture.Row(table, 1, "later"));
            await table.InsertAsync(EngineFixture.Row(table, 2_000, "new"));
            var chosen = engine.Spills!.Collect(table.Plan, 0, Rows + 5);
            await engine.WritePath.SpillAsync(chosen);
            Assert.Equal(Rows - 1, chosen.Evicted);

            undecided.Recycle();
            await table.UpsertAsync(EngineFixture.Row(table, 1_000, "other")); // lets Constrain trim
            chosen = engine.Spills!.Collect(table.Plan, 0, Rows);
            await engine.WritePath.SpillAsync(chosen);
            Assert.Equal(3, chosen.Evicted);
        }
    }

    [Fact]
    public async Task Nothing_goes_that_an_open_reader_does_not_see_yet()
    {
        await using var fixture = new SpillFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            using (engine.OpenView())
            {
                await SpillFixture.FillAsync(table, 5_000);
                Assert.False(await engine.Spills!.RunNowAsync(default));
                Assert.All(table.Plan.Trees, static tree => Assert.Equal((5_000, 0), (tree.Count, tree.Spilled)));
            }

            await SpillFixture.AssertSpilledAsync(engine, table, atLeast: 2_500);
        }
    }

    private static ulong FirstRow(HeliosEngine engine, Table table)
    {
        using var view = engine.OpenView();
        using var rows = view.Scan(table.Plan);
        Assert.True(rows.MoveNext());
        return rows.RowId.Value;
    }

    private static async Task<(HeliosEngine Engine, Table Table)> OpenFilledAsync(SpillFixture fixture)
    {
        var (engine, table) = await fixture.OpenAsync(SpillFixture.Options(Roomy));
        await SpillFixture.FillAsync(table, Rows);
        return (engine, table);
    }

    private static async Task ChangeSomeAsync(Table table)
    {
        await table.UpdateAsync(EngineFixture.Row(table, 10, "changed"));
        await table.DeleteAsync(20L);
        await table.DeleteAsync(30L);
        await table.InsertAsync(EngineFixture.Row(table, 30, "again"));
    }

    private static async Task AssertChangedAsync(Table table)
    {
        Assert.Equal("changed", (await table.FindAsync(10L))!["name"]);
        Assert.Null(await table.FindAsync(20L));
        Assert.Equal("again", (await table.FindAsync(30L))!["name"]);
        Assert.Equal(SpillFixture.Name(40), (await table.FindAsync(40L))!["name"]);
        Assert.Equal("duplicate_key", (await table.TryInsertAsync(EngineFixture.Row(table, 30, "x"))).Error!.Code);
        Assert.Equal("duplicate_key", (await table.TryInsertAsync(EngineFixture.Row(table, 40, "x"))).Error!.Code);
        Assert.Equal(1, (await table.InsertAsync(EngineFixture.Row(table, 20, "x"))).Rows);
        Assert.Equal(1, (await table.DeleteAsync(20L)).Rows);
    }
}
