using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class VacuumTests : IDisposable
{
    private const int Rows = 10_000;

    private readonly UnloggedFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task After_a_mass_delete_the_vacuum_of_that_table_alone_makes_the_files_smaller_and_leaves_others_as_they_are()
    {
        await using (var engine = await OpenAsync())
        {
            var (table, other) = (await FillAsync(engine, "things"), await FillAsync(engine, "others"));
            await Task.WhenAll(Enumerable.Range(0, 1_000).Select(id => other.UpdateAsync(Make(other, id, 2)).AsTask()));
            await table.DeleteWhereAsync(row => (long)row["id"]! >= 100);
            await engine.CheckpointAsync();
            await engine.VacuumAsync("others"); // what is rewritten is not smaller for another reason
            await Task.WhenAll(Enumerable.Range(0, 1_000).Select(id => other.UpdateAsync(Make(other, id, 3)).AsTask()));
            await engine.CheckpointAsync();
            var (before, othersDead) = (FileBytes(), DeadLeft.In(engine, other));
            Assert.Equal((1_000, 0), othersDead);
            var steps = new List<VacuumProgress>();

            var report = await engine.VacuumAsync("things", new Watching(steps));

            var done = Assert.Single(report.Tables);
            Assert.Equal(("things", 2L * (Rows - 100), 0L, (long)(Rows - 100)), (done.Table, done.VersionsRemoved, done.VersionsHeld, done.KeysRemoved));
            Assert.Equal((0, 0), DeadLeft.In(engine, table));
            Assert.Equal(othersDead, DeadLeft.In(engine, other));
            Assert.True(done.BytesAfter < done.BytesBefore / 10, $"{done.BytesBefore} bytes before, {done.BytesAfter} after");
            Assert.True(FileBytes() < before * 2 / 3, $"{before} bytes of files before, {FileBytes()} after");
            Assert.Equal((100, Rows), (await table.CountAsync(), await other.CountAsync()));
            Assert.Equal(100, (await table.Where("id >= 0").ToListAsync()).Count);
            Assert.Equal([VacuumStep.Removing, VacuumStep.Rewriting, VacuumStep.Done], steps.Select(static s => s.Step).Distinct());
        }

        await UnloggedFixture.VerifyAsync(_fixture.Path);
    }

    [Fact]
    public async Task A_reader_of_before_the_deletion_sees_all_rows_during_and_after_a_vacuum()
    {
        await using var engine = await OpenAsync();
        var table = await FillAsync(engine, "things", 5_000);
        await table.DeleteWhereAsync(row => (long)row["id"]! >= 4000);
        using var between = engine.OpenSnapshot();
        await table.DeleteWhereAsync(row => (long)row["id"]! >= 10);

        var report = await engine.VacuumAsync("things");

        Assert.Equal((2_000L, 2L * 3_990), (report.VersionsRemoved, report.Tables[0].VersionsHeld));
        Assert.Equal(4_000, (await table.Where("id >= 0").At(between).ToListAsync()).Count);
        Assert.Equal(10, (await table.Where("id >= 0").ToListAsync()).Count);
        await table.InsertAsync(Enumerable.Range(1_000, 500).Select(id => Make(table, id, 9))); // keys that were given up, in rows of their own
        between.Dispose();
        Assert.Equal(2L * 3_990, (await engine.VacuumAsync("things")).VersionsRemoved);
        Assert.Equal(510, (await table.Where("id >= 0").ToListAsync()).Count);
    }

    [Fact]
    public async Task A_row_with_very_many_versions_is_removed_in_parts_and_never_comes_back_in_between()
    {
        await using var engine = await OpenAsync();
        var table = await FillAsync(engine, "things", 3);
        for (var i = 2; i < 100; i++)
            await table.UpdateAsync(Make(table, 1, i));
        await table.DeleteAsync(1L);
        var asOf = engine.Visible;
        var (removed, parts) = (0, 0);
        for (var next = new RowSweep(engine.Parts.Store, asOf, isAlone: true) { Partition = table.Plan.Definition.Partition }; next is { } sweep; parts++)
        {
            using var request = new CollectRequest(null) { AsOf = asOf };
            next = sweep.Fill(request, mostKeys: 5, mostRead: long.MaxValue, CancellationToken.None);
            if (!request.IsEmpty)
                await engine.WritePath.CollectAsync(request);
            removed += request.Versions;
            Assert.Equal(2, Live(engine, table));
        }

        Assert.Equal(100, removed);
        Assert.True(parts > 9, $"{parts} parts");
        Assert.Equal(0, DeadLeft.In(engine, table).Versions);
    }

    [Fact]
    public async Task Nothing_is_applied_ahead_of_the_log_while_files_are_rewritten()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged with { SafetyLevel = SafetyLevel.Unsafe });
        var table = await FillAsync(engine, "things", 100);
        await table.InsertAsync(Make(table, 1_000, 1));
        Assert.True(engine.Durable < engine.Visible);
        engine.Parts.Versions.BeginDurable();
        await table.InsertAsync(Make(table, 1_001, 1));
        Assert.Equal(engine.Visible, engine.Durable);
        engine.Parts.Versions.EndDurable();
        await table.InsertAsync(Make(table, 1_002, 1));
        Assert.True(engine.Durable < engine.Visible);
        await engine.VacuumAsync();
        await table.InsertAsync(Make(table, 1_003, 1));
        Assert.True(engine.Durable < engine.Visible); // it is over with the vacuum
    }

    [Fact]
    public async Task A_vacuum_can_be_cancelled_between_two_steps_and_done_again()
    {
        await using var engine = await OpenAsync();
        var table = await FillAsync(engine, "things");
        await table.DeleteWhereAsync(row => (long)row["id"]! >= 10);
        using var stop = new CancellationTokenSource();
        var removed = 0L;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.VacuumAsync("things", new Watching(onReport: progress =>
        {
            if ((removed = progress.VersionsRemoved) > 0)
                stop.Cancel();
        }), stop.Token));

        Assert.True(removed is > 0 and < 2 * (Rows - 10));
        Assert.Equal(10, (await table.Where("id >= 0").ToListAsync()).Count);
        Assert.Equal((2L * (Rows - 10)) - removed, (await engine.VacuumAsync("things")).VersionsRemoved);
    }

    [Fact]
    public async Task A_vacuum_that_runs_when_the_engine_closes_is_told_so()
    {
        var engine = await OpenAsync();
        var table = await FillAsync(engine, "things");
        await table.DeleteWhereAsync(row => (long)row["id"]! >= 10);
        Task? closing = null;
        var error = await Assert.ThrowsAsync<HeliosException>(() => engine.VacuumAsync("things", new Watching(onReport: progress =>
        {
            if (progress.VersionsRemoved > 0)
                closing ??= engine.DisposeAsync().AsTask();
        })));
        Assert.Equal("closed", error.Code);
        await closing!;
        await Assert.ThrowsAsync<HeliosException>(() => engine.VacuumAsync());
        await UnloggedFixture.VerifyAsync(_fixture.Path);
    }

    [Fact]
    public async Task There_is_no_vacuum_of_a_table_that_is_not_there()
    {
        await using var engine = await OpenAsync();
        Assert.Equal("unknown_table", (await Assert.ThrowsAsync<HeliosException>(() => engine.VacuumAsync("nothing"))).Code);
    }

    private static readonly TableSchema s_schema = new([new Column("id", ColumnType.Int8), new Column("text", ColumnType.Text)], primaryKey: ["id"]);

    /// <summary>Nothing is collected by itself.</summary>
    private Task<HeliosEngine> OpenAsync() => HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged with { Versions = new VersionOptions { IsEnabled = false } });

    private static async Task<Table> FillAsync(HeliosEngine engine, string name, int rows = Rows)
    {
        var table = await engine.TableAsync(name, s_schema);
        foreach (var ids in Enumerable.Range(0, rows).Chunk(2_000))
            await table.InsertAsync(ids.Select(id => Make(table, id, 1)));
        return table;
    }

    private static Row Make(Table table, long id, int version)
    {
        var row = table.NewRow();
        var noise = new byte[100];
        new Random((int)id + version).NextBytes(noise); // so that it does not compress
        (row["id"], row["text"]) = (id, $"{version} {Convert.ToBase64String(noise)}");
        return row;
    }

    private static int Live(HeliosEngine engine, Table table)
    {
        using var view = engine.OpenView();
        using var rows = view.Scan(table.Plan);
        var live = 0;
        while (rows.MoveNext())
            live++;
        return live;
    }

    private long FileBytes() => Directory.GetFiles(_fixture.Path, "*.sst", SearchOption.AllDirectories).Sum(static file => new FileInfo(file).Length);

    private sealed class Watching(List<VacuumProgress>? steps = null, Action<VacuumProgress>? onReport = null) : IProgress<VacuumProgress>
    {
        public void Report(VacuumProgress value)
        {
            steps?.Add(value);
            onReport?.Invoke(value);
        }
    }
}
