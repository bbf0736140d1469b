using Helios.Pipeline.Storage.Tests.Wal;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Encryption;

/// <summary>A log whose frames are encrypted. The vault and the log fixture have the same database id.</summary>
public sealed class EncryptedLogTests : IDisposable
{
    private const int FrameLength = WalFrame.HeaderSize + 100 + FrameCipher.TagSize;

    private readonly MemoryFiles _files = new();
    private readonly DatabaseKeys _keys = new Vault().Open();

    public void Dispose() => _keys.Dispose();

    [Fact]
    public void Frames_come_back_over_segments_and_a_reopening_and_recovery_needs_no_key()
    {
        Assert.Equal(WalFixture.Database, _keys.DatabaseId);
        Lsn first;
        using (var log = Log())
        {
            for (var i = 0; i < 500; i++)
                log.Append();
            log.Writer.Sync();
            Assert.True(log.Writer.Segments.Count > 2);
            Assert.Equal(500L * FrameLength, log.Writer.Bytes);
            Assert.Equal(500, WalFixture.ReadBack(_files, new Lsn(500), cipher: _keys.Frames).Count);
        }

        using var again = Log(isNew: false);
        first = again.Append();
        Assert.Equal(501, WalFixture.ReadBack(_files, first, cipher: _keys.Frames).Count);
    }

    [Fact]
    public void The_callers_bytes_stay_as_they_are_and_no_payload_is_in_the_files()
    {
        using var log = Log();
        var frame = WalFixture.Frame(new Lsn(1));
        var given = frame.ToArray();
        log.Writer.Append(frame, new Lsn(1), 1, 0);
        Assert.Equal(given, frame);

        var payload = WalFixture.Payload(new Lsn(1), 100);
        Assert.DoesNotContain(Segments(), segment => segment.AsSpan().IndexOf(payload.AsSpan(0, 16)) >= 0);
    }

    [Fact]
    public void Header_fields_say_the_key_and_the_counter()
    {
        using var log = Log();
        log.Append();
        log.Append();
        using var reader = log.Writer.Read(new Lsn(1));
        for (var counter = 1ul; counter <= 2; counter++)
        {
            Assert.True(reader.TryRead(new Lsn(2), out var frame));
            Assert.True(frame is { IsSane: true, IsEncrypted: true, KeyId: 2 });
            Assert.Equal((counter, 100, (uint)(100 + FrameCipher.TagSize)), (frame.Counter, frame.Payload.Length, frame.PayloadLength));
        }
    }

    [Fact]
    public void A_frame_that_is_kept_back_is_handed_out_decrypted()
    {
        using var log = Log();
        log.Append(commits: 3);
        using var reader = log.Writer.Read(new Lsn(1));
        Assert.False(reader.TryRead(new Lsn(2), out _));
        Assert.True(reader.TryRead(new Lsn(3), out var frame));
        Assert.True(frame.Payload.SequenceEqual(WalFixture.Payload(new Lsn(1), 100)));
    }

