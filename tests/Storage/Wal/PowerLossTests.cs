using System.Globalization;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Wal;

public sealed class PowerLossTests
{
    /// <summary>Runs of random traffic; HELIOS_LOG_RUNS for another number.</summary>
    private static int Runs => int.Parse(Environment.GetEnvironmentVariable("HELIOS_LOG_RUNS") ?? "500", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(true, 64 << 10)]
    [InlineData(false, 64 << 10)]
    [InlineData(false, 8 << 10)] // what is not synced goes on past the segment's size
    public void Whatever_pages_a_power_loss_keeps_the_log_opens_with_a_prefix_that_has_everything_durable(bool zeroFill, int segmentBytes)
    {
        var files = new MemoryFiles();
        using var log = new WalFixture(files, new WalOptions { SegmentBytes = [segmentBytes], LsnSkip = 1000, ZeroFill = zeroFill });
        for (var i = 0; i < 3; i++)
            log.Append();
        log.Writer.Sync();
        for (var i = 0; i < 10; i++)
            log.Append(payloadBytes: i % 3 == 0 ? 9000 : 1500);

        var unsynced = files.Unsynced;
        Assert.InRange(unsynced.Count, 10, 14);
        var heads = new HashSet<ulong>();
        for (var subset = 0; subset < 1 << unsynced.Count; subset++)
            heads.Add(OpensWithPrefix(files, unsynced, subset, durable: new Lsn(3), appended: new Lsn(13)).Head.Value);

        Assert.True(heads.Count >= 5 && heads.Min() == 3 && heads.Max() == 13, string.Join(' ', heads.Order())); // frames that share a page come together
    }

    [Fact]
    public void Frames_over_a_segment_roll_and_a_prepared_spare_survive_every_power_loss_as_a_prefix()
    {
        var files = new MemoryFiles();
        using var log = new WalFixture(files, new WalOptions { SegmentBytes = [16 << 10], LsnSkip = 1000 });
        log.Append(payloadBytes: 11_000);
        log.Writer.PrepareSpare();
        log.Append(payloadBytes: 4000);
        log.Append(payloadBytes: 3000);
        log.Writer.PrepareSpare();

        var unsynced = files.Unsynced;
        Assert.InRange(unsynced.Count, 2, 12);
        for (var subset = 0; subset < 1 << unsynced.Count; subset++)
            OpensWithPrefix(files, unsynced, subset, durable: log.Writer.Durable, appended: log.Writer.Head);
    }

    [Fact]
    public void Segments_that_were_left_without_a_frame_survive_every_power_loss_with_those_behind_them()
    {
        var files = new MemoryFiles();
        using var log = new WalFixture(files, new WalOptions { SegmentBytes = [16 << 10], LsnSkip = 1000 });
        log.Append();
        log.Writer.Sync();
        log.Writer.BeginSegment(); // as a resumption does, which may fail behind it and be repeated
        log.Writer.BeginSegment();
        log.Writer.BeginSegment();
        log.Append();

        var unsynced = files.Unsynced;
        Assert.InRange(unsynced.Count, 1, 12);
        for (var subset = 0; subset < 1 << unsynced.Count; subset++)
            OpensWithPrefix(files, unsynced, subset, durable: log.Writer.Durable, appended: log.Writer.Head);
    }

