using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Wal;

public sealed class WalWriterTests
{
    [Fact]
    public void What_was_appended_is_read_back_after_reopening()
    {
        var files = new MemoryFiles();
        using (var log = new WalFixture(files))
        {
            for (var i = 0; i < 500; i++)
                log.Append(payloadBytes: i * 7 % 3000);
            log.Writer.Sync();
            Assert.Equal(new Lsn(500), log.Writer.Durable);
        }

        using var reopened = new WalFixture(files, isNew: false);

        Assert.Equal(new Lsn(500), reopened.Recovered.Head);
        Assert.Null(reopened.Recovered.Cut);
        Assert.True(reopened.Recovered.Segments.Count > 10);
        Assert.Equal(Enumerable.Range(1, 500).Select(i => new Lsn((ulong)i)), WalFixture.ReadBack(files, new Lsn(500)));
    }

    [Fact]
    public void Every_header_field_comes_back_as_it_was_written()
    {
        var files = new MemoryFiles();
        using var log = new WalFixture(files);
        log.Append();
        log.Writer.Sync();
        var before = log.Writer.LastCrc;
        log.Writer.Append(WalFixture.Frame(new Lsn(2)), new Lsn(2), commits: 7, commitTime: -5, WalFlags.Compressed);

        using var reader = log.Writer.Read(new Lsn(3)); // in the middle of the frame
        Assert.True(reader.TryRead(new Lsn(8), out var frame));

        Assert.True(frame.IsIntact && frame.IsSane);
        Assert.Equal((WalFormat.Version, WalFlags.Compressed, 0u, 0u, 0UL), (frame.Version, frame.Flags, frame.KeyId, frame.Partition, frame.Counter));
        Assert.Equal((WalFixture.Database, 1UL, 1UL), (frame.DatabaseId, frame.Epoch, frame.SegmentId));
        Assert.Equal((2UL, 7u, 8UL, 1UL), (frame.First.Value, frame.Commits, frame.Last.Value, frame.Durable.Value));
        Assert.Equal((before, log.Writer.LastCrc, -5L), (frame.PreviousCrc, frame.Crc, frame.CommitTime));
        Assert.Equal(new Lsn(8), log.Writer.Head);
    }

    [Fact]
    public void One_sync_covers_all_that_was_appended_and_none_is_made_for_nothing()
    {
        using var log = new WalFixture(new MemoryFiles(), new WalOptions());
        for (var i = 0; i < 100; i++)
            log.Append();
        Assert.Equal(0, log.Writer.SyncCount);

        Assert.Equal(new Lsn(100), log.Writer.Sync());
        Assert.Equal(new Lsn(100), log.Writer.Sync());

        Assert.Equal((1, 100L * (WalFrame.HeaderSize + 100)), (log.Writer.SyncCount, log.Writer.Bytes));
    }

    [Fact]
    public void A_segment_that_is_not_filled_is_left_only_when_a_sync_has_covered_it()
    {
        var files = new FaultyFiles(new MemoryFiles());
        using var log = new WalFixture(files, new WalOptions { SegmentBytes = [16 << 10], ZeroFill = false, MaxSegmentBytes = 100 << 10 });
        log.Append(payloadBytes: 10_000);
        var before = files.Count(FileCall.Sync);
        for (var i = 0; i < 8; i++)
            log.Append(payloadBytes: 10_000);
        Assert.Equal((0, 2), (log.Writer.SyncCount, log.Writer.Segments.Count));

        log.Writer.Sync();
        log.Append(payloadBytes: 10_000);
        log.Append(payloadBytes: 10_000);

        Assert.Equal((before + 1, 1, 3), (files.Count(FileCall.Sync), log.Writer.SyncCount, log.Writer.Segments.Count));
        Assert.Equal(9 * (10_000 + WalFrame.HeaderSize) + WalSegmentHeader.Size, log.Writer.Segments[1].Bytes);
        Assert.Equal(log.Writer.TotalBytes, log.Writer.Segments.Sum(segment => segment.Bytes));
        Assert.Equal(11, WalFixture.ReadBack(files, log.Writer.Head).Count);
    }

