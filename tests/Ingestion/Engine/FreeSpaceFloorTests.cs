using System.Diagnostics.Metrics;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class FreeSpaceFloorTests
{
    private const long Floor = 1_000_000;

    private static readonly TimeSpan s_tooLong = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Below_the_floor_inserts_are_refused_all_else_goes_on_and_inserts_are_taken_again_by_themselves()
    {
        await using var fixture = new EngineFixture();
        var free = Floor;
        fixture.Files.Free = _ => Volatile.Read(ref free);
        await using (var engine = await HeliosEngine.OpenAsync(fixture.Path, Options(fixture)))
        {
            var table = await engine.TableAsync("things", EngineFixture.Schema);
            await table.InsertAsync(EngineFixture.Row(table, 1));
            await table.InsertAsync(EngineFixture.Row(table, 2));

            Measure(engine, ref free, Floor - 1);
            Assert.True(engine.IsLowOnSpace);
            Assert.Equal(EngineState.Running, engine.State);
            Assert.Equal(new SpaceInspection(Floor - 1, Floor, true), engine.Inspect().Space);
            var refused = await Assert.ThrowsAsync<HeliosException>(() => table.InsertAsync(EngineFixture.Row(table, 3)).AsTask());
            Assert.Equal((HeliosErrorKind.Unavailable, "disk_full", true), (refused.Kind, refused.Code, refused.IsTransient));
            Assert.Equal("disk_full", (await table.TryInsertAsync(EngineFixture.Row(table, 3))).Error!.Code);
            Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(() => engine.TableAsync("more", EngineFixture.Schema))).Code);

            Assert.NotNull(await KeyedWrite.DeleteAsync(engine, table.Plan, Key(table, 1), default));
            await engine.CheckpointAsync();
            Assert.Null(await table.FindAsync(1L));
            Assert.Equal(1, await table.CountAsync());

            Measure(engine, ref free, Floor + (Floor / 4) - 1);
            Assert.Equal("disk_full", (await table.TryInsertAsync(EngineFixture.Row(table, 3))).Error!.Code);
            Measure(engine, ref free, Floor + (Floor / 4));
            Assert.False(engine.IsLowOnSpace);
            await table.InsertAsync(EngineFixture.Row(table, 3));
            Measure(engine, ref free, 0);
        }

        // Closing and opening work there too, and recovery is not refused.
        await using var again = await HeliosEngine.OpenAsync(fixture.Path, Options(fixture));
        var reopened = again.FindTable("things")!;
        Assert.True(again.IsLowOnSpace);
        Assert.Equal(2, await reopened.CountAsync());
        Assert.Equal("disk_full", (await reopened.TryInsertAsync(EngineFixture.Row(reopened, 4))).Error!.Code);
    }

    [Fact]
    public async Task Whoever_waits_to_insert_is_refused_when_the_disk_turns_low_and_what_was_admitted_is_stored()
    {
        await using var fixture = new EngineFixture();
        var free = long.MaxValue;
        fixture.Files.Free = _ => Volatile.Read(ref free);
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, Options(fixture) with { MaxQueuedBytes = 1 << 20 });
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        using var slow = new ManualResetEventSlim();
        fixture.Files.Before = (call, path) =>
        {
            if (call == FileCall.Sync && path.EndsWith(".wal", StringComparison.Ordinal))
                slow.Wait(s_tooLong);
        };
        var commits = Enumerable.Range(0, 100).Select(i => table.InsertAsync(EngineFixture.Row(table, i, $"{i} {new string('x', 30_000)}")).AsTask()).ToArray();
        Assert.True(engine.WritePath.Gate.Waits > 0);

        Measure(engine, ref free, 0);
        slow.Set();
        var stored = 0;
        foreach (var commit in commits)
        {
            try
            {
                await commit.WaitAsync(s_tooLong);
                stored++;
            }
            catch (HeliosException error)
            {
                Assert.Equal("disk_full", error.Code);
            }
        }

        Assert.InRange(stored, 1, commits.Length - 1);
        Assert.Equal(stored, await table.CountAsync());
    }

    [Fact]
    public async Task An_engine_that_has_resumed_after_a_full_disk_keeps_the_floor()
    {
        await using var fixture = new EngineFixture();
        var free = long.MaxValue;
        fixture.Files.Free = _ => Volatile.Read(ref free);
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, Options(fixture));
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        fixture.Files.Fail(FileCall.Write, StorageErrors.NoSpace, path: ".wal");
        Assert.False((await Assert.ThrowsAsync<HeliosException>(() => table.InsertAsync(EngineFixture.Row(table, 1)).AsTask())).IsTransient);
        fixture.Files.Heal();
        await engine.ResumeAsync();
        await table.InsertAsync(EngineFixture.Row(table, 1));

        Measure(engine, ref free, 0);
        Assert.True((await Assert.ThrowsAsync<HeliosException>(() => table.InsertAsync(EngineFixture.Row(table, 2)).AsTask())).IsTransient);
        Assert.Equal(EngineState.Running, engine.State);
        Measure(engine, ref free, long.MaxValue);
        await table.InsertAsync(EngineFixture.Row(table, 2));
    }

    [Fact]
    public async Task The_background_sample_notices_by_the_engines_clock()
    {
        await using var fixture = new EngineFixture();
        var (free, time) = (long.MaxValue, new FakeTimeProvider());
        fixture.Files.Free = _ => Volatile.Read(ref free);
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, Options(fixture) with { TimeProvider = time });
        var turned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Parts.Options.Space.TurnedLow += turned.SetResult;
        Volatile.Write(ref free, 0);
        time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(engine.IsLowOnSpace);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await turned.Task.WaitAsync(s_tooLong);
        Assert.True(engine.IsLowOnSpace);
    }

    [Fact]
    public async Task The_directory_with_less_room_counts_and_a_sample_that_fails_refuses_nobody_and_is_told_once()
    {
        await using var fixture = new EngineFixture();
        var log = new Messages();
        var (store, fails) = (0L, false);
        fixture.Files.Free = directory => fails ? throw StorageErrors.FromErrno(StorageErrors.Io, "statfs", directory)
            : directory.EndsWith("store", StringComparison.Ordinal) ? store : long.MaxValue;
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, Options(fixture) with { LoggerFactory = log });
        Assert.True(engine.IsLowOnSpace);
        engine.SampleSpace();

        fails = true;
        engine.SampleSpace();
        engine.SampleSpace();
        Assert.Equal(new SpaceInspection(null, Floor, false), engine.Inspect().Space);
        var table = await engine.TableAsync("things", EngineFixture.Schema);
        await table.InsertAsync(EngineFixture.Row(table, 1));

        (fails, store) = (false, 2 * Floor);
        engine.SampleSpace();
        engine.SampleSpace();
        Assert.Equal([2200, 2202, 2201], log.Ids.Where(id => id is >= 2200 and < 2300));
    }

    [Fact]
    public async Task The_gauge_tells_what_is_free_and_nothing_where_that_is_not_known()
    {
        await using var fixture = new EngineFixture();
        var fails = false;
        fixture.Files.Free = directory => fails ? throw StorageErrors.FromErrno(StorageErrors.Io, "statfs", directory) : 123_456_789;
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, Options(fixture));
        var told = new List<long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "helios.disk.free")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => told.Add(value)); // other tests' engines tell too
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Contains(123_456_789, told);
        told.Clear();
        fails = true;
        engine.SampleSpace();
        listener.RecordObservableInstruments();
        Assert.DoesNotContain(123_456_789, told);
    }

    [Fact]
    public void The_options_are_checked()
    {
        Assert.Equal((100L << 20, TimeSpan.FromSeconds(1)), (new HeliosOptions().FreeSpaceFloor, new HeliosOptions().FreeSpaceInterval));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { FreeSpaceFloor = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { FreeSpaceFloor = (1L << 50) + 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { FreeSpaceInterval = TimeSpan.FromMilliseconds(99) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeliosOptions { FreeSpaceInterval = TimeSpan.FromSeconds(61) });
    }

    private static byte[] Key(Table table, long id)
    {
        using var key = new ByteBuffer();
        Assert.True(KeyProbe.TryEncode(table.Plan, 0, [id], key));
        return key.Written.ToArray();
    }

    private static HeliosOptions Options(EngineFixture fixture) => fixture.Options() with { FreeSpaceFloor = Floor };

    private static void Measure(HeliosEngine engine, ref long free, long bytes)
    {
        Volatile.Write(ref free, bytes);
        engine.SampleSpace();
    }

    private sealed class Messages : ILoggerFactory, ILogger
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<int> _ids = new();

        public IEnumerable<int> Ids => _ids;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _ids.Enqueue(eventId.Id);
    }
}
