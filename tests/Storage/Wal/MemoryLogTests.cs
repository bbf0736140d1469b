using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Wal;

public sealed class MemoryLogTests
{
    private const int Header = WalFrame.HeaderSize;
    private Lsn _flushed;

    [Fact]
    public void Lsns_go_on_where_the_database_stands_and_durable_is_what_the_store_has_flushed()
    {
        using var log = Open(1 << 20, applied: 7, next: 1_000);
        Assert.Equal((new Lsn(7), new Lsn(1_000), new Lsn(7), new Lsn(1_000)), (log.Head, log.Next, log.Durable, log.Oldest));
        Append(log, 100, commits: 3);
        Append(log, 100);
        Assert.Equal((new Lsn(1_003), new Lsn(1_004), 2L * (Header + 100)), (log.Head, log.Next, log.Bytes));
        Assert.Equal(new Lsn(7), log.Sync());

        _flushed = new Lsn(1_002);
        Assert.Equal(new Lsn(1_002), log.Sync());
        Assert.Equal((new Lsn(1_002), 0, false), (log.Durable, log.SyncCount, log.IsPersistent));
        Assert.Equal(new WalPosition(6, new Lsn(1_003)), log.CleanPosition);
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Append(new byte[Header], new Lsn(1_000), 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Append(new byte[Header - 1], log.Next, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Append(new byte[Header], log.Next, 0, 0));
    }

    [Fact]
    public void The_last_lsn_of_all_is_given_out_and_none_after_it()
    {
        using var log = Open(1 << 20, applied: 7, next: Lsn.Max.Value - 1);
        WalFixture.FailsWith("lsn_exhausted", () => Append(log, 10, commits: 3));
        Append(log, 10, commits: 2);
        Assert.Equal(Lsn.Max, log.Head);
        WalFixture.FailsWith("lsn_exhausted", () => Append(log, 10));
    }

    [Fact]
    public void A_reader_sees_kept_frames_in_order_up_to_its_limit_over_pieces_and_from_the_middle_of_a_frame()
    {
        using var log = Open(5 << 20, applied: 0, next: 1);
        using var early = log.Read(Lsn.Zero);
        Assert.False(early.TryRead(Lsn.Max, out _));
        for (var i = 0; i < 7; i++)
            Append(log, 700_000, commits: 10);
        Assert.Equal(new Lsn(1), log.Oldest);

        Assert.Equal([1UL, 11, 21], Firsts(early, upTo: 39)); // the fourth lies partly beyond
        Assert.Equal([31UL, 41, 51, 61], Firsts(early, upTo: 70));
        using var late = log.Read(new Lsn(35));
        Assert.Equal([31UL, 41, 51, 61], Firsts(late, upTo: 1_000));
        using var ahead = log.Read(new Lsn(75));
        Assert.False(ahead.TryRead(Lsn.Max, out _));
        Append(log, 100_000, commits: 3); // 71 to 73: not wanted
        Append(log, 100_000, commits: 3);
        Assert.Equal([74UL], Firsts(ahead, upTo: 76));
    }

    [Fact]
    public void New_frames_drive_out_the_oldest_and_whoever_wanted_them_is_told_what_there_is()
    {
        using var log = Open(10 * (Header + 1_000), applied: 4, next: 5);
        using var slow = log.Read(new Lsn(5));
        Assert.Equal(0, log.MemoryBytes);
        for (var i = 0; i < 10; i++)
            Append(log, 1_000);
        Assert.Equal(1 << 20, log.MemoryBytes); // a piece is taken whole
        Assert.True(slow.TryRead(Lsn.Max, out _)); // 5
        Append(log, 1_000); // drives out 5
        Assert.Equal(new Lsn(6), log.Oldest);
        Assert.True(slow.TryRead(Lsn.Max, out var six));
        Assert.Equal(new Lsn(6), six.First);

        Append(log, 1_001); // one byte more than one frame: 6 and 7 go
        var gone = WalFixture.FailsWith("lsn_too_old", () => slow.TryRead(Lsn.Max, out _));
        Assert.Equal((HeliosErrorKind.Invalid, new Lsn(8)), (gone.Kind, gone.Lsn));
        Assert.Equal(new Lsn(8), WalFixture.FailsWith("lsn_too_old", () => log.Read(new Lsn(4))).Lsn); // of an earlier process
        using var whole = log.Read(new Lsn(8));
        Assert.Equal([8UL, 9, 10, 11, 12, 13, 14, 15, 16], Firsts(whole, upTo: 100));
    }

    [Fact]
    public void A_frame_larger_than_the_ring_is_not_kept_nor_what_was_before_it()
    {
        using var log = Open(1 << 20, applied: 0, next: 1);
        Append(log, 100);
        using var reader = log.Read(new Lsn(1));
        Append(log, 2 << 20);
        Assert.Equal(new Lsn(3), log.Oldest);
        WalFixture.FailsWith("lsn_too_old", () => reader.TryRead(Lsn.Max, out _));
        Append(log, 100);
        using var next = log.Read(new Lsn(3));
        Assert.Equal([3UL], Firsts(next, upTo: 3));

        using var nothing = Open(0, applied: 0, next: 1);
        using var blind = nothing.Read(new Lsn(1));
        Append(nothing, 1);
        WalFixture.FailsWith("lsn_too_old", () => blind.TryRead(Lsn.Max, out _));
    }

    [Fact]
    public void At_random_every_reader_gets_what_a_list_has_or_is_told_that_it_is_gone()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        for (var round = 0; round < 8; round++)
        {
            var capacity = random.Next(1_000, round % 4 == 0 ? 3 << 19 : 50_000);
            using var log = Open(capacity, applied: 0, next: 1);
            var kept = new List<(ulong First, ulong Last, int Length)>();
            var readers = new List<(ILogReader Reader, ulong Next)>();
            var gone = 0UL;
            for (var step = 0; step < (round % 4 == 0 ? 40 : 150); step++)
            {
                var (payload, commits) = (random.Next(random.Next(capacity)), random.Next(1, 5));
                var first = log.Next.Value;
                Append(log, payload, commits);
                kept.Add((first, first + (ulong)commits - 1, Header + payload));
                while (kept.Sum(static frame => (long)frame.Length) > capacity)
                {
                    gone = kept[0].Last;
                    kept.RemoveAt(0);
                }

                Assert.True(log.Oldest == new Lsn(gone + 1), $"seed {seed}");
                if (readers.Count < 3)
                {
                    var from = gone + 1 + (ulong)random.Next(8);
                    readers.Add((log.Read(new Lsn(from)), from));
                }

                var place = random.Next(readers.Count);
                var (reader, next) = readers[place];
                var expected = kept.Find(frame => frame.Last >= next);
                try
                {
                    var found = reader.TryRead(Lsn.Max, out var frame);
                    Assert.True(next > gone && found == (expected.Length > 0), $"seed {seed}");
                    if (!found)
                        continue;
                    Assert.True((frame.First.Value, frame.Last.Value, frame.Length) == expected, $"seed {seed}");
                    Assert.True(frame.Payload.SequenceEqual(WalFixture.Payload(frame.First, frame.Length - Header)), $"seed {seed}");
                    readers[place] = (reader, expected.Last + 1);
                }
                catch (HeliosException error) when (error.Code == "lsn_too_old")
                {
                    Assert.True(next <= gone, $"seed {seed}");
                    reader.Dispose();
                    readers.RemoveAt(place);
                }
            }

            readers.ForEach(static r => r.Reader.Dispose());
        }
    }