    [Theory]
    [InlineData(WalFrame.HeaderSize)] // payload
    [InlineData(FrameLength - 1)] // tag
    [InlineData(72)] // commit time
    [InlineData(88)] // counter
    public void A_byte_changed_under_a_right_checksum_is_refused_by_place(int at)
    {
        Write(3);
        var offset = WalSegmentHeader.Size + (2 * FrameLength);
        Change(bytes =>
        {
            bytes[offset + at] ^= 0x55;
            WalFrame.WriteChecksum(bytes.AsSpan(offset, FrameLength));
        });

        using (Log(isNew: false)) // recovery looks at checksums: it finds nothing wrong
            Assert.Equal(2, WalFixture.ReadBack(_files, new Lsn(2), cipher: _keys.Frames).Count);
        var error = WalFixture.FailsWith("corrupt", () => WalFixture.ReadBack(_files, new Lsn(3), cipher: _keys.Frames));
        Assert.Contains($"LSN 3 at byte {offset} of log segment '{WalFormat.SegmentPath(WalFixture.Directory, 1)}' does not verify", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_the_file_does_not_have_is_named()
    {
        Write(1);
        Change(bytes =>
        {
            bytes[WalSegmentHeader.Size + 32] = 9;
            WalFrame.WriteChecksum(bytes.AsSpan(WalSegmentHeader.Size, FrameLength));
        });
        var error = WalFixture.FailsWith("corrupt", () => WalFixture.ReadBack(_files, new Lsn(1), cipher: _keys.Frames));
        Assert.Contains("data key 9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_payload_that_stood_in_another_frame_is_refused()
    {
        Write(2);
        Change(bytes =>
        {
            // Everything of frame 1 that its cipher reads stands in frame 2 now, where only the chain is right.
            var one = bytes.AsSpan(WalSegmentHeader.Size, FrameLength);
            var two = bytes.AsSpan(WalSegmentHeader.Size + FrameLength, FrameLength);
            one[WalFrame.HeaderSize..].CopyTo(two[WalFrame.HeaderSize..]);
            one[88..96].CopyTo(two[88..]);
            WalFrame.WriteChecksum(two);
        });
        WalFixture.FailsWith("corrupt", () => WalFixture.ReadBack(_files, new Lsn(2), cipher: _keys.Frames));
    }

    [Fact]
    public void A_frame_encrypted_for_another_database_is_refused()
    {
        using var others = DatabaseKeys.Create(new MemoryFiles(), Vault.Path, Vault.Database, Vault.Provider(1), TimeProvider.System);
        others.PrepareToWrite();
        _keys.PrepareToWrite(); // both have a key of that number
        using (var log = new WalFixture(_files, cipher: others.Frames))
            log.Append();
        WalFixture.FailsWith("corrupt", () => WalFixture.ReadBack(_files, new Lsn(1), cipher: _keys.Frames));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_frame_of_the_other_sort_is_damage(bool encrypted)
    {
        using (var log = new WalFixture(_files, cipher: encrypted ? _keys.Frames : null))
            log.Append();
        var error = WalFixture.FailsWith("corrupt", () => WalFixture.ReadBack(_files, new Lsn(1), cipher: encrypted ? null : _keys.Frames));
        Assert.Contains(encrypted ? "encrypted, and the database is not" : "not encrypted, and the database is", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_largest_payload_fits_and_comes_back()
    {
        using var log = new WalFixture(_files, new WalOptions { SegmentBytes = [16 << 10] }, cipher: _keys.Frames);
        log.Append(payloadBytes: WalFormat.MaxPayload);
        log.Append(payloadBytes: 0);
        log.Writer.Sync();
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Append(payloadBytes: WalFormat.MaxPayload + 1));
        Assert.Equal(2, WalFixture.ReadBack(_files, new Lsn(2), cipher: _keys.Frames).Count);
    }

    [Fact]
    public void A_frame_that_was_refused_is_appended_again_under_another_nonce()
    {
        var faulty = new FaultyFiles(_files);
        using var log = new WalFixture(faulty, cipher: _keys.Frames);
        log.Append();
        faulty.Fail(FileCall.Write, StorageErrors.NoSpace);
        WalFixture.FailsWith("disk_full", () => log.Append());
        log.Append();
        using var reader = log.Writer.Read(new Lsn(2));
        Assert.True(reader.TryRead(new Lsn(2), out var frame));
        Assert.Equal(3ul, frame.Counter);
    }

    private WalFixture Log(bool isNew = true) => new(_files, isNew: isNew, cipher: _keys.Frames);

    private void Write(int frames)
    {
        using var log = Log();
        for (var i = 0; i < frames; i++)
            log.Append();
        log.Writer.Sync();
    }

    private void Change(Action<byte[]> change)
    {
        var path = WalFormat.SegmentPath(WalFixture.Directory, 1);
        var bytes = _files.ReadAll(path);
        change(bytes);
        _files.WriteDurably(path, bytes);
    }

    private IEnumerable<byte[]> Segments() => WalFormat.ListSegments(_files, WalFixture.Directory).Select(id => _files.ReadAll(WalFormat.SegmentPath(WalFixture.Directory, id)));
}
