using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Wal;

public sealed class WalReaderTests
{
    [Fact]
    public void A_reader_sees_every_frame_once_while_the_writer_appends_rolls_and_trims()
    {
        var directory = Path.Combine(Path.GetTempPath(), "helios-wal-" + Path.GetRandomFileName());
        try
        {
            PhysicalFiles.Instance.CreateDirectory(directory);
            var log = Path.Combine(directory, "log");
            var options = new WalOptions { SegmentBytes = [64 << 10] };
            var recovered = WalRecovery.Open(PhysicalFiles.Instance, log, WalFixture.Database, options, new WalExpectation { IsNew = true });
            using var writer = new WalWriter(PhysicalFiles.Instance, log, WalFixture.Database, options, recovered);
            const int frames = 3000;
            var read = 0UL;
            Exception? failure = null;
            var thread = new Thread(() =>
            {
                try
                {
                    using var reader = writer.Read(new Lsn(1));
                    while (Volatile.Read(ref read) < frames)
                    {
                        if (!reader.TryRead(writer.Head, out var frame))
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
                var first = writer.Next;
                writer.Append(WalFixture.Frame(first, i % 700), first, 1, 0);
                if (writer.NeedsSpare)
                    writer.PrepareSpare();
                if (i % 500 == 0)
                    writer.TrimBelow(new Lsn(Volatile.Read(ref read)));
            }

            thread.Join();
            Assert.Null(failure);
            Assert.Equal((ulong)frames, read);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Only_frames_that_lie_wholly_before_the_limit_are_given()
    {
        using var log = new WalFixture(new MemoryFiles());
        log.Append(commits: 3);
        log.Append(commits: 3);
        using var reader = log.Writer.Read(Lsn.Zero);

        Assert.False(reader.TryRead(new Lsn(2), out _));
        Assert.True(reader.TryRead(new Lsn(5), out var first));
        Assert.Equal((1UL, 3UL), (first.First.Value, first.Last.Value));
        Assert.False(reader.TryRead(new Lsn(5), out _));
        Assert.True(reader.TryRead(new Lsn(6), out var second));
        Assert.Equal(4UL, second.First.Value);
        Assert.False(reader.TryRead(new Lsn(6), out _));
    }

    [Fact]
    public void A_reader_that_waits_at_the_end_goes_on_when_more_is_there()
    {
        using var log = new WalFixture(new MemoryFiles());
        using var reader = log.Writer.Read(new Lsn(1)); // before anything was appended
        Assert.False(reader.TryRead(log.Writer.Head, out _));
        for (var i = 1UL; i <= 40; i++)
        {
            log.Append(payloadBytes: 2500);
            Assert.True(reader.TryRead(log.Writer.Head, out var frame));
            Assert.Equal(i, frame.First.Value);
            Assert.False(reader.TryRead(log.Writer.Head, out _));
        }
    }

    [Fact]
    public void A_reader_left_behind_by_trimming_is_told_so()
    {
        using var log = new WalFixture(new MemoryFiles());
        log.Append();
        using var reader = log.Writer.Read(new Lsn(1));
        Assert.True(reader.TryRead(log.Writer.Head, out _));
        for (var i = 0; i < 60; i++)
            log.Append(payloadBytes: 1900);
        log.Writer.TrimBelow(new Lsn(50));

        WalFixture.FailsWith("lsn_too_old", () =>
        {
            while (reader.TryRead(log.Writer.Head, out _))
            {
            }
        });
    }

    [Fact]
    public void Damage_is_told_with_file_and_offset()
    {
        var files = new MemoryFiles();
        using var log = new WalFixture(files);
        for (var i = 0; i < 60; i++)
            log.Append(payloadBytes: 1900);
        var path = WalFormat.SegmentPath(WalFixture.Directory, 2);
        files.Flip(path, WalSegmentHeader.Size + 1996 + 500);

        var error = WalFixture.FailsWith("corrupt", () => WalFixture.ReadBack(files, log.Writer.Head));

        Assert.Contains($"'{path}' is damaged at byte {WalSegmentHeader.Size + 1996}:", error.Message, StringComparison.Ordinal);
    }
}