    [Fact]
    public void A_reader_on_another_thread_sees_every_frame_once_whole()
    {
        using var log = Open(4 << 20, applied: 0, next: 1);
        const int frames = 3_000;
        var read = 0UL;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var reader = log.Read(new Lsn(1));
                while (Volatile.Read(ref read) < frames)
                {
                    if (!reader.TryRead(Lsn.Max, out var frame))
                    {
                        Thread.Yield();
                        continue;
                    }

                    Assert.Equal(read + 1, frame.First.Value);
                    Assert.True(frame.Payload.SequenceEqual(WalFixture.Payload(frame.First, frame.Payload.Length)));
                    Volatile.Write(ref read, frame.First.Value);
                }
            }
            catch (Exception error)
            {
                failure = error;
            }
        });
        thread.Start();
        for (var i = 0; i < frames; i++)
        {
            // Never so far ahead that the reader's place could be gone.
            while (log.Head.Value > Volatile.Read(ref read) + 1_000 && thread.IsAlive)
                Thread.Yield();
            Append(log, i % 3_000);
        }

        thread.Join();
        Assert.Null(failure);
        Assert.Equal((ulong)frames, read);
    }

    private MemoryLog Open(long ringBytes, ulong applied, ulong next)
    {
        _flushed = new Lsn(applied);
        return new MemoryLog(new MemoryLogStart(new Lsn(applied), new Lsn(applied), new Lsn(next), 5), ringBytes, () => _flushed);
    }

    /// <summary>As Log and then Commit do it.</summary>
    private static void Append(MemoryLog log, int payloadBytes, int commits = 1)
    {
        var first = log.Next;
        var frame = WalFixture.Frame(first, payloadBytes);
        log.Append(frame, first, commits, 0);
        log.Keep(frame, first, commits, 638_000_000_000_000_000);
    }

    private static List<ulong> Firsts(ILogReader reader, ulong upTo)
    {
        var found = new List<ulong>();
        while (reader.TryRead(new Lsn(upTo), out var frame))
        {
            Assert.True(frame.Payload.SequenceEqual(WalFixture.Payload(frame.First, frame.Payload.Length)));
            Assert.Equal(638_000_000_000_000_000, frame.CommitTime);
            found.Add(frame.First.Value);
        }

        return found;
    }
}
