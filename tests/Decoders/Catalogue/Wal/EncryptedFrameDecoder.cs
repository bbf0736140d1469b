using System.Buffers.Binary;
using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>A frame of an encrypted database, read from its log and decrypted: key, nonce and length of the payload come from a header that anybody can write.</summary>
internal sealed class EncryptedFrameDecoder : DecoderUnderTest<FrameValue>
{
    private const ulong Segment = 1;
    private const ulong Epoch = 1;
    private const uint PreviousCrc = 7;
    private static readonly Lsn s_first = new(1000);
    private static readonly byte[] s_header = MakeHeader();

    public override string Name => "encrypted-frame";

    public override IReadOnlyList<Type> Codecs => [typeof(FrameCipher), typeof(WalReader)];

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    /// <summary>A reader has up to two cursors of 256 KiB.</summary>
    public override int FixedAllocation => DefaultFixedAllocation + (2 * (256 << 10));

    public override IEnumerable<byte[]> CostlyInputs
    {
        get
        {
            var valid = Encode(new FrameValue(new WalFrameFields { DatabaseId = FixedKeys.Database, Epoch = Epoch, SegmentId = Segment, First = s_first, PreviousCrc = PreviousCrc, Commits = 1, Flags = WalFlags.Encrypted, KeyId = 2, Counter = 1 }, new byte[512 << 10]));
            yield return valid;
            byte[] unverified = [.. valid[..^1], (byte)(valid[^1] ^ 1)];
            FrameValue.Repair(unverified);
            yield return unverified;
        }
    }

    protected override Gen<FrameValue> Values { get; } =
        Gen.Select(Gen.Select(Gen.Int[1, 300], Gens.Long, Gen.ULong[0, 999]), Gen.Select(Gens.One(FixedKeys.Ids), Gens.ULong, Gen.Bool), Gens.Bytes(60)).Select((content, use, payload) => new FrameValue(
            new WalFrameFields
            {
                DatabaseId = FixedKeys.Database,
                Epoch = Epoch,
                SegmentId = Segment,
                First = s_first,
                PreviousCrc = PreviousCrc,
                Commits = content.Item1,
                CommitTime = content.Item2,
                Durable = new Lsn(content.Item3),
                Flags = WalFlags.Encrypted | (use.Item3 ? WalFlags.Compressed : 0),
                KeyId = use.Item1,
                Counter = Math.Max(1, use.Item2),
            },
            payload));

    protected override byte[] Encode(FrameValue value) => Encode(value, FixedKeys.Keys);

    public static byte[] Encode(FrameValue value, DatabaseKeys keys)
    {
        var bytes = new byte[WalFrame.HeaderSize + value.Payload.Length + FrameCipher.TagSize];
        value.Payload.CopyTo(bytes.AsSpan(WalFrame.HeaderSize));
        WalFrame.WriteHeader(bytes, value.Fields);
        FixedKeys.Encrypt(keys, NonceDomain.Frame, new NonceUse(value.Fields.KeyId, value.Fields.Counter), value.Payload, Body(bytes), bytes.AsSpan(^FrameCipher.TagSize..), Aad(bytes));
        WalFrame.WriteChecksum(bytes);
        return bytes;
    }

    protected override bool TryDecode(byte[] bytes, out FrameValue value)
    {
        value = null!;
        if (bytes.Length < WalFrame.HeaderSize) // whoever has less does not ask
            return false;
        var files = new BytesAsFiles(new Dictionary<string, ReadOnlyMemory<byte>> { [WalFormat.SegmentPath("log", Segment)] = (byte[])[.. s_header, .. bytes] });
        using var reader = new WalReader(files, "log", FixedKeys.Database, s_first, FixedKeys.Keys.Frames);
        if (!reader.TryRead(new WalFrame(bytes).Last, out var frame) || frame.Bytes.Length + FrameCipher.TagSize != bytes.Length)
            return false; // something stands behind the frame
        value = FrameValue.Of(frame);
        return true;
    }

    public override void Repair(byte[] bytes)
    {
        if (bytes.Length >= WalFrame.HeaderSize + FrameCipher.TagSize)
            FixedKeys.Repair(NonceDomain.Frame, new NonceUse(new WalFrame(bytes).KeyId, new WalFrame(bytes).Counter), Body(bytes), bytes.AsSpan(^FrameCipher.TagSize..), Aad(bytes));
        FrameValue.Repair(bytes);
    }

    protected override bool MayFollowFromDamage(FrameValue original, FrameValue decoded) => false;

    private static Span<byte> Body(byte[] frame) => frame.AsSpan(WalFrame.HeaderSize..^FrameCipher.TagSize);

    /// <summary>The header without its checksum.</summary>
    private static byte[] Aad(byte[] frame) => [.. frame[..8], .. frame[12..WalFrame.HeaderSize]];

    private static byte[] MakeHeader()
    {
        var block = new byte[WalSegmentHeader.Size];
        new WalSegmentHeader { DatabaseId = FixedKeys.Database, SegmentId = Segment, Epoch = Epoch, First = s_first, Before = new Lsn(s_first.Value - 1), PreviousCrc = PreviousCrc }.WriteTo(block);
        return block;
    }
}
