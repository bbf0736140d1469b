using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Spill;

/// <summary>What an open makes of indexes that were partly in the store: the same as of any others, within their budget.</summary>
public sealed class SpillRecoveryTests : IDisposable
{
    private const long Budget = SpillFixture.Budget;

    /// <summary>A tree that keeps to its budget has no more: its pieces of memory stay.</summary>
    private const long MaxTreeBytes = 8 << 20;

    private static readonly HeliosOptions s_options = SnapshotDatabase.Options with { MaxIndexBytes = Budget, SafetyLevel = SafetyLevel.Unsafe };

    private readonly SnapshotDatabase _database = new();
    private long _spilledAtOpen;

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task Any_history_of_spills_snapshots_and_kills_opens_with_the_keys_that_the_rows_make()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        var path = _database.Path;
        for (var life = 0; life < 4; life++)
        {
            await using var engine = await HeliosEngine.OpenAsync(path, s_options with { IndexSnapshots = life != 2, MaxIndexBytes = life == 1 ? null : Budget });
            for (var step = 0; step < 80; step++)
                await StepAsync(engine, random, seed);
            path = _database.Kill(path);
            await CompareAsync(path, seed);
        }

        Assert.True(_spilledAtOpen > 0, $"HELIOS_SEED={seed}");
    }

    [Fact]
    public async Task An_index_that_is_partly_in_the_store_is_left_out_of_the_snapshot_and_made_of_the_rows()
    {
        await using var engine = await HeliosEngine.OpenAsync(_database.Path, s_options);
        var large = await SnapshotDatabase.FillAsync(engine, 0, 3_000, "large", each: 500);
        await SnapshotDatabase.FillAsync(engine, 0, 30, "small");
        Assert.True(await engine.Spills!.RunNowAsync(default));
        Assert.All(large.Plan.Trees, static tree => Assert.True(tree.HasSpilled));
        var snapshot = await engine.SnapshotIndexesAsync();
        Assert.NotNull(snapshot);
        for (var id = 0; id < 60; id++) // the log completes what is in the snapshot, and says little of what is not
            await large.UpsertAsync(SnapshotDatabase.Row(large, id * 53, $"changed {id}"));
        await large.DeleteAsync(2L);
        await SnapshotDatabase.FillAsync(engine, 30, 5, "small");
        await engine.CheckpointAsync();
        await large.DeleteAsync(1L); // from here on only the log has it
        await large.UpsertAsync(SnapshotDatabase.Row(large, 4, "a new name"));
        await large.UpsertAsync(SnapshotDatabase.Row(large, 5)); // the same keys
        var tagged = SnapshotDatabase.Row(large, 6); // had no tag
        tagged["tag"] = "a new tag";
        await large.UpsertAsync(tagged);
        await SnapshotDatabase.FillAsync(engine, 35, 5, "small");

        var report = await CompareAsync(_database.Kill());
        Assert.Equal((snapshot, 30 + 30 + 20, null), (report.Snapshot, report.Keys, report.Refused));
    }

    [Fact]
    public async Task A_snapshot_is_given_up_where_entries_begin_to_go_to_the_store_while_it_is_written()
    {
        await using var engine = await HeliosEngine.OpenAsync(_database.Path, s_options with { MaxIndexBytes = 64 << 20 });
        var table = await SnapshotDatabase.FillAsync(engine, 0, 5_000, each: 1_000);
        using var file = new MemoryFiles().Create("snapshot");
        using var writer = new IndexSnapshotWriter(file, default, null);
        var (moved, lsn) = (0, engine.Recovered.Snapshots.Open());
        var walk = new Maintenance.IndexSnapshotWalk(engine.Parts, lsn, () =>
        {
            var chosen = engine.Spills!.Collect(table.Plan, 0, 5_000);
            engine.WritePath.SpillAsync(chosen).GetAwaiter().GetResult();
            moved += chosen.Evicted;
            return false;
        });
        var refusal = Assert.Throws<HeliosException>(() => walk.Run(writer, default));
        Assert.Equal((HeliosErrorKind.Busy, 5_000), (refusal.Kind, moved));
        engine.Recovered.Snapshots.Close(lsn);
        Assert.NotNull(await engine.SnapshotIndexesAsync()); // without that index
        Assert.NotNull((await CompareAsync(_database.Kill())).Snapshot);
    }

    [Fact]
    public async Task Entries_in_the_store_that_an_earlier_run_has_left_are_not_believed()
    {
        await using (var engine = await HeliosEngine.OpenAsync(_database.Path, s_options))
        {
            var table = await SnapshotDatabase.FillAsync(engine, 0, 100);
            using var key = new ByteBuffer();
            using var batch = engine.Parts.Store.NewBatch();
            Assert.True(KeyProbe.TryEncode(table.Plan, 0, [500L], key)); // nobody has it
            SpilledKeys.Put(batch, table.Plan.Definition.Indexes[0].Id, key.Written, new KeyVersion(new RowId(7), new Lsn(3), Vacated: false));
            engine.Parts.Store.Write(batch);
            await engine.CheckpointAsync();
        }

        foreach (var options in new[] { s_options with { MaxIndexBytes = null }, s_options, s_options with { IndexSnapshots = false } })
        {
            await using var engine = await HeliosEngine.OpenAsync(_database.Kill(), options);
            using var left = engine.Parts.Store.OpenMeta([KeySpace.Spilled]);
            Assert.False(left.MoveNext());
            var table = engine.FindTable("things")!;
            if (engine.Spills is not null)
                await SpillAsync(engine, table.Plan, 0); // from here on the store is asked
            Assert.Null(await table.FindAsync(500L));
            Assert.Equal(1, (await table.InsertAsync(SnapshotDatabase.Row(table, 500))).Rows);
        }
    }

    [Fact]
    public async Task A_snapshot_that_is_larger_than_the_budget_is_refused_and_so_is_one_that_the_log_makes_too_large()
    {
        await using var engine = await HeliosEngine.OpenAsync(_database.Path, s_options with { MaxIndexBytes = null });
        await FillLongAsync(engine, 0, 10);
        await engine.SnapshotIndexesAsync();
        await FillLongAsync(engine, 10, 2_500);
        await engine.CheckpointAsync();
        Assert.Contains("larger than it may be", (await CompareAsync(_database.Kill())).Refused, StringComparison.Ordinal);
        await engine.SnapshotIndexesAsync();
        Assert.Contains("larger than it may be", (await CompareAsync(_database.Kill())).Refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_log_has_and_the_store_has_not_is_taken_in_within_the_budget()
    {
        string killed;
        await using (var engine = await HeliosEngine.OpenAsync(_database.Path, s_options with { MaxIndexBytes = null }))
        {
            await FillLongAsync(engine, 0, 16_000);
            Assert.Equal(Lsn.Zero, engine.Parts.Store.FlushedLsn());
            Assert.True(engine.FindTable("things")!.Plan.Trees[1].Bytes > 2 * MaxTreeBytes);
            killed = _database.Kill();
        }

        await using var again = await HeliosEngine.OpenAsync(killed, s_options);
        Assert.True(again.Recovered.Report.Commits > 100);
        var table = again.FindTable("things")!;
        Assert.All(table.Plan.Trees, static tree => Assert.InRange(tree.Bytes, 0, MaxTreeBytes));
        Assert.True(await again.Spills!.RunNowAsync(default));
        Assert.All(table.Plan.Trees, static tree => Assert.True(tree.LiveBytes <= Budget && tree.Spilled > 0));
        Assert.All(table.Plan.Trees.Take(2), static tree => Assert.Equal(16_000, tree.Count + tree.Spilled)); // the third may lack some
        Assert.Equal("duplicate_key", (await table.TryInsertAsync(SnapshotDatabase.Row(table, 5))).Error!.Code);
        Assert.NotNull(await table.FindByAsync("name", LongName(15_999)));
    }

    [Fact]
    public async Task Without_a_log_a_kill_leaves_the_keys_of_the_last_flush()
    {
        var options = s_options with { WithoutLog = true };
        await using var engine = await HeliosEngine.OpenAsync(_database.Path, options);
        var table = await SnapshotDatabase.FillAsync(engine, 0, 2_000, each: 500);
        Assert.True(await engine.Spills!.RunNowAsync(default));
        await table.DeleteAsync(1L);
        await table.UpsertAsync(SnapshotDatabase.Row(table, 2, "a new name"));
        await engine.CheckpointAsync();
        await table.DeleteAsync(3L);
        var killed = _database.Kill();
        await CompareAsync(killed);
        await using var again = await HeliosEngine.OpenAsync(killed, options);
        var things = again.FindTable("things")!;
        Assert.Null(await things.FindAsync(1L));
        Assert.NotNull(await things.FindByAsync("name", "a new name"));
        Assert.NotNull(await things.FindAsync(3L));
        Assert.Equal("duplicate_key", (await things.TryInsertAsync(SnapshotDatabase.Row(things, 3))).Error!.Code);
        Assert.Equal(1, (await things.InsertAsync(SnapshotDatabase.Row(things, 1))).Rows);
    }

    /// <summary>Opens a killed database with a budget, with snapshots and without, and holds every key against those of an unbounded one; returns how the first one opened.</summary>
    private async Task<IndexReport> CompareAsync(string killed, int seed = 0)
    {
        await using var whole = await HeliosEngine.OpenAsync(_database.Kill(killed), s_options with { MaxIndexBytes = null, IndexSnapshots = false });
        IndexReport? first = null;
        foreach (var hasSnapshots in new[] { true, false })
        {
            var copy = _database.Kill(killed);
            await using (var engine = await HeliosEngine.OpenAsync(copy, s_options with { IndexSnapshots = hasSnapshots }))
            {
                first ??= engine.Recovered.Report.Indexes;
                _spilledAtOpen += engine.Parts.Plans.All.Sum(static plan => plan.Trees.Sum(static tree => tree.Spilled));
                Assert.True(await engine.Spills!.RunNowAsync(default)); // then nothing moves while it is counted
                Assert.True(hasSnapshots || engine.Recovered.Report.Indexes.Snapshot is null);
                foreach (var table in whole.Parts.Published.Catalog.Tables)
                    Compare(engine, whole, table, seed);
            }

            await SpillFixture.AssertSoundAsync(copy);
        }

        return first!;
    }

    private static void Compare(HeliosEngine engine, HeliosEngine whole, TableDefinition table, int seed)
    {
        var (plan, expected) = (engine.Parts.Plans[table.Id], whole.Parts.Plans[table.Id]);
        Assert.Equal(whole.Parts.Order.HighestRow(table.Id), engine.Parts.Order.HighestRow(table.Id));
        for (var i = 0; i < expected.Trees.Length; i++)
        {
            Assert.Equal((expected.Trees[i].Count, seed), (plan.Trees[i].Count + plan.Trees[i].Spilled, seed));
            Assert.False(plan.Trees[i].IsBeyondLimit);
            var cursor = expected.Trees[i].OpenCursor(Lsn.Max);
            cursor.Seek([]);
            while (cursor.MoveNext())
            {
                Assert.True(IndexLookup.TryFind(plan, i, cursor.Key, engine.Visible, engine.Parts.Store, out var found), $"HELIOS_SEED={seed}");
                Assert.Equal((cursor.Version, seed), (found, seed));
            }
        }
    }

    private static async Task StepAsync(HeliosEngine engine, Random random, int seed)
    {
        var table = await engine.TableAsync($"t{random.Next(3)}", SnapshotDatabase.Schema);
        var id = (long)random.Next(400);
        try
        {
            switch (random.Next(12))
            {
                case 0:
                    await engine.SnapshotIndexesAsync();
                    break;
                case 1:
                    await engine.CheckpointAsync();
                    break;
                case 2 or 3:
                    await table.DeleteAsync(id);
                    break;
                case 4 or 5:
                    await table.UpsertAsync(RowOf(id, $"updated {id} {random.Next(3)}", random.Next(3) == 0 ? null : random.Next(400)));
                    break;
                case 6 or 7 when engine.Spills is not null:
                    await SpillAsync(engine, table.Plan, random.Next(table.Plan.UniqueCount));
                    break;
                default:
                    await table.InsertAsync(Enumerable.Range(0, random.Next(1, 20)).Select(i => RowOf(id + (400 * i), $"name {id + (400 * i)}", (int)id + (400 * i))), OnReject.RejectRow);
                    break;
            }
        }
        catch (HeliosException error) when (error.Kind is HeliosErrorKind.Conflict or HeliosErrorKind.Invalid)
        {
            Assert.True(error.Code.Length > 0, $"HELIOS_SEED={seed}"); // a key that is there, or a row that is not
        }

        // So long that some hundred have no room.
        Row RowOf(long id, string name, int? tag)
        {
            var row = SnapshotDatabase.Row(table, id, $"{name} {new string('n', 300)}");
            row["tag"] = tag is null ? null : $"tag {tag} {new string('t', 300)}";
            return row;
        }
    }

    private static async Task SpillAsync(HeliosEngine engine, TablePlan plan, int index)
    {
        var chosen = engine.Spills!.Collect(plan, index, 1_000);
        if (chosen.Count > 0)
            await engine.WritePath.SpillAsync(chosen);
    }

    private static string LongName(int id) => $"{id * 7919 % 100_003} {new string('n', 1_200)}";

    private static async Task FillLongAsync(HeliosEngine engine, int first, int count)
    {
        var table = await engine.TableAsync("things", SnapshotDatabase.Schema);
        for (var at = first; at < first + count; at += 100)
            await table.InsertAsync(Enumerable.Range(at, Math.Min(100, first + count - at)).Select(id => SnapshotDatabase.Row(table, id, LongName(id))));
    }
}
