using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Wal;

/// <summary>The way from a log to none and back: every call fails once, and after every call the process or the machine ends.</summary>
public sealed class UnloggedDatabaseTests
{
    private const string Marker = "/db/unlogged";

    private static readonly UnloggedMarker s_marker = new(WalFixture.Database, Epoch: 3, Applied: new Lsn(20), Next: new Lsn(21), Reserved: 2_000);

    /// <summary>What a close, or the next open, begins: far behind the marker's numbers.</summary>
    private static readonly WalSegmentHeader s_header = new() { DatabaseId = WalFixture.Database, Before = new Lsn(25), First = s_marker.Unused(new Lsn(25)), Epoch = 4 };

    [Fact]
    public void The_format_of_the_marker_is_what_it_was()
    {
        Assert.Equal(
            "48454C494F534E4C" + "01000000" + "91E96C76" + "0A1B2C3D4E5F60718293A4B5C6D7E8F9" + "0300000000000000" + "1400000000000000" + "1500000000000000" + "D007000000000000",
            Convert.ToHexString(s_marker.Encode()));
        Assert.Equal(s_marker, UnloggedMarker.Decode(s_marker.Encode(), Marker));
    }

    [Fact]
    public void No_lsn_that_may_have_been_told_lies_at_or_behind_the_first_unused_one()
    {
        Assert.Equal(new Lsn(21 + 2_000), s_marker.Unused(new Lsn(20)));
        Assert.Equal(new Lsn(501 + 2_000), s_marker.Unused(new Lsn(500)));
        Assert.Equal(new Lsn(5_000 + 2_000), (s_marker with { Next = new Lsn(5_000) }).Unused(new Lsn(20))); // the open before had skipped
    }

    [Theory]
    [InlineData(1, 20, 20)] // next not behind applied
    [InlineData(0, 20, 21)] // no epoch
    [InlineData(1, 20, 1UL << 48)]
    public void A_marker_whose_numbers_do_not_fit_is_damage(ulong epoch, ulong applied, ulong next)
    {
        var bytes = new UnloggedMarker(WalFixture.Database, epoch, new Lsn(applied), new Lsn(next), 1).Encode();
        WalFixture.FailsWith("corrupt", () => UnloggedMarker.Decode(bytes, Marker));
    }

    [Fact]
    public void Another_databases_marker_an_older_store_and_the_last_lsn_are_refused()
    {
        var files = new MemoryFiles();
        files.WriteDurably(Marker, s_marker.Encode());
        var stranger = new UnloggedDatabase(files, Marker, WalFixture.Directory, Guid.NewGuid());
        Assert.Contains("another database", WalFixture.FailsWith("corrupt", () => stranger.Read()).Message, StringComparison.Ordinal);
        WalFixture.FailsWith("corrupt", () => Open(files).Check(s_marker, new Lsn(19)));
        Open(files).Check(s_marker, new Lsn(20));
        WalFixture.FailsWith("lsn_exhausted", () => Open(files).Check(s_marker, new Lsn(Lsn.Max.Value - 2_000)));
    }

    [Fact]
    public void A_failed_call_leaves_the_log_or_the_marker_and_the_next_attempt_succeeds()
    {
        foreach (var call in Enum.GetValues<FileCall>())
        {
            for (var nth = 1; ; nth++)
            {
                var memory = WithLog();
                var faulty = new FaultyFiles(memory);
                faulty.Fail(call, StorageErrors.Io, nth);
                if (Try(() => Open(faulty).Begin(s_marker)))
                    break;
                MustBeEither(memory, $"{call} {nth}");
                Open(memory).RemoveLeftover();
                Open(memory).Begin(s_marker);
                Assert.Equal((s_marker, 0), (Open(memory).Read(), WalFormat.ListSegments(memory, WalFixture.Directory).Count));
            }

            for (var nth = 1; ; nth++)
            {
                var memory = Unlogged();
                var faulty = new FaultyFiles(memory);
                faulty.Fail(call, StorageErrors.Io, nth);
                if (Try(() => Open(faulty).End(s_header)))
                    break;
                MustBegin(memory, $"{call} {nth}");
            }
        }
    }

