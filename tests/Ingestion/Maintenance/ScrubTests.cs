using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class ScrubTests : IAsyncLifetime
{
    private readonly EngineFixture _fixture = new();
    private readonly FakeTimeProvider _time = new();
    private readonly CollectedLog _log = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    private Task<HeliosEngine> OpenAsync(ScrubOptions? scrub = null, double? cpu = 0, MaintenanceOptions? maintenance = null) => HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe) with
    {
        Scrub = scrub ?? new ScrubOptions { Interval = TimeSpan.Zero },
        Maintenance = maintenance ?? new MaintenanceOptions(),
        Versions = new VersionOptions { IsEnabled = false },
        Cpu = new FixedCpu(cpu),
        TimeProvider = _time,
        LoggerFactory = _log,
    });

    [Fact]
    public async Task A_sound_store_is_read_whole_each_version_of_a_row_and_every_other_key()
    {
        await using var engine = await OpenAsync();
        var table = await FillAsync(engine, 1_000);
        await table.UpdateAsync(EngineFixture.Row(table, 5, "changed"));
        await table.DeleteAsync(6L);
        var told = new List<ScrubProgress>();

        var report = await engine.ScrubAsync(new Told<ScrubProgress>(told.Add));

        report.ThrowIfDamaged();
        Assert.True(report.IsSound);
        Assert.Equal(1_002, report.Rows);
        Assert.True(report.Keys >= 5, $"{report.Keys} keys"); // applied, catalog, counters, keys given up
        Assert.Equal(new ScrubProgress(report.Rows, report.Keys, report.Bytes, 0), told[^1]);
        var counters = engine.GetCounters();
        Assert.Equal((1L, 1_002L, report.Bytes, 0L), (counters.ScrubPasses, counters.ScrubbedRows, counters.ScrubbedBytes, counters.ScrubProblems));
        Assert.Contains(_log.Entries, e => e.Id == 2621);
    }

    [Fact]
    public async Task A_damaged_block_is_named_once_and_everything_else_is_read_while_the_engine_works_on()
    {
        await using var engine = await OpenAsync();
        var table = await FillAsync(engine, 30_000);
        await engine.CheckpointAsync();
        var file = Directory.GetFiles(Path.Combine(_fixture.Path, "store"), "*.sst").MaxBy(static f => new FileInfo(f).Length)!;
        ClosedDatabase.FlipByte(file, new FileInfo(file).Length / 3);

        var report = await engine.ScrubAsync();

        Assert.Equal(1, report.ProblemCount);
        Assert.Contains("cannot be read", report.Problems[0], StringComparison.Ordinal);
        Assert.InRange(report.Rows, 25_000, 29_999);
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(report.ThrowIfDamaged).Code);
        Assert.Equal(1, engine.GetCounters().ScrubProblems);
        Assert.Equal(2620, Assert.Single(_log.Entries, e => e.Level == LogLevel.Error).Id);
        Assert.Equal(EngineState.Running, engine.State);
        await table.InsertAsync(EngineFixture.Row(table, 100_000));
        Assert.NotNull(await table.FindAsync(100_000L));
        Assert.Equal(1, (await engine.ScrubAsync()).ProblemCount); // and it does not become more
    }

    [Fact]
    public async Task Rows_and_keys_that_do_not_decode_are_named_and_all_others_are_read()
    {
        await using var engine = await OpenAsync();
        var table = await FillAsync(engine, 1_000);
        var (partition, visible) = (table.Plan.Definition.Partition, engine.Visible);
        Plant(engine, batch =>
        {
            batch.PutRow(partition, new RowId(2_000), visible, [1, 2, 3]);
            batch.PutRow(partition, new RowId(2_001), visible.Next, [1, 2, 3]);
            batch.PutRow(4711, new RowId(1), visible, [1, 2, 3]);
            batch.PutMeta([0xFE, 1], [2]);
            batch.PutCounters(new TableId(4711), new TableCounters(1, new RowId(1)));
            batch.PutVacated(0xABCD, [1, 2, 3], visible, new RowId(1));
            StoredStatistics.Put(batch, table.Plan.Definition.Id, [1, 2, 3]);
        });

        var report = await engine.ScrubAsync();

        Assert.Equal(1_003, report.Rows);
        Assert.Equal(7, report.ProblemCount);
        Assert.Single(report.Problems, p => p.Contains("row 2000", StringComparison.Ordinal));
        Assert.Single(report.Problems, p => p.Contains("row 2001", StringComparison.Ordinal));
        Assert.Single(report.Problems, p => p.Contains("partition 4711", StringComparison.Ordinal));
        Assert.Single(report.Problems, p => p.Contains("no known kind", StringComparison.Ordinal));
        Assert.Single(report.Problems, p => p.Contains("counters of table 4711", StringComparison.Ordinal));
        Assert.Single(report.Problems, p => p.Contains($"index {0xABCD}", StringComparison.Ordinal));
        Assert.Equal(EngineState.Running, engine.State);
    }

    [Fact]
    public async Task Of_many_problems_the_first_hundred_are_named_and_all_are_counted()
    {
        await using var engine = await OpenAsync();
        var table = await FillAsync(engine, 10);
        Plant(engine, batch =>
        {
            for (var row = 0UL; row < 150; row++)
                batch.PutRow(table.Plan.Definition.Partition, new RowId(1_000 + row), engine.Visible, [1, 2, 3]);
        });
        var report = await engine.ScrubAsync();
        Assert.Equal((160L, 150L, 100), (report.Rows, report.ProblemCount, report.Problems.Count));
        Assert.Equal(100, _log.Entries.Count(e => e.Id == 2620));
    }

    [Fact]
    public async Task Commits_new_tables_and_removals_beside_it_are_never_taken_for_damage()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe) with { FlushBytes = 64 << 10, Versions = new VersionOptions { CollectionInterval = TimeSpan.FromMilliseconds(10) } });
        var table = await FillAsync(engine, 2_000);
        var isDone = false;
        var writing = Task.Run(async () =>
        {
            for (var i = 0; !Volatile.Read(ref isDone); i++)
            {
                await table.InsertAsync(Enumerable.Range(10_000 + (i * 20), 20).Select(id => EngineFixture.Row(table, id)));
                await table.UpdateAsync(EngineFixture.Row(table, random.Next(1_000), $"changed {i}"));
                await table.DeleteAsync((long)(10_000 + (i * 20)));
                if (i % 20 == 0)
                {
                    var other = await engine.TableAsync($"other {i}", EngineFixture.Schema);
                    await other.InsertAsync(EngineFixture.Row(other, i));
                }
            }
        });

        for (var pass = 0; pass < 20; pass++)
        {
            var report = await engine.ScrubAsync();
            Assert.True(report.IsSound, $"HELIOS_SEED={seed}: {string.Join("; ", report.Problems)}");
            Assert.True(report.Rows >= 2_000);
        }

        Volatile.Write(ref isDone, true);
        await writing;
    }

    [Fact]
    public async Task The_background_reads_a_bounded_piece_each_second_rests_between_two_passes_and_goes_on_where_it_was_stopped()
    {
        await using var engine = await OpenAsync(new ScrubOptions { Interval = TimeSpan.FromHours(1), BytesPerSecond = 64 << 10 });
        await FillAsync(engine, 10_000);
        await TickAsync(engine, 10);
        Assert.Equal(0, engine.Scrub.Bytes);

        _time.Advance(TimeSpan.FromHours(1));
        for (var ticks = 0; engine.Scrub.Passes == 0; ticks++)
        {
            Assert.True(ticks < 100, "it does not come to its end");
            var before = engine.Scrub.Bytes;
            await TickAsync(engine, 1);
            Assert.InRange(engine.Scrub.Bytes - before, 0, 4 * (64 << 10)); // some intervals go by while one is waited for
            await engine.Scrub.StopAsync();
            engine.Scrub.Start();
        }

        Assert.True(engine.Scrub.Bytes > 4 * (64 << 10), $"{engine.Scrub.Bytes} bytes");
        Assert.Equal(10_000, engine.Scrub.Rows); // none twice, though it was stopped after each piece
        await TickAsync(engine, 10);
        Assert.Equal((1L, 10_000L), (engine.Scrub.Passes, engine.Scrub.Rows));
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(null)]
    public async Task It_waits_for_a_processor_but_not_for_ever(double? cpu)
    {
        await using var engine = await OpenAsync(new ScrubOptions { Interval = TimeSpan.FromSeconds(1), MaxWait = TimeSpan.FromSeconds(100) }, cpu);
        await FillAsync(engine, 100);
        await TickAsync(engine, 20);
        Assert.Equal(0, engine.Scrub.Bytes);
        _time.Advance(TimeSpan.FromSeconds(100));
        await TickAsync(engine, 2);
        Assert.Equal(1, engine.Scrub.Passes);
    }

    [Fact]
    public async Task The_first_piece_of_a_pass_waits_for_a_processor_too_however_long_it_has_rested()
    {
        await using var engine = await OpenAsync(new ScrubOptions { Interval = TimeSpan.FromHours(1), MaxWait = TimeSpan.FromSeconds(100) }, cpu: 1);
        await FillAsync(engine, 100);
        await _time.PassAsync(TimeSpan.FromHours(1), engine.Scrub);
        for (var second = 0; second < 99; second++)
            await _time.PassAsync(TimeSpan.FromSeconds(1), engine.Scrub);
        Assert.Equal(0, engine.Scrub.Bytes);
        await _time.PassAsync(TimeSpan.FromSeconds(1), engine.Scrub);
        Assert.Equal(1, engine.Scrub.Passes);
    }

    [Fact]
    public async Task Where_it_is_switched_off_it_runs_only_when_it_is_asked_to()
    {
        await using var engine = await OpenAsync();
        Assert.False(Assert.Single(engine.GetCounters().Stages, s => s.Name == "scrub").IsRunning);
        await FillAsync(engine, 10);
        Assert.Equal(10, (await engine.ScrubAsync()).Rows);
    }

    [Fact]
    public async Task It_can_be_given_up_and_a_close_ends_it()
    {
        var engine = await OpenAsync();
        await FillAsync(engine, 100_000);
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.ScrubAsync(new Told<ScrubProgress>(_ => stop.Cancel()), stop.Token));
        Assert.Equal(0, engine.Scrub.Passes);

        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var scrubbing = engine.ScrubAsync(new Told<ScrubProgress>(_ =>
        {
            begun.TrySetResult();
            Wait(goOn.Task);
        }));
        await begun.Task;
        var closing = engine.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted); // it waits for the piece in hand
        goOn.SetResult();
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => scrubbing)).Code);
        await closing;
        Assert.Equal("closed", (await Assert.ThrowsAsync<HeliosException>(() => engine.ScrubAsync())).Code);
    }

    [Fact]
    public async Task An_encrypted_store_is_decrypted_and_read_too()
    {
        using var database = await ClosedDatabase.CreateAsync(DatabaseFiles.Key(1));
        await using var engine = await HeliosEngine.OpenAsync(database.Path, database.Options);
        var report = await engine.ScrubAsync();
        report.ThrowIfDamaged();
        Assert.InRange(report.Rows, 102, 110); // 100 things, 2 of the source, the one that it refused
    }

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private static void Plant(HeliosEngine engine, Action<StoreBatch> damage)
    {
        using var batch = engine.Parts.Store.NewBatch();
        damage(batch);
        engine.Parts.Store.Write(batch);
    }

    private static async Task<Table> FillAsync(HeliosEngine engine, int rows)
    {
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        for (var at = 0; at < rows; at += 5_000)
            await table.InsertAsync(Enumerable.Range(at, Math.Min(5_000, rows - at)).Select(i => EngineFixture.Row(table, i, $"{i:000000} {i * 7919L:x}")));
        return table;
    }

    private async Task TickAsync(HeliosEngine engine, int intervals)
    {
        for (var i = 0; i < intervals; i++)
        {
            var before = engine.Scrub.Report.Runs;
            for (var look = 0; engine.Scrub.Report.Runs == before; look++)
            {
                Assert.True(look < 1_000_000, "the stage does not run");
                if (look % 10_000 == 0)
                    _time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }
        }
    }

    private sealed class Told<T>(Action<T> tell) : IProgress<T>
    {
        public void Report(T value) => tell(value);
    }

    private sealed class FixedCpu(double? share) : ICpuGauge
    {
        public double? Sample() => share;
    }

    private sealed class CollectedLog : ILoggerFactory, ILogger
    {
        private readonly List<(int Id, LogLevel Level)> _entries = [];

        public IReadOnlyList<(int Id, LogLevel Level)> Entries
        {
            get
            {
                lock (_entries)
                    return [.. _entries];
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_entries)
                _entries.Add((eventId.Id, logLevel));
        }

        public void Dispose() => _entries.Clear();
    }
}
