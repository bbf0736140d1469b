using System.Buffers.Binary;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Wal;

public sealed class DamageTests
{
    private static readonly WalOptions OneSegment = new() { SegmentBytes = [16 << 10], LsnSkip = 1000 };

    [Fact]
    public void A_flipped_byte_under_a_stated_durable_lsn_is_refused_with_file_and_offset_and_changes_nothing()
    {
        var files = new MemoryFiles();
        var ends = new List<long> { 0, WalSegmentHeader.Size };
        using (var log = new WalFixture(files, OneSegment))
        {
            for (var i = 0; i < 4; i++)
            {
                log.Append(payloadBytes: 60);
                log.Writer.Sync();
                ends.Add(ends[^1] + WalFrame.HeaderSize + 60);
            }
        }

        var path = WalFormat.SegmentPath(WalFixture.Directory, 1);
        var provenEnd = ends[^2]; // the last frame states that the one before it was durable; nothing speaks for the last
        for (var offset = 0L; offset < provenEnd; offset++)
        {
            foreach (var mask in (byte[])[0x01, 0x80])
            {
                var undo = files.Flip(path, offset, mask);
                var before = files.ReadAll(path);
                var error = WalFixture.FailsWith("corrupt", () => Open(files));
                Assert.Equal(HeliosErrorKind.Corrupt, error.Kind);
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
                var place = ends.Last(end => end <= offset);
                Assert.Contains($"at byte {place}:", error.Message, StringComparison.Ordinal);
                Assert.Equal(before, files.ReadAll(path));
                undo();
            }
        }

        Assert.Null(Open(files).Cut);
    }

    [Fact]
    public void A_flipped_byte_in_the_unsynced_tail_only_cuts_it_and_says_so()
    {
        var image = Image(OneSegment, log =>
        {
            log.Append();
            log.Writer.Sync();
            for (var i = 0; i < 4; i++)
                log.Append(payloadBytes: 60);
        });
        var path = WalFormat.SegmentPath(WalFixture.Directory, 1);
        var start = WalSegmentHeader.Size + WalFrame.HeaderSize + 100;
        for (var offset = start; offset < start + 4 * (WalFrame.HeaderSize + 60); offset++)
        {
            var files = image.AfterKill();
            files.Flip(path, offset);

            var recovered = Open(files, mustReach: 1);

            var frame = (offset - start) / (WalFrame.HeaderSize + 60);
            Assert.Equal((ulong)(1 + frame), recovered.Head.Value);
            var cut = Assert.NotNull(recovered.Cut);
            var place = start + frame * (WalFrame.HeaderSize + 60);
            Assert.Equal((path, place), (cut.Path, cut.Offset));
            Assert.InRange(cut.Bytes, (4 - frame) * (WalFrame.HeaderSize + 60) - 1, (4 - frame) * (WalFrame.HeaderSize + 60));
            Assert.Equal(place, files.ReadAll(path).Length);
            Assert.Empty(files.Unsynced);
            Assert.Null(Open(files, mustReach: 1).Cut);
        }
    }

