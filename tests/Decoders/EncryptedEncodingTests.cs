using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Decoders.Tests;

/// <summary>The catalogue encrypts with counters of its own choice: it must make the very bytes that the product makes.</summary>
public sealed class EncryptedEncodingTests : IDisposable
{
    private const string Log = "/db/log";

    private static readonly byte[] s_plaintext = [(byte)RowKind.Plain, 4, 5, 6];
    private readonly DatabaseKeys _keys;

    public EncryptedEncodingTests()
    {
        using var provider = KeyProviders.FromBytes(new byte[KekId.KeySize]);
        _keys = DatabaseKeys.Create(new MemoryFiles(), "keys", FixedKeys.Database, provider, TimeProvider.System);
    }

    [Fact]
    public void A_value_that_the_product_encrypts_is_the_catalogues() =>
        Assert.Equal(Encrypt(_keys.Meta, StoredValueDecoder.StoreKey), new StoredValueDecoder().Encode(new EncryptedValue(new NonceUse(2, 1), s_plaintext), _keys));

    [Fact]
    public void A_row_that_the_product_encrypts_is_the_catalogues() =>
        Assert.Equal(Encrypt(_keys.Rows, StoredRowDecoder.StoreKey), new StoredRowDecoder().Encode(new EncryptedValue(new NonceUse(2, 1), s_plaintext), _keys));

    [Fact]
    public void A_frame_that_the_log_writes_is_the_catalogues()
    {
        var (files, options) = (new MemoryFiles(), new WalOptions { SegmentBytes = [32 << 10] });
        var found = WalRecovery.Open(files, Log, FixedKeys.Database, options, new WalExpectation { IsNew = true });
        using var log = new WalWriter(files, Log, FixedKeys.Database, options, found, _keys.Frames);
        log.Append((byte[])[.. new byte[WalFrame.HeaderSize], .. s_plaintext], found.Next, 1, 77);

        var segment = files.ReadAll(WalFormat.SegmentPath(Log, 1));
        var length = WalFrame.HeaderSize + s_plaintext.Length + FrameCipher.TagSize;
        var written = segment.AsSpan(WalSegmentHeader.Size, length).ToArray();
        using var reader = new WalReader(files, Log, FixedKeys.Database, found.Next, _keys.Frames);
        Assert.True(reader.TryRead(found.Next, out var frame));
        Assert.Equal(s_plaintext, frame.Payload.ToArray());
        Assert.Equal(written, EncryptedFrameDecoder.Encode(FrameValue.Of(frame), _keys));
    }

    public void Dispose() => _keys.Dispose();

    private static byte[] Encrypt(ValueCipher cipher, byte[] key)
    {
        var stored = new byte[ValueCipher.StoredLength(s_plaintext.Length)];
        cipher.Encrypt(key, s_plaintext, stored);
        return stored;
    }
}
