using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Xunit.Abstractions;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class MemoryBudgetTests(ITestOutputHelper output)
{
    private const long MiB = 1 << 20;
    private const long Least = 64 * MiB;

    private static readonly TableSchema s_schema = new([new Column("id", ColumnType.Int8), new Column("payload", ColumnType.Text)], primaryKey: ["id"]);

    private static readonly TimeSpan s_tooLong = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_budget_alone_gives_every_part_its_share()
    {
        var options = new HeliosOptions { MemoryBudget = 1_600 * MiB };
        Assert.Equal((100 * MiB, 1_000 * MiB, 100 * MiB, 100 * MiB), Parts(options));
        Assert.Equal((1_000 * MiB, 100 * MiB), (options.CacheBytes, (options with { RowCacheBytes = 1 }).FlushBytes));
        Assert.Equal((4 * MiB, 40 * MiB, 4 * MiB, 4 * MiB), Parts(new HeliosOptions { MemoryBudget = Least }));
        Assert.Equal((16L << 30, 640L << 30, 1L << 30, 64L << 30), Parts(new HeliosOptions { MemoryBudget = 1L << 40 }));
        Assert.All(new[] { Least, 1_600 * MiB, 1L << 40 }, budget => new HeliosOptions { MemoryBudget = budget }.CheckMemory());
    }

    [Fact]
    public void Without_a_budget_the_parts_are_what_they_say_and_the_budget_is_what_they_need_at_worst()
    {
        Assert.Null(new HeliosOptions().MemoryBudget);
        Assert.Equal((64 * MiB, 256 * MiB, 64 * MiB, 32 * MiB), Parts(new HeliosOptions()));
        Assert.Equal(608 * MiB, new HeliosOptions().EffectiveBudget);
        Assert.Equal((4 * 256 * MiB) + (5 * 128 * MiB) + (32 * MiB), HeliosOptions.ForBulkLoad.EffectiveBudget);
        Assert.Equal((16 * MiB, 256 * MiB, 64 * MiB, 128 * MiB), Parts(HeliosOptions.ForOltp));
        Assert.Equal((1_024 * MiB, 256 * MiB, 256 * MiB, 32 * MiB), Parts(HeliosOptions.ForMaximumPerformance));
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void A_budget_takes_the_place_of_a_presets_sizes_and_what_is_set_beside_it_holds(HeliosOptions preset)
    {
        var options = preset with { MemoryBudget = 160 * MiB };
        options.CheckMemory();
        Assert.Equal((10 * MiB, 100 * MiB, 10 * MiB, 10 * MiB), Parts(options));
        Assert.Equal(7 * MiB, (preset with { MaxQueuedBytes = 7 * MiB, MemoryBudget = 160 * MiB }).MaxQueuedBytes);
        Assert.Equal(7 * MiB, (options with { MaxQueuedBytes = 7 * MiB }).MaxQueuedBytes);
    }

    [Fact]
    public void Without_a_log_its_ring_is_a_part_of_the_budget_and_with_one_it_is_not()
    {
        var options = new HeliosOptions { SafetyLevel = SafetyLevel.Unsafe, WithoutLog = true, MemoryBudget = 160 * MiB };
        Assert.Equal(10 * MiB, options.LogRingBytes);
        var large = options with { LogRingBytes = 41 * MiB };
        Assert.Contains("LogRingBytes (42991616)", Assert.Throws<ArgumentException>(large.CheckMemory).Message);
        (large with { WithoutLog = false }).CheckMemory();
        (options with { LogRingBytes = 40 * MiB }).CheckMemory();
        Assert.Equal(new HeliosOptions().EffectiveBudget + (41 * MiB), (large with { MemoryBudget = null }).EffectiveBudget);
    }

    [Fact]
    public async Task Parts_that_are_larger_than_the_budget_are_refused_before_anything_is_touched_and_both_figures_are_named()
    {
        await using var fixture = new EngineFixture();
        var path = Path.Combine(fixture.Path, "db");
        var options = new HeliosOptions { MemoryBudget = 100 * MiB, MaxQueuedBytes = 64 * MiB, CacheBytes = 32 * MiB, RowCacheBytes = 4 * MiB };
        options.CheckMemory(); // exactly the budget
        var wrong = await Assert.ThrowsAsync<ArgumentException>(() => HeliosEngine.OpenAsync(path, options with { RowCacheBytes = (4 * MiB) + 1 }));
        Assert.Contains("add up to 104857601 bytes, but MemoryBudget is 104857600.", wrong.Message);
        await Assert.ThrowsAsync<ArgumentException>(() => HeliosEngine.OpenInMemoryAsync(options with { FlushBytes = 64 * MiB }));
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void Its_range_is_checked()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { MemoryBudget = Least - 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { MemoryBudget = (1L << 40) + 1 });
        Assert.Null(new HeliosOptions { MemoryBudget = null }.MemoryBudget);
    }

    [Fact]
    public async Task Commits_of_16_MiB_all_get_through_at_the_least_budget()
    {
        const int Commits = 6, RowsEach = 16;
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options(SafetyLevel.Async) with { MemoryBudget = Least });
        var table = await engine.TableAsync("things", s_schema);
        var payload = new string('x', (1 << 20) - 200);
        var commits = Enumerable.Range(0, Commits).Select(c => table.InsertAsync(Enumerable.Range(c * RowsEach, RowsEach).Select(i => Row(table, i, payload))).AsTask()).ToArray();
        await Task.WhenAll(commits).WaitAsync(s_tooLong);
        Assert.InRange(engine.WritePath.Gate.PeakBytes, 15 * MiB, 17 * MiB); // one at a time
        Assert.Equal(Commits * RowsEach, await table.CountAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // the same load needs more where nothing holds it
    public async Task Whatever_is_offered_queues_and_caches_stay_within_the_budget(bool isHeld)
    {
        const int Producers = 16, Bursts = 12, CommitsEach = 8, RowsEach = 4;
        await using var fixture = new EngineFixture();
        using var never = new ManualResetEventSlim();
        fixture.Files.Before = (call, path) =>
        {
            if (call == FileCall.Sync && path.EndsWith(".wal", StringComparison.Ordinal))
                never.Wait(3); // the disk takes this long
        };
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options() with { MemoryBudget = isHeld ? Least : null });
        var table = await engine.TableAsync("things", s_schema);
        var payload = new string('x', 16 << 10);
        var peak = new Peak();
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(p => Task.Run(async () =>
        {
            for (var b = 0; b < Bursts; b++)
            {
                var first = ((p * Bursts) + b) * CommitsEach * RowsEach;
                var commits = Enumerable.Range(0, CommitsEach).Select(c => table.InsertAsync(Enumerable.Range(first + (c * RowsEach), RowsEach).Select(i => Row(table, i, payload))).AsTask()).ToArray();
                foreach (var (i, commit) in commits.Index())
                {
                    await commit;
                    Assert.NotNull(await table.FindAsync((long)(first + (i * RowsEach))));
                    peak.Take(engine.SampleMemory());
                }
            }
        }))).WaitAsync(s_tooLong);

        Assert.Equal(Producers * Bursts * CommitsEach * RowsEach, await table.CountAsync());
        Assert.Equal(isHeld, engine.WritePath.Gate.Waits > 0);
        Assert.True(peak.Parts is { Queue: > 0, Batch: > 0, Memtables: > 0, Blocks: > 0, TableReaders: > 0, Rows: > 0 } || !isHeld, $"a part was never seen: {peak.Parts}");
        output.WriteLine($"at most {peak.Budgeted} bytes, {engine.WritePath.Gate.Waits} commits waited; each part at most {peak.Parts}");
        const long Bound = Least + (Least / 10);
        Assert.True(isHeld == peak.Budgeted <= Bound, $"at most {peak.Budgeted} bytes, budget {Least}; each part at most {peak.Parts}");
        var memory = engine.Inspect().Memory;
        Assert.Equal(isHeld ? Least : 608 * MiB, memory.Budget);
        Assert.True(memory.Index > 0);
    }

    public static TheoryData<HeliosOptions> Presets => [HeliosOptions.ForBulkLoad, HeliosOptions.ForMaximumPerformance, HeliosOptions.ForOltp, new HeliosOptions()];

    private static (long Queued, long Cache, long Flush, long Rows) Parts(HeliosOptions options) => (options.MaxQueuedBytes, options.CacheBytes, options.FlushBytes, options.RowCacheBytes);

    private static Row Row(Table table, long id, string payload)
    {
        var row = table.NewRow();
        row["id"] = id;
        row["payload"] = payload;
        return row;
    }

    /// <summary>The most at any sample: of the sum, and of each part by itself.</summary>
    private sealed class Peak
    {
        private readonly Lock _gate = new();

        public long Budgeted { get; private set; }

        public MemoryUse Parts { get; private set; } = new(0, 0, 0, 0, 0, 0, 0, 0);

        public void Take(MemoryUse use)
        {
            lock (_gate)
            {
                Budgeted = Math.Max(Budgeted, use.Budgeted);
                Parts = new MemoryUse(
                    Math.Max(Parts.Queue, use.Queue), Math.Max(Parts.Batch, use.Batch), Math.Max(Parts.Memtables, use.Memtables), Math.Max(Parts.Blocks, use.Blocks),
                    Math.Max(Parts.TableReaders, use.TableReaders), Math.Max(Parts.Rows, use.Rows), Math.Max(Parts.Log, use.Log), Math.Max(Parts.Index, use.Index));
            }
        }
    }
}
