using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A pass over a store of which single blocks are damaged, and over one that grows while it is read.</summary>
public sealed class ScrubDamageTests
{
    private const int Piece = 16 << 10;

    [Fact]
    public async Task A_damaged_block_is_one_problem_whatever_stands_in_it_and_no_sound_row_is_another()
    {
        await using var fixture = new EngineFixture();
        await using (var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(SafetyLevel.Unsafe)))
        {
            var table = await engine.TableAsync("things", EngineFixture.Schema);
            await table.InsertAsync(Enumerable.Range(0, 2_000).Select(id => EngineFixture.Row(table, id)));
            await engine.CheckpointAsync();
            for (var id = 0; id < 20; id++)
                await table.UpdateAsync(EngineFixture.Row(table, id, $"changed {id}"));
        }

        // The catalog and the applied state are among what is damaged: without the one no row can be held against its table, without the other none against the end of the log.
        var directory = Path.Combine(fixture.Path, "store");
        var (_, rows) = Scrub(directory);
        var unread = 0;
        foreach (var file in Directory.GetFiles(directory, "*.sst"))
        {
            ClosedDatabase.FlipByte(file, 20);
            var (problems, read) = Scrub(directory);
            ClosedDatabase.FlipByte(file, 20);
            Assert.True(problems.Count == 1, $"{problems.Count} problems: {string.Join("; ", problems)}");
            unread += read < rows ? 1 : 0;
        }

        Assert.Equal(2, unread); // files of rows: the others are read whole
        Assert.Empty(Scrub(directory).Problems);
    }

    [Fact]
    public async Task A_pass_ends_though_a_table_grows_as_fast_as_it_is_read_and_the_tables_behind_it_are_read()
    {
        var time = new FakeTimeProvider();
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(SafetyLevel.Unsafe) with { TimeProvider = time });
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        var behind = await engine.TableAsync("behind", EngineFixture.Schema);
        await table.InsertAsync(Enumerable.Range(0, 1_000).Select(id => EngineFixture.Row(table, id)));
        await behind.InsertAsync(Enumerable.Range(0, 500).Select(id => EngineFixture.Row(behind, id)));
        var findings = new ScrubFindings();
        using var walk = new ScrubWalk(engine.Parts.Store, findings);

        var next = 1_000;
        while (walk.Step(Piece, default))
        {
            Assert.True(next < 20_000, $"it has read {findings.Rows} rows and is still at the first table");
            await table.InsertAsync(Enumerable.Range(next, 1_000).Select(id => EngineFixture.Row(table, id)));
            next += 1_000;
            time.Advance(TimeSpan.FromSeconds(1)); // an iterator that is so old is replaced, and the next one sees what has come since
        }

        Assert.Equal(0, findings.Problems);
        Assert.InRange(findings.Rows, 1_500, 10_000);
    }

    [Fact]
    public async Task It_can_be_given_up_while_it_looks_for_a_way_around_damage()
    {
        await using var fixture = new EngineFixture();
        await using (var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(SafetyLevel.Unsafe)))
        {
            var table = await engine.TableAsync("things", EngineFixture.Schema);
            await table.InsertAsync(Enumerable.Range(0, 1_000).Select(id => EngineFixture.Row(table, id)));
        }

        var directory = Path.Combine(fixture.Path, "store");
        ClosedDatabase.FlipByte(Directory.GetFiles(directory, "*.sst").MaxBy(static file => new FileInfo(file).Length)!, 20);
        using var store = RocksStore.Open(directory, new StoreOptions(), create: false);
        using var stop = new CancellationTokenSource();
        var findings = new ScrubFindings { Found = _ => stop.Cancel() };
        using var walk = new ScrubWalk(store, findings);
        Assert.Throws<OperationCanceledException>(() => walk.Step(1 << 20, stop.Token));
        Assert.Equal((0L, 1L), (findings.Rows, findings.Problems)); // of the rows behind it none was read
    }

    [Fact]
    public async Task A_definition_of_a_table_that_does_not_decode_is_one_problem_not_one_for_each_row()
    {
        Assert.StartsWith("The definition of table 16", await ScrubWithAsync(static (table, batch) =>
        {
            var key = new byte[KeySpace.CatalogKeySize];
            KeyWriter.Catalog(key, table.Plan.Definition.Id, table.Engine.Visible);
            batch.PutMeta(key, [1, 2, 3]);
        }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entry_of_an_index_that_nobody_could_read_is_told()
    {
        Assert.Contains("entry of a key of index", await ScrubWithAsync(static (table, batch) =>
        {
            var key = new byte[16];
            batch.PutMeta(key.AsSpan(0, KeyWriter.Spilled(key, table.Plan.Definition.Indexes[0].Id, [1, 2, 3], null)), [1, 2, 3]);
        }), StringComparison.Ordinal);
    }

    /// <summary>The one problem of a table of 100 rows with something planted beside it.</summary>
    private static async Task<string> ScrubWithAsync(Action<Table, StoreBatch> plant)
    {
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(SafetyLevel.Unsafe));
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        using (var batch = engine.Parts.Store.NewBatch())
        {
            plant(table, batch); // as of the commit that made the table
            engine.Parts.Store.Write(batch);
        }

        await table.InsertAsync(Enumerable.Range(0, 100).Select(id => EngineFixture.Row(table, id)));
        var report = await engine.ScrubAsync();
        Assert.Equal(100, report.Rows);
        return Assert.Single(report.Problems);
    }

    /// <summary>Reads a store that nobody has open: nothing of it is in a cache.</summary>
    private static (IReadOnlyList<string> Problems, long Rows) Scrub(string directory)
    {
        using var store = RocksStore.Open(directory, new StoreOptions(), create: false);
        var findings = new ScrubFindings();
        using var walk = new ScrubWalk(store, findings);
        while (walk.Step(1 << 20, default))
        {
        }

        Assert.Equal(Math.Min(findings.Problems, ScrubFindings.MostNamed), findings.Named.Count);
        return (findings.Named, findings.Rows);
    }
}
