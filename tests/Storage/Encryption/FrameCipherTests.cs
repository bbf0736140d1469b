using System.Buffers.Binary;

namespace Helios.Pipeline.Storage.Tests.Encryption;

public sealed class FrameCipherTests : IDisposable
{
    private readonly DatabaseKeys _keys = new Vault().Open();

    public void Dispose() => _keys.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(1 << 20)]
    public void A_payload_comes_back(int length)
    {
        var (header, payload, tag, use) = Frame(length);
        if (length > 0)
            Assert.False(payload.AsSpan().SequenceEqual(Payload(length)));
        Assert.True(Decrypts(header, payload, tag, use));
        Assert.True(payload.AsSpan().SequenceEqual(Payload(length)));
    }

    [Fact]
    public void Every_flipped_bit_of_payload_tag_and_nonce_is_detected()
    {
        var (header, payload, tag, use) = Frame(40);
        for (var bit = 0; bit < payload.Length * 8; bit++)
            Assert.False(Decrypts(header, Flip(payload, bit), tag, use));
        for (var bit = 0; bit < tag.Length * 8; bit++)
            Assert.False(Decrypts(header, [.. payload], Flip(tag, bit), use));
        for (var bit = 0; bit < 64; bit++)
            Assert.False(Decrypts(header, [.. payload], tag, use with { Counter = use.Counter ^ (1ul << bit) }));
        for (var bit = 0; bit < 32; bit++)
            Assert.False(Decrypts(header, [.. payload], tag, use with { KeyId = use.KeyId ^ (1u << bit) }));
        Assert.False(Decrypts(header, payload[..^1], tag, use));
        Assert.False(Decrypts(header, [.. payload, 0], tag, use));
        Assert.True(Decrypts(header, payload, tag, use));
    }

    [Fact]
    public void Every_bit_of_the_header_counts_except_its_checksum()
    {
        var (header, payload, tag, use) = Frame(40);
        for (var bit = 0; bit < header.Length * 8; bit++)
            Assert.Equal(bit / 8 is >= 8 and < 12, Decrypts(Flip(header, bit), [.. payload], tag, use));
    }

    [Fact]
    public void What_does_not_verify_is_zeros()
    {
        var (header, payload, tag, use) = Frame(40);
        Assert.False(Decrypts(header, payload, Flip(tag, 0), use));
        Assert.False(payload.AsSpan().ContainsAnyExcept((byte)0));
        Assert.Contains("Log segment 3, byte 4096 does not verify", _keys.Frames.Refusal(use.KeyId, "Log segment 3, byte 4096").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_nonce_encrypts_one_frame()
    {
        var (tag, aad) = (new byte[FrameCipher.TagSize], new byte[FrameCipher.AadSize]);
        Assert.Throws<InvalidOperationException>(() => _keys.Frames.Encrypt(new byte[4], tag, aad, new NonceUse(2, 1)));
        var first = _keys.Frames.TakeNonce();
        var second = _keys.Frames.TakeNonce();
        Assert.Throws<InvalidOperationException>(() => _keys.Frames.Encrypt(new byte[4], tag, aad, first));
        _keys.Frames.Encrypt(new byte[4], tag, aad, second);
        Assert.Throws<InvalidOperationException>(() => _keys.Frames.Encrypt(new byte[4], tag, aad, second));
        Assert.Equal(new NonceUse(second.KeyId, second.Counter + 1), _keys.Frames.TakeNonce());
    }

    [Fact]
    public void A_value_of_the_store_is_no_frame_even_with_the_same_key_counter_and_additional_data()
    {
        var stored = new byte[ValueCipher.StoredLength(4)];
        _keys.Rows.Encrypt([], [1, 2, 3, 4], stored);
        byte[] aad = [ValueCipher.Format, (byte)NonceDomain.Row, .. Vault.Database.ToByteArray(bigEndian: true)];
        var use = new NonceUse(BinaryPrimitives.ReadUInt32LittleEndian(stored.AsSpan(1)), BinaryPrimitives.ReadUInt64LittleEndian(stored.AsSpan(5)));
        Assert.False(_keys.Frames.TryDecrypt(stored.AsSpan(13, 4), stored.AsSpan(17), aad, use));

        // It was the domain in the nonce that told them apart: with it the same call verifies.
        _keys.Rows.Encrypt([], [1, 2, 3, 4], stored);
        var nonce = new byte[12];
        NonceSequence.Write(NonceDomain.Row, use.Counter + 1, nonce);
        using var context = _keys.OpenContext(_keys.Find(use.KeyId)!);
        Assert.True(context.TryDecrypt(nonce, stored.AsSpan(13, 4), stored.AsSpan(17), new byte[4], aad));
    }

    [Fact]
    public void The_additional_data_are_the_header_without_its_checksum()
    {
        var header = Enumerable.Range(0, 96).Select(i => (byte)i).ToArray();
        var aad = new byte[FrameCipher.AadSize];
        FrameCipher.WriteAad(header, aad);
        Assert.Equal(header.Where((_, i) => i is < 8 or >= 12), aad);
    }

    private static byte[] Payload(int length)
    {
        var payload = new byte[length];
        new Random(length).NextBytes(payload);
        return payload;
    }

    private (byte[] Header, byte[] Payload, byte[] Tag, NonceUse Use) Frame(int length)
    {
        var use = _keys.Frames.TakeNonce();
        var header = new byte[WalFrame.HeaderSize];
        new Random(1).NextBytes(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(32), use.KeyId);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(88), use.Counter);
        var (payload, tag, aad) = (Payload(length), new byte[FrameCipher.TagSize], new byte[FrameCipher.AadSize]);
        FrameCipher.WriteAad(header, aad);
        _keys.Frames.Encrypt(payload, tag, aad, use);
        return (header, payload, tag, use);
    }

    private bool Decrypts(byte[] header, byte[] payload, byte[] tag, NonceUse use)
    {
        var aad = new byte[FrameCipher.AadSize];
        FrameCipher.WriteAad(header, aad);
        return _keys.Frames.TryDecrypt(payload, tag, aad, use);
    }

    private static byte[] Flip(byte[] bytes, int bit)
    {
        var flipped = (byte[])bytes.Clone();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }
}