    [Fact]
    public void A_segment_that_is_not_filled_has_an_end_all_the_same()
    {
        using var log = new WalFixture(new MemoryFiles(), new WalOptions { SegmentBytes = [16 << 10], ZeroFill = false, MaxSegmentBytes = 40 << 10 });
        for (var i = 0; i < 8; i++)
            log.Append(payloadBytes: 10_000);

        Assert.Equal((2, 4), (log.Writer.SyncCount, log.Writer.Segments.Count));
        Assert.All(log.Writer.Segments, segment => Assert.InRange(segment.Bytes, 0, 40 << 10));
    }

    [Fact]
    public void A_frame_larger_than_a_segment_gets_one_of_its_own_size()
    {
        var files = new MemoryFiles();
        using (var log = new WalFixture(files, new WalOptions { SegmentBytes = [16 << 10] }))
        {
            log.Append();
            log.Writer.PrepareSpare(); // made for small ones
            log.Append(payloadBytes: 100_000);
            log.Append(payloadBytes: WalFormat.MaxPayload);
            log.Append();
            log.Writer.Sync();
            Assert.Throws<ArgumentOutOfRangeException>(() => log.Append(payloadBytes: WalFormat.MaxPayload + 1));
            Assert.Equal([0, 1, 2, 3, 4], log.Writer.Segments.Select(segment => (int)segment.Id));
        }

        var recovered = WalRecovery.Open(files, WalFixture.Directory, WalFixture.Database, WalFixture.Small, new WalExpectation { MustReach = new Lsn(4) });

        Assert.Equal(4UL, recovered.Head.Value);
        Assert.Equal(4, WalFixture.ReadBack(files, new Lsn(4)).Count);
    }