    [Fact]
    public void A_process_or_machine_that_ends_at_any_call_leaves_the_log_or_the_marker_whatever_the_disk_kept()
    {
        foreach (var begins in new[] { true, false })
        {
            var states = 0;
            var memory = begins ? WithLog() : Unlogged();
            var watched = new FaultyFiles(memory)
            {
                Before = (call, path) =>
                {
                    Look(memory.AfterKill());
                    // Every subset of what no sync covers, as long as that is few.
                    var unsynced = memory.Unsynced.Count;
                    Assert.True(unsynced <= 10, $"{unsynced} things are unsynced at {call} of {path}");
                    for (var kept = 0; kept < 1 << unsynced; kept++)
                    {
                        var place = 0;
                        Look(memory.AfterPowerLoss(_ => (kept >> place++ & 1) != 0));
                    }
                },
            };
            if (begins)
                Open(watched).Begin(s_marker);
            else
                Open(watched).End(s_header);
            Look(memory.AfterPowerLoss(static _ => false));
            Assert.True(states > 10, $"{states}");
            Assert.Equal(begins, Open(memory).Read() is not null);

            void Look(MemoryFiles after)
            {
                states++;
                if (begins)
                    MustBeEither(after, $"state {states}");
                else
                    MustBegin(after, $"state {states}");
            }
        }
    }

    private static UnloggedDatabase Open(IStorageFiles files) => new(files, Marker, WalFixture.Directory, WalFixture.Database);

    /// <summary>A log of some segments, and a store (which is not here) that has all of it.</summary>
    private static MemoryFiles WithLog()
    {
        var files = new MemoryFiles();
        using (var log = new WalFixture(files, new WalOptions { SegmentBytes = [12 << 10], LsnSkip = 1_000 }))
        {
            for (var i = 0; i < 20; i++)
                log.Append(1_500);
            log.Writer.Sync();
            Assert.InRange(log.Writer.Segments.Count, 3, 8);
        }

        files.SyncDirectory("/db");
        return files;
    }

    private static MemoryFiles Unlogged()
    {
        var files = WithLog();
        files.WriteDurably(Marker, s_marker.Encode()); // as where it ended before a segment was deleted
        return files;
    }

    private static bool Try(Action act)
    {
        try
        {
            act();
            return true;
        }
        catch (HeliosException error) when (error.Code == "io_error")
        {
            return false;
        }
    }

    /// <summary>Without the marker the old log is whole; with it the log does not matter.</summary>
    private static void MustBeEither(MemoryFiles files, string where)
    {
        if (Open(files).Read() is { } marker)
        {
            Assert.Equal(s_marker, marker);
            return;
        }

        var found = WalRecovery.Open(files, WalFixture.Directory, WalFixture.Database, WalFixture.Small, new WalExpectation { MustReach = new Lsn(20) });
        Assert.True(found.Head == new Lsn(20), where);
    }

    /// <summary>With the marker the next open begins the log again; then, or without it, there is a log that goes on where it should, however often it is opened.</summary>
    private static void MustBegin(MemoryFiles files, string where)
    {
        if (Open(files).Read() is not null)
            Open(files).End(s_header);
        Assert.Null(Open(files).Read());
        for (var i = 0; i < 2; i++)
        {
            var found = WalRecovery.Open(files, WalFixture.Directory, WalFixture.Database, WalFixture.Small, new WalExpectation { MustReach = new Lsn(25), MustHoldAfter = new Lsn(25) });
            Assert.True(found.Head == new Lsn(25) && found.Next >= s_header.First && found.Epoch == 4, where);
        }

        var clean = WalRecovery.Open(files, WalFixture.Directory, WalFixture.Database, WalFixture.Small, new WalExpectation { MustReach = new Lsn(25), CleanClose = new WalPosition(4, new Lsn(25)) });
        Assert.True(clean.Next == s_header.First && clean.WasClean, where);
        using var writer = new WalWriter(files, WalFixture.Directory, WalFixture.Database, WalFixture.Small, clean);
        writer.Append(WalFixture.Frame(clean.Next), clean.Next, 1, 0);
        writer.Sync();
        Assert.Equal([s_header.First], WalFixture.ReadBack(files, writer.Head, from: new Lsn(26)));
    }
}
