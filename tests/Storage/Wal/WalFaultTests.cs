using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Wal;

public sealed class WalFaultTests
{
    [Theory]
    [InlineData(nameof(FileCall.Sync))]
    [InlineData(nameof(FileCall.SyncDirectory))]
    public void A_failed_sync_ends_all_writing_and_is_never_tried_again(string call)
    {
        var kind = Enum.Parse<FileCall>(call);
        for (var nth = 1; ; nth++) // the first, the second, … until none fails
        {
            var memory = new MemoryFiles();
            var files = new FaultyFiles(memory);
            using var log = new WalFixture(files);
            files.Fail(kind, StorageErrors.Io, nth);
            var durable = Lsn.Zero;
            HeliosException? failure = null;
            try
            {
                for (var i = 0; i < 30; i++)
                {
                    log.Append(payloadBytes: 3000);
                    if (i % 4 == 0)
                        durable = log.Writer.Sync();
                    if (log.Writer.NeedsSpare)
                        log.Writer.PrepareSpare();
                }
            }
            catch (HeliosException error)
            {
                failure = error;
            }

            if (failure is null)
            {
                Assert.True(nth > 3);
                return;
            }

            Assert.Equal((HeliosErrorKind.Unavailable, "durability_lost"), (failure.Kind, failure.Code));
            var syncs = files.Count(FileCall.Sync) + files.Count(FileCall.SyncDirectory);
            var writes = files.Count(FileCall.Write);
            WalFixture.FailsWith("durability_lost", () => log.Append());
            WalFixture.FailsWith("durability_lost", () => log.Writer.Sync());
            WalFixture.FailsWith("durability_lost", () => log.Writer.PrepareSpare());
            Assert.Equal((syncs, writes), (files.Count(FileCall.Sync) + files.Count(FileCall.SyncDirectory), files.Count(FileCall.Write)));
            Assert.True(log.Writer.Durable >= durable);
            Assert.Null(log.Writer.CleanPosition);

            var after = memory.AfterPowerLoss(static _ => false);
            Assert.True(WalRecovery.Open(after, WalFixture.Directory, WalFixture.Database, log.Options, new WalExpectation { MustReach = log.Writer.Durable }).Head >= log.Writer.Durable);
        }
    }

    [Theory]
    [InlineData(StorageErrors.NoSpace, "disk_full", 0)]
    [InlineData(StorageErrors.NoSpace, "disk_full", 150)]
    [InlineData(StorageErrors.Io, "io_error", 0)]
    [InlineData(StorageErrors.Io, "io_error", 4097)]
    [InlineData(StorageErrors.Io, "io_error", int.MaxValue)] // all of it arrived, and yet it was refused
    public void A_refused_append_leaves_nothing_and_the_next_one_works_when_the_cause_is_gone(int errno, string code, int written)
    {
        for (var nth = 1; ; nth++)
        {
            var memory = new MemoryFiles();
            var files = new FaultyFiles(memory);
            using var log = new WalFixture(files);
            files.Fail(FileCall.Write, errno, nth, written: written);
            var refused = 0;
            while (log.Writer.Head.Value < 25)
            {
                var next = log.Writer.Next;
                try
                {
                    log.Append(payloadBytes: 5000);
                }
                catch (HeliosException error)
                {
                    Assert.Equal((HeliosErrorKind.Unavailable, code), (error.Kind, error.Code));
                    Assert.Equal(next, log.Writer.Next);
                    refused++;
                    var now = WalRecovery.Open(memory.AfterKill(), WalFixture.Directory, WalFixture.Database, log.Options, new WalExpectation { MustReach = log.Writer.Head });
                    Assert.Equal(log.Writer.Head, now.Head); // the refused commit is not there
                }
            }

            log.Writer.Sync();
            var after = memory.AfterPowerLoss(static _ => false);
            WalRecovery.Open(after, WalFixture.Directory, WalFixture.Database, log.Options, new WalExpectation { MustReach = new Lsn(25) });
            Assert.Equal(25, WalFixture.ReadBack(after, new Lsn(25)).Count);
            if (refused == 0)
            {
                Assert.True(nth > 20);
                return;
            }
        }
    }

