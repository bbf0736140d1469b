using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class FilterResumeTests
{
    [Fact]
    public async Task Rows_that_reached_the_store_right_before_the_path_failed_are_found_when_it_resumes()
    {
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(SafetyLevel.Unsafe) with { Filters = new BlockFilterOptions { BlockRows = 100, ConsolidationInterval = TimeSpan.FromDays(1) } });
        var table = await engine.TableAsync("things", new TableSchema([new Column("id", ColumnType.Int8), new Column("price", ColumnType.Float8)], ["id"]));
        await table.InsertAsync(Enumerable.Range(1, 150).Select(i => Make(table, i, 1)));
        await table.UpdateAsync(Make(table, 5, 5_000));
        var dear = engine.Visible;
        await table.UpdateAsync(Make(table, 5, 1));
        await engine.ConsolidateFiltersAsync();
        var query = table.Where("price > 1000");
        Assert.Equal(2, (await query.ExplainAsync()).Run!.BlocksSkipped);
        fixture.Files.Fail(FileCall.Write, StorageErrors.NoSpace, forEver: true, path: ".wal");
        await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync(Make(table, 1_000, 1)));
        Write(engine, dear);
        Assert.Empty(await query.ToListAsync());

        fixture.Files.Heal();
        await engine.ResumeAsync();

        Assert.Equal([5L], (await query.ToListAsync()).Select(r => r["id"]));
        await engine.ConsolidateFiltersAsync();
        var explained = await query.ExplainAsync();
        Assert.Equal((1L, 1L), (explained.Run!.RowsReturned, explained.Run.BlocksSkipped));
    }

    /// <summary>The same change once more, as Commit leaves it when RocksDB fails right after it has taken a batch: in the store, and not with Track.</summary>
    private static void Write(HeliosEngine engine, Lsn change)
    {
        using var frames = engine.Parts.Log.Read(change);
        var group = Recovery.TryMakeGroup(frames, engine.Parts.Log.Head)!;
        Assert.Equal((change, 1), (group.First, group.Commits));
        group.First = engine.Visible.Next;
        using var batch = engine.Parts.Store.NewBatch();
        StoreWriter.Add(batch, group, engine.Parts.Plans);
        batch.PutApplied(new AppliedState(group.First, group.Time, engine.Parts.Epoch));
        engine.Parts.Store.Write(batch);
    }

    private static Row Make(Table table, long id, double price)
    {
        var row = table.NewRow();
        (row["id"], row["price"]) = (id, price);
        return row;
    }
}