    [Fact]
    public void A_damaged_last_frame_is_refused_where_the_store_holds_it()
    {
        var files = Image(OneSegment, log =>
        {
            log.Append();
            log.Append();
            log.Writer.Sync();
        });
        files.Flip(WalFormat.SegmentPath(WalFixture.Directory, 1), WalSegmentHeader.Size + 196 + 120);

        var error = WalFixture.FailsWith("corrupt", () => Open(files, mustReach: 2));

        Assert.Contains("applied LSN 2 is ahead of the log", error.Message, StringComparison.Ordinal);
        Assert.Contains($"at byte {WalSegmentHeader.Size + 196}:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_zeroed_page_under_a_durable_lsn_is_damage_even_when_the_proof_stands_in_a_later_segment()
    {
        var files = Image(WalFixture.Small, log =>
        {
            for (var i = 0; i < 60; i++)
                log.Append(payloadBytes: 1900);
        });
        var path = WalFormat.SegmentPath(WalFixture.Directory, 2);
        var bytes = files.ReadAll(path);
        bytes.AsSpan(8192).Clear(); // all that this segment could say about itself is gone as well
        files.WriteDurably(path, bytes);

        Assert.Contains(path, WalFixture.FailsWith("corrupt", () => Open(files)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_missing_segment_is_refused_by_name(int segment)
    {
        var files = Image(WalFixture.Small, log =>
        {
            for (var i = 0; i < 60; i++)
                log.Append(payloadBytes: 1900);
            log.Writer.Sync();
        });
        var path = WalFormat.SegmentPath(WalFixture.Directory, (ulong)segment);
        files.Delete(path);

        var error = WalFixture.FailsWith("corrupt", () => Open(files, mustReach: 60));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_segments_at_either_end_are_refused_by_what_the_store_knows()
    {
        var files = Image(WalFixture.Small, log =>
        {
            for (var i = 0; i < 60; i++)
                log.Append(payloadBytes: 1900);
            log.Writer.Sync();
        });
        var withoutNewest = files.AfterKill();
        withoutNewest.Delete(WalFormat.SegmentPath(WalFixture.Directory, 5));
        Assert.Contains("ahead of the log", WalFixture.FailsWith("corrupt", () => Open(withoutNewest, mustReach: 60)).Message, StringComparison.Ordinal);

        files.Delete(WalFormat.SegmentPath(WalFixture.Directory, 0));
        files.Delete(WalFormat.SegmentPath(WalFixture.Directory, 1));
        Assert.Contains("older segments are missing", WalFixture.FailsWith("corrupt", () => WalRecovery.Open(files, WalFixture.Directory, WalFixture.Database, WalFixture.Small,
            new WalExpectation { MustReach = new Lsn(60), MustHoldAfter = new Lsn(3) })).Message, StringComparison.Ordinal);
        Assert.Equal(60UL, Open(files, mustReach: 60).Head.Value);
    }

    [Fact]
    public void An_empty_directory_is_a_log_of_a_new_database_only()
    {
        WalFixture.FailsWith("corrupt", () => Open(new MemoryFiles()));

        using var log = new WalFixture(new MemoryFiles());
        Assert.Equal((0UL, 1UL), (log.Writer.Head.Value, log.Writer.Next.Value));

        log.Append();
        WalFixture.FailsWith("corrupt", () => new WalFixture(log.Files, isNew: true));
    }

    [Fact]
    public void A_log_of_another_database_is_refused()
    {
        var files = Image(OneSegment, log => log.Append());

        var error = WalFixture.FailsWith("corrupt", () => WalRecovery.Open(files, WalFixture.Directory, Guid.Empty, OneSegment, default));

        Assert.Contains("another database", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "garbage")]
    [InlineData(1, "zeros")]
    [InlineData(2, "an older epoch")]
    [InlineData(3, "a copy of its own first frame")]
    public void Bytes_behind_the_last_frame_never_parse(int kind, string what)
    {
        var files = Image(OneSegment, log =>
        {
            log.Append();
            log.Append();
            log.Writer.Sync();
        });
        var path = WalFormat.SegmentPath(WalFixture.Directory, 1);
        var bytes = files.ReadAll(path);
        var tail = bytes.AsSpan(WalSegmentHeader.Size + 2 * 196);
        var first = bytes.AsSpan(WalSegmentHeader.Size, 196);
        if (kind == 0)
            new Random(7).NextBytes(tail);
        if (kind == 2)
        {
            WalFrame.Seal(tail[..196], new WalFrameFields
            {
                DatabaseId = WalFixture.Database, Epoch = 0, SegmentId = 1, First = new Lsn(3), Commits = 1, Durable = new Lsn(2),
                PreviousCrc = new WalFrame(bytes.AsSpan(WalSegmentHeader.Size + 196, 196)).Crc,
            });
        }

        if (kind == 3)
            first.CopyTo(tail);
        files.WriteDurably(path, bytes);

        var recovered = Open(files, mustReach: 2);

        Assert.Equal(2UL, recovered.Head.Value);
        Assert.True(kind == 1 == recovered.Cut is null, what);
    }

    [Fact]
    public void A_row_that_holds_an_older_frame_of_this_log_is_not_mistaken_for_it()
    {
        var image = new MemoryFiles();
        using (var log = new WalFixture(image, OneSegment))
        {
            log.Append();
            log.Writer.Sync();
            log.Append();
            log.Writer.Sync();
            var older = image.ReadAll(WalFormat.SegmentPath(WalFixture.Directory, 1)).AsSpan(WalSegmentHeader.Size + 196, 196);
            Assert.True(new WalFrame(older).IsIntact);
            log.Append(payloadBytes: 50);
            var frame = new byte[WalFrame.HeaderSize + 400];
            older.CopyTo(frame.AsSpan(WalFrame.HeaderSize + 77));
            log.Writer.Append(frame, new Lsn(4), 1, 0);
        }

        image.Flip(WalFormat.SegmentPath(WalFixture.Directory, 1), WalSegmentHeader.Size + 2 * 196 + 100); // the frame before it, unsynced

        var recovered = Open(image, mustReach: 2);

        Assert.Equal((2UL, true), (recovered.Head.Value, recovered.Cut is not null));
    }

    [Fact]
    public void A_frame_of_a_newer_format_is_refused_as_too_new_and_nothing_is_changed()
    {
        var files = Image(OneSegment, log => log.Append());
        var path = WalFormat.SegmentPath(WalFixture.Directory, 1);
        foreach (var place in (int[])[0, WalSegmentHeader.Size])
        {
            var copy = files.AfterKill();
            var bytes = copy.ReadAll(path);
            var sealedBytes = place == 0 ? bytes.AsSpan(0, WalSegmentHeader.Size) : bytes.AsSpan(place, 196);
            BinaryPrimitives.WriteUInt16LittleEndian(sealedBytes[4..], 2);
            BinaryPrimitives.WriteUInt32LittleEndian(sealedBytes[8..],
                Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Seed, sealedBytes[..8]), sealedBytes[12..])));
            copy.WriteDurably(path, bytes);

            WalFixture.FailsWith("format_too_new", () => Open(copy));

            Assert.Equal(bytes, copy.ReadAll(path));
        }
    }

    [Fact]
    public void Random_bytes_in_place_of_segments_give_only_the_documented_errors()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        var image = Image(WalFixture.Small, log =>
        {
            for (var i = 0; i < 40; i++)
                log.Append(payloadBytes: 1900);
        });
        for (var run = 0; run < 300; run++)
        {
            var files = image.AfterKill();
            var path = WalFormat.SegmentPath(WalFixture.Directory, (ulong)random.Next(0, 4));
            var bytes = files.ReadAll(path);
            var start = random.Next(bytes.Length);
            random.NextBytes(bytes.AsSpan(start, Math.Min(bytes.Length - start, random.Next(1, 5000))));
            files.WriteDurably(path, bytes.AsSpan(0, random.Next(3) == 0 ? random.Next(bytes.Length) : bytes.Length));
            try
            {
                var head = Open(files).Head;
                Assert.True(WalFixture.ReadBack(files, head).Count <= 40, $"HELIOS_SEED={seed}");
            }
            catch (HeliosException refused)
            {
                Assert.True(refused.Code == "corrupt", $"HELIOS_SEED={seed}: {refused.Code}");
            }
        }
    }

    private static WalRecovered Open(MemoryFiles files, ulong mustReach = 0) =>
        WalRecovery.Open(files, WalFixture.Directory, WalFixture.Database, WalFixture.Small, new WalExpectation { MustReach = new Lsn(mustReach) });

    private static MemoryFiles Image(WalOptions options, Action<WalFixture> fill)
    {
        var files = new MemoryFiles();
        using var log = new WalFixture(files, options);
        fill(log);
        return files.AfterKill();
    }
}