    [Fact]
    public void A_full_disk_refuses_appends_for_as_long_as_it_lasts()
    {
        var files = new FaultyFiles(new MemoryFiles());
        using var log = new WalFixture(files);
        log.Append();
        files.Fail(FileCall.Write, StorageErrors.NoSpace, forEver: true);
        for (var i = 0; i < 5; i++)
            WalFixture.FailsWith("disk_full", () => log.Append(payloadBytes: 20_000 * (i % 2 + 1)));
        Assert.Equal(new Lsn(1), log.Writer.Sync());

        files.Heal();

        Assert.Equal(new Lsn(2), log.Append());
        Assert.Equal(new Lsn(2), log.Writer.Sync());
        Assert.Equal(2, WalFixture.ReadBack(files, new Lsn(2)).Count);
    }

    [Fact]
    public void A_refused_append_that_cannot_be_cut_back_ends_all_writing()
    {
        var files = new FaultyFiles(new MemoryFiles());
        using var log = new WalFixture(files);
        log.Append();
        files.Fail(FileCall.Write, StorageErrors.Io, written: 50);
        files.Fail(FileCall.SetLength, StorageErrors.Io);

        WalFixture.FailsWith("durability_lost", () => log.Append());
        WalFixture.FailsWith("durability_lost", () => log.Append());
    }

    [Theory]
    [InlineData(nameof(FileCall.Create))]
    [InlineData(nameof(FileCall.Delete))]
    public void A_segment_that_cannot_be_begun_refuses_the_append_only(string call)
    {
        var files = new FaultyFiles(new MemoryFiles());
        using var log = new WalFixture(files);
        log.Append();
        files.Fail(Enum.Parse<FileCall>(call), StorageErrors.TooManyOpenFiles);
        if (call == nameof(FileCall.Delete))
            files.Fail(FileCall.Write, StorageErrors.Io, nth: 1);

        WalFixture.FailsWith("io_error", () => log.Append(payloadBytes: 30_000));
        Assert.Equal(new Lsn(2), log.Append(payloadBytes: 30_000));

        log.Writer.Sync();
        Assert.Equal(2, WalFixture.ReadBack(files, new Lsn(2)).Count);
    }

    [Fact]
    public void An_open_that_fails_at_any_call_changes_no_commit_and_the_next_one_succeeds()
    {
        var image = new MemoryFiles();
        using (var log = new WalFixture(image))
        {
            for (var i = 0; i < 30; i++)
                log.Append(payloadBytes: 3000);
            log.Writer.PrepareSpare();
        }

        var newest = image.List(WalFixture.Directory).Order().ElementAt(^2);
        image.Flip(newest, WalSegmentHeader.Size + 5000); // a tail to cut
        foreach (var call in (FileCall[])[FileCall.Open, FileCall.Read, FileCall.Write, FileCall.SetLength, FileCall.Sync, FileCall.SyncDirectory, FileCall.Delete])
        {
            for (var nth = 1; ; nth++)
            {
                var memory = image.AfterKill();
                var files = new FaultyFiles(memory);
                files.Fail(call, StorageErrors.Io, nth);
                var failed = false;
                try
                {
                    WalRecovery.Open(files, WalFixture.Directory, WalFixture.Database, WalFixture.Small, default);
                }
                catch (HeliosException error)
                {
                    Assert.Equal("io_error", error.Code);
                    failed = true;
                }

                var recovered = WalRecovery.Open(memory.AfterPowerLoss(_ => nth % 2 == 0), WalFixture.Directory, WalFixture.Database, WalFixture.Small, default);
                Assert.True(recovered.Head.Value is > 20 and < 30);
                if (!failed)
                    break;
            }
        }
    }

    [Fact]
    public void A_sync_covers_only_what_was_appended_before_it_began()
    {
        var memory = new MemoryFiles();
        var files = new FaultyFiles(memory);
        using var log = new WalFixture(files);
        log.Append();
        log.Writer.Sync();
        log.Append();
        files.Before = (call, _) =>
        {
            if (call != FileCall.Sync)
                return;
            files.Before = null;
            log.Append(); // as the Log stage may while the Commit stage syncs
        };

        Assert.Equal(new Lsn(2), log.Writer.Sync());

        Assert.Equal((new Lsn(2), new Lsn(3)), (log.Writer.Durable, log.Writer.Head));
        Assert.Equal(new Lsn(3), log.Writer.Sync());
    }
}