    [Fact]
    public void A_power_loss_at_any_call_leaves_a_log_that_opens_with_everything_durable()
    {
        var seed = TestSeed.Next();
        try
        {
            for (var run = 0; run < Runs; run++)
                PowerLossAtEveryCall(new Random(seed + run), planted: null);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"HELIOS_SEED={seed}", error);
        }
    }

    [Theory]
    [InlineData(nameof(FileCall.Sync))]
    [InlineData(nameof(FileCall.SyncDirectory))]
    public void A_log_that_does_not_sync_is_caught_by_the_same_test(string call)
    {
        var planted = Enum.Parse<FileCall>(call);

        var caught = 0;
        for (var run = 0; run < 40; run++)
        {
            try
            {
                PowerLossAtEveryCall(new Random(run), planted);
            }
            catch (HeliosException refused) when (refused.Code == "corrupt")
            {
                caught++; // what was answered as durable is gone, and recovery says so
            }
            catch (Xunit.Sdk.TrueException)
            {
                caught++; // … or the test does
            }
        }

        Assert.True(caught > 0);
    }

    [Fact]
    public void Without_a_directory_sync_a_new_segment_vanishes()
    {
        var memory = new MemoryFiles();
        var faulty = new FaultyFiles(memory);
        using var log = new WalFixture(faulty);
        faulty.Skipped.Add(FileCall.SyncDirectory);
        log.Append();
        Assert.Equal(new Lsn(1), log.Writer.Sync());

        using var after = new WalFixture(memory.AfterPowerLoss(static _ => false), isNew: false);

        Assert.Equal(Lsn.Zero, after.Recovered.Head); // acknowledged and gone: so the model sees what a directory sync is for
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Trimming_never_leaves_a_segment_alone_whose_header_is_not_durable(bool zeroFill)
    {
        var files = new MemoryFiles();
        using var log = new WalFixture(files, new WalOptions { SegmentBytes = [16 << 10], LsnSkip = 1000, ZeroFill = zeroFill });
        log.Append(payloadBytes: 11_000);
        log.Writer.Sync();
        log.Append(payloadBytes: 11_000); // begins a segment
        log.Writer.TrimBelow(log.Writer.Durable.Next);

        var after = files.AfterPowerLoss(static _ => false);
        Assert.Equal(new Lsn(1), WalRecovery.Open(after, WalFixture.Directory, WalFixture.Database, WalFixture.Small, new WalExpectation { MustReach = new Lsn(1) }).Head);

        log.Writer.Sync();
        log.Writer.TrimBelow(log.Writer.Durable.Next);
        Assert.Single(log.Writer.Segments);
    }

    [Fact]
    public void Frames_found_after_a_failed_sync_are_written_again_before_they_count_as_durable()
    {
        var memory = new MemoryFiles();
        var faulty = new FaultyFiles(memory);
        var log = new WalFixture(faulty);
        log.Append();
        log.Writer.Sync();
        var path = log.Writer.Segments[^1].Path;
        log.Append(payloadBytes: 6000);
        faulty.Fail(FileCall.Sync, StorageErrors.Io);
        faulty.Failing = (_, file) => memory.ForgetDirtyPages(file); // what Linux does
        WalFixture.FailsWith("durability_lost", () => log.Writer.Sync());
        log.Dispose();

        using var reopened = new WalFixture(memory, isNew: false);
        Assert.Equal(new Lsn(2), reopened.Recovered.Head);

        var after = memory.AfterPowerLoss(static _ => false);
        Assert.Equal([new Lsn(1), new Lsn(2)], WalFixture.ReadBack(after, new Lsn(2)));
        Assert.Contains(path, after.List(WalFixture.Directory));
    }

    /// <summary>Random traffic over several reopenings; before each call to the file system the power may fail, and a random part of what is unsynced stays.</summary>
    private static void PowerLossAtEveryCall(Random random, FileCall? planted)
    {
        var files = new MemoryFiles();
        var isNew = true;
        var durable = Lsn.Zero;
        var shown = new Dictionary<Lsn, int>(); // LSN → the process that gave it out
        for (var process = 0; process < 4; process++)
        {
            var faulty = new FaultyFiles(files);
            if (planted is { } defect && !isNew)
                faulty.Skipped.Add(defect);
            var calls = random.Next(1, 60);
            var zeroFill = random.Next(2) == 0;
            faulty.Before = (_, _) =>
            {
                if (--calls <= 0) // and all later ones: clean-up code must not run on a dead machine
                    throw new PowerFailedException();
            };
            WalFixture? log = null;
            var made = false;
            try
            {
                log = new WalFixture(faulty, new WalOptions { SegmentBytes = [12 << 10], LsnSkip = 100, ZeroFill = zeroFill, MaxSegmentBytes = 24 << 10 }, isNew,
                    new WalExpectation { MustReach = isNew ? Lsn.Zero : durable });
                made = true;
                Assert.True(log.Recovered.Head >= durable, $"LSN {durable} was durable, the log ends at {log.Recovered.Head}");
                durable = log.Recovered.Head;
                while (true)
                {
                    var first = log.Append(random.Next(6000), commits: random.Next(1, 5));
                    for (var lsn = first; lsn <= log.Writer.Head; lsn = lsn.Next)
                        Assert.True(shown.TryAdd(lsn, process) || shown[lsn] == process, $"LSN {lsn} was given out twice");
                    if (random.Next(3) == 0)
                        durable = log.Writer.Sync();
                    if (random.Next(4) == 0)
                        log.Writer.PrepareSpare();
                    if (random.Next(8) == 0)
                        log.Writer.TrimBelow(log.Writer.Durable);
                    durable = log.Writer.Durable;
                }
            }
            catch (PowerFailedException)
            {
                if (log is not null)
                    durable = log.Writer.Durable;
                log?.Dispose();
            }

            isNew = isNew && !made;
            var share = random.Next(5) / 4.0;
            files = random.Next(5) == 0 ? files.AfterKill() : files.AfterPowerLoss(_ => random.NextDouble() < share);
        }
    }

    private static WalRecovered OpensWithPrefix(MemoryFiles files, IReadOnlyList<UnsyncedItem> unsynced, int subset, Lsn durable, Lsn appended)
    {
        var kept = new HashSet<UnsyncedItem>(unsynced.Where((_, i) => (subset >> i & 1) != 0));
        var after = files.AfterPowerLoss(kept.Contains);
        var recovered = WalRecovery.Open(after, WalFixture.Directory, WalFixture.Database, WalFixture.Small, new WalExpectation { MustReach = durable });

        Assert.InRange(recovered.Head.Value, durable.Value, appended.Value);
        var expected = Enumerable.Range(1, (int)recovered.Head.Value).Select(i => new Lsn((ulong)i));
        Assert.Equal(expected, WalFixture.ReadBack(after, recovered.Head));
        Assert.Empty(after.Unsynced); // what was found is durable now

        var again = WalRecovery.Open(after, WalFixture.Directory, WalFixture.Database, WalFixture.Small, new WalExpectation { MustReach = durable });
        Assert.Null(again.Cut);
        Assert.Equal((recovered.Head, recovered.LastCrc, recovered.Epoch, recovered.Next), (again.Head, again.LastCrc, again.Epoch, again.Next));
        return recovered;
    }

    private sealed class PowerFailedException : Exception;
}
