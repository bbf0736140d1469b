using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Spill;

/// <summary>A unique index that is larger than its memory is as exact as one that is not.</summary>
public sealed class IndexSpillTests
{
    [Theory]
    [InlineData(30_000, false)]
    [InlineData(8_000, true)]
    public async Task Keys_beyond_the_budget_are_found_refused_changed_and_freed_as_those_in_memory_are(int rows, bool isEncrypted)
    {
        await using var fixture = new SpillFixture();
        var options = SpillFixture.Options(isEncrypted: isEncrypted);
        var (engine, table) = await fixture.OpenAsync(options);
        var copy = fixture.Directory + "-copy";
        try
        {
            await using (engine)
            {
                await SpillFixture.FillAsync(table, rows);
                await SpillFixture.AssertSpilledAsync(engine, table, atLeast: rows / 2);
                Assert.All(table.Plan.Trees, static tree => Assert.InRange(tree.Bytes, 0, 2 << 20)); // slabs stay, but there are few
                for (var id = 3; id < rows; id += rows / 50)
                    await ChangeAsync(table, id, rows);
                Assert.Equal(rows, await table.CountAsync());
                var seen = 0;
                await foreach (var row in table.ScanAsync())
                    seen++;
                Assert.Equal(rows, seen);
                await SpillFixture.AssertSpilledAsync(engine, table, atLeast: rows / 2);
                var inspected = Assert.Single(engine.Inspect().Tables);
                Assert.All(inspected.Indexes, index => Assert.Equal(rows, index.Keys + index.SpilledKeys));
                await engine.CheckpointAsync();
                await table.DeleteAsync(1L); // only in the log
                DatabaseFiles.Copy(fixture.Directory, copy); // what a kill leaves
            }

            foreach (var directory in new[] { fixture.Directory, copy })
            {
                await SpillFixture.AssertSoundAsync(directory, isEncrypted);
                await using var reopened = await HeliosEngine.OpenAsync(directory, options);
                var again = reopened.FindTable("things")!;
                await SpillFixture.AssertSpilledAsync(reopened, again, atLeast: rows / 2);
                Assert.Null(await again.FindAsync(1L));
                Assert.Equal("changed 3", (await again.FindAsync(3L))!["name"]);
                Assert.Equal("duplicate_key", (await again.TryInsertAsync(EngineFixture.Row(again, rows - 5, "other"))).Error!.Code);
                Assert.Equal("duplicate_key", (await again.TryInsertAsync(EngineFixture.Row(again, -1, "changed 3"))).Error!.Code);
                Assert.Equal(1, (await again.InsertAsync(EngineFixture.Row(again, 1, SpillFixture.Name(1)))).Rows);
            }

            await using var unbounded = await HeliosEngine.OpenAsync(copy, options with { MaxIndexBytes = null });
            Assert.All(unbounded.FindTable("things")!.Plan.Trees, tree => Assert.Equal((rows, 0), (tree.Count, tree.Spilled)));
        }
        finally
        {
            if (Directory.Exists(copy))
                Directory.Delete(copy, recursive: true);
        }
    }

    private static async Task ChangeAsync(Table table, int id, int rows)
    {
        Assert.Equal(SpillFixture.Name(id), (await table.FindAsync((long)id))!["name"]);
        Assert.Equal("duplicate_key", (await table.TryInsertAsync(EngineFixture.Row(table, id, "other"))).Error!.Code);
        Assert.Equal("duplicate_key", (await table.TryInsertAsync(EngineFixture.Row(table, -1, SpillFixture.Name(id)))).Error!.Code);
        var some = await table.InsertAsync([EngineFixture.Row(table, id, "other"), EngineFixture.Row(table, rows + id, $"new {id}")], OnReject.RejectRow);
        Assert.Equal((1, 0), (some.Rows, Assert.Single(some.Rejected).Row));
        Assert.Equal(1, (await table.DeleteAsync((long)(rows + id))).Rows);

        var taken = await Assert.ThrowsAsync<HeliosException>(async () => await table.UpdateAsync(EngineFixture.Row(table, id, SpillFixture.Name((id + 1) % rows))));
        Assert.Equal(("duplicate_key", "name"), (taken.Code, taken.Constraint));
        Assert.Equal(1, (await table.UpsertAsync(EngineFixture.Row(table, id, $"changed {id}"))).Rows);
        Assert.Equal($"changed {id}", (await table.FindAsync((long)id))!["name"]);
        Assert.Equal(1, (await table.InsertAsync(EngineFixture.Row(table, rows + id, SpillFixture.Name(id)))).Rows); // the name is free
        Assert.Equal(1, (await table.DeleteAsync((long)(rows + id))).Rows);
        Assert.Equal(1, (await table.DeleteAsync((long)id)).Rows);
        Assert.Null(await table.FindAsync((long)id));
        Assert.Equal(1, (await table.InsertAsync(EngineFixture.Row(table, id, $"changed {id}"))).Rows);
    }

    [Fact]
    public async Task Rows_refer_to_keys_beyond_the_budget()
    {
        await using var fixture = new SpillFixture();
        var (engine, parents) = await fixture.OpenAsync();
        await using (engine)
        {
            var children = await engine.TableAsync("children", new TableSchema(
                [new Column("id", ColumnType.Int8), new Column("parent", ColumnType.Int8)], ["id"], foreignKeys: [new ForeignKey("parent", ["parent"], "things")]));
            await SpillFixture.FillAsync(parents, 10_000);
            await SpillFixture.AssertSpilledAsync(engine, parents, atLeast: 5_000);
            await children.InsertAsync(Enumerable.Range(0, 10).Select(id => Child(id, id * 1_000)));
            Assert.Equal("foreign_key_violation", (await children.TryInsertAsync(Child(10, 10_000))).Error!.Code);
            Assert.Equal(1, Assert.Single((await children.InsertAsync([Child(11, 5), Child(12, -5)], OnReject.RejectRow)).Rejected).Row);
            Assert.Equal(1, (await children.UpsertAsync(Child(11, 77))).Rows);
            Assert.Equal("foreign_key_violation", (await Assert.ThrowsAsync<HeliosException>(async () => await children.UpsertAsync(Child(11, 10_077)))).Code);
            Assert.Equal("foreign_key_violation", (await Assert.ThrowsAsync<HeliosException>(async () => await parents.DeleteAsync(77L))).Code);
            Assert.Equal(1, (await parents.DeleteAsync(78L)).Rows);
            Assert.Equal("foreign_key_violation", (await children.TryInsertAsync(Child(13, 78))).Error!.Code);

            Row Child(long id, long parent)
            {
                var row = children.NewRow();
                (row["id"], row["parent"]) = (id, parent);
                return row;
            }
        }
    }

    [Fact]
    public void A_budget_is_none_or_64_KiB_to_64_GiB()
    {
        foreach (var good in new long?[] { null, 0, 64 << 10, 64L << 30 })
            Assert.Equal(good, new HeliosOptions { MaxIndexBytes = good }.MaxIndexBytes);
        foreach (var bad in new long[] { -1, 1, (64 << 10) - 1, (64L << 30) + 1 })
            Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { MaxIndexBytes = bad });
    }
}