    [Fact]
    public void A_frame_must_have_the_next_lsn()
    {
        using var log = new WalFixture(new MemoryFiles());
        log.Append();

        Assert.Throws<ArgumentOutOfRangeException>(() => log.Writer.Append(WalFixture.Frame(new Lsn(3)), new Lsn(3), 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Writer.Append(WalFixture.Frame(new Lsn(1)), new Lsn(1), 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Writer.Append(WalFixture.Frame(new Lsn(2)), new Lsn(2), 0, 0));

        Assert.Equal(new Lsn(2), log.Append());
    }

    [Fact]
    public void An_open_after_a_crash_raises_the_epoch_and_skips_lsns_and_one_after_a_clean_close_does_not()
    {
        var files = new MemoryFiles();
        WalPosition? clean;
        using (var log = new WalFixture(files))
        {
            log.Append();
            Assert.Null(log.Writer.CleanPosition); // not synced
            log.Writer.Sync();
            clean = log.Writer.CleanPosition;
        }

        using (var log = new WalFixture(files, isNew: false, expectation: new WalExpectation { CleanClose = clean }))
        {
            Assert.Equal((new Lsn(2), 2UL), (log.Writer.Next, log.Writer.Epoch));
            log.Append();
            log.Writer.Sync();
        }

        using (var log = new WalFixture(files, isNew: false, expectation: new WalExpectation { CleanClose = clean })) // of the close before
        {
            Assert.Equal((new Lsn(2), new Lsn(1003), 3UL), (log.Writer.Head, log.Writer.Next, log.Writer.Epoch));
            Assert.Null(log.Writer.CleanPosition); // nothing was appended, so nothing says that 1,000 LSNs are passed over
            log.Append();
            log.Writer.Sync();
        }

        Assert.Equal([new Lsn(1), new Lsn(2), new Lsn(1003)], WalFixture.ReadBack(files, new Lsn(1003)));
    }

    [Fact]
    public void Reopening_again_and_again_without_appending_leaves_the_log_as_it_is()
    {
        var files = new MemoryFiles();
        using (var log = new WalFixture(files))
        {
            log.Append();
            log.Writer.Sync();
        }

        using (new WalFixture(files, isNew: false))
        {
        }

        var names = files.List(WalFixture.Directory);
        var bytes = files.ReadAll(names[^1]);
        for (var i = 0; i < 3; i++)
        {
            using var log = new WalFixture(files, isNew: false);
            Assert.False(log.Writer.NeedsSpare);
            Assert.Equal((new Lsn(1), 1UL, new Lsn(1002)), (log.Recovered.Head, log.Recovered.Epoch, log.Recovered.Next));
        }

        Assert.Equal(names, files.List(WalFixture.Directory));
        Assert.Equal(bytes, files.ReadAll(names[^1]));
    }

    [Fact]
    public void The_appender_syncs_by_itself_before_more_lsns_are_unsynced_than_an_open_skips()
    {
        using var log = new WalFixture(new MemoryFiles(), new WalOptions { LsnSkip = 10 });
        for (var i = 0; i < 5; i++)
            log.Append(commits: 4);

        Assert.True(log.Writer.Head.Value - log.Writer.Durable.Value <= 10);
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Append(commits: 11));
    }

    [Fact]
    public void Trimming_deletes_whole_old_segments_and_never_the_newest()
    {
        var files = new MemoryFiles();
        using var log = new WalFixture(files);
        for (var i = 0; i < 60; i++)
            log.Append(payloadBytes: 1900);
        log.Writer.Sync();
        var total = log.Writer.TotalBytes;
        var third = log.Writer.Segments[3];
        Assert.Equal((new Lsn(1), true), (log.Writer.Oldest, third.Last > third.First));

        log.Writer.TrimBelow(third.Last); // one short of all of it

        Assert.Equal((third.First, third.Id), (log.Writer.Oldest, log.Writer.Segments[0].Id));
        Assert.True(log.Writer.TotalBytes < total);
        Assert.Empty(files.Unsynced);
        var error = WalFixture.FailsWith("lsn_too_old", () => log.Writer.Read(new Lsn(third.First.Value - 1)));
        Assert.Contains($"the oldest it has is {third.First}", error.Message, StringComparison.Ordinal);
        Assert.Equal(third.First, WalFixture.ReadBack(files, new Lsn(60), third.First)[0]);

        log.Writer.TrimBelow(Lsn.Max);
        Assert.Single(log.Writer.Segments);
        log.Append();
        log.Writer.Sync();
        Assert.Equal(61UL, WalRecovery.Open(files.AfterKill(), WalFixture.Directory, WalFixture.Database, log.Options, new WalExpectation { MustReach = new Lsn(61) }).Head.Value);
    }

    [Fact]
    public void A_spare_is_wanted_once_a_quarter_is_used_and_taken_at_the_next_roll()
    {
        var files = new FaultyFiles(new MemoryFiles());
        using var log = new WalFixture(files);
        log.Append();
        Assert.False(log.Writer.NeedsSpare);
        log.Append(payloadBytes: 8000);
        Assert.True(log.Writer.NeedsSpare);
        log.Writer.PrepareSpare();
        Assert.False(log.Writer.NeedsSpare);
        var created = files.Count(FileCall.Create);

        log.Append(payloadBytes: 25_000);

        Assert.Equal((created, 2UL), (files.Count(FileCall.Create), log.Writer.Segments[^1].Id));
    }

    [Fact]
    public void Appending_and_syncing_allocate_nothing()
    {
        var directory = Path.Combine(Path.GetTempPath(), "helios-wal-" + Path.GetRandomFileName());
        PhysicalFiles.Instance.CreateDirectory(directory);
        try
        {
            var options = new WalOptions();
            var recovered = WalRecovery.Open(PhysicalFiles.Instance, directory, WalFixture.Database, options, new WalExpectation { IsNew = true });
            using var writer = new WalWriter(PhysicalFiles.Instance, directory, WalFixture.Database, options, recovered);
            var frame = WalFixture.Frame(new Lsn(1), 200);
            Run(20);

            var before = GC.GetAllocatedBytesForCurrentThread();
            Run(500);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

            void Run(int count)
            {
                for (var i = 0; i < count; i++)
                {
                    writer.Append(frame, writer.Next, 1, 0);
                    if (i % 10 == 0)
                        writer.Sync();
                }
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
