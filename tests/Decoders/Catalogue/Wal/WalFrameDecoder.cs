using System.Buffers.Binary;
using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>A frame's fields and payload.</summary>
internal sealed record FrameValue(WalFrameFields Fields, byte[] Payload)
{
    public static Gen<FrameValue> Any { get; } =
        Gen.Select(Gen.Select(Gens.Guid, Gens.ULong, Gens.ULong, Gens.Lsn), Gen.Select(Gen.Int[1, 300], Gens.UInt, Gens.Long, Gens.ULong), Gen.Select(Gen.Bool, Gen.UInt[0, 2]), Gens.Bytes(60))
            .Select((place, content, flags, payload) => new FrameValue(
                new WalFrameFields
                {
                    DatabaseId = place.Item1,
                    Epoch = place.Item2,
                    SegmentId = place.Item3,
                    First = place.Item4,
                    Commits = content.Item1,
                    PreviousCrc = content.Item2,
                    CommitTime = content.Item3,
                    Durable = new Lsn(content.Item4 % place.Item4.Value),
                    Flags = (flags.Item1 ? WalFlags.Compressed : 0) | (flags.Item2 > 0 ? WalFlags.Encrypted : 0),
                    KeyId = flags.Item2,
                    Counter = flags.Item2 * 77UL,
                },
                flags.Item2 > 0 ? [.. payload, .. new byte[FrameCipher.TagSize]] : payload));

    public static FrameValue Of(WalFrame frame) => new(
        new WalFrameFields
        {
            DatabaseId = frame.DatabaseId,
            Epoch = frame.Epoch,
            SegmentId = frame.SegmentId,
            First = frame.First,
            Commits = (int)frame.Commits,
            PreviousCrc = frame.PreviousCrc,
            CommitTime = frame.CommitTime,
            Durable = frame.Durable,
            Flags = frame.Flags,
            KeyId = frame.KeyId,
            Counter = frame.Counter,
        },
        frame.Payload.ToArray());

    /// <summary>Header and payload, sealed.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[WalFrame.HeaderSize + Payload.Length];
        Payload.CopyTo(bytes.AsSpan(WalFrame.HeaderSize));
        WalFrame.Seal(bytes, Fields);
        return bytes;
    }

    public bool Equals(FrameValue? other) => other is not null && Fields.Equals(other.Fields) && Payload.AsSpan().SequenceEqual(other.Payload);

    public override int GetHashCode() => Fields.GetHashCode();

    /// <summary>Makes the checksum of a frame right.</summary>
    public static void Repair(Span<byte> frame)
    {
        if (frame.Length >= WalFrame.HeaderSize)
            BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], Crc32C.Finish(WalFrame.ChecksumStart(frame, frame[12..])));
    }
}

internal sealed class WalFrameDecoder : DecoderUnderTest<FrameValue>
{
    public override string Name => "wal-frame";

    public override IReadOnlyList<Type> Codecs => [typeof(WalFrame)];

    public override IReadOnlyList<string> Codes => [];

    protected override Gen<FrameValue> Values => FrameValue.Any;

    protected override byte[] Encode(FrameValue value) => value.Encode();

    protected override bool TryDecode(byte[] bytes, out FrameValue value)
    {
        value = null!;
        if (!IsFrame(bytes))
            return false;
        value = FrameValue.Of(new WalFrame(bytes));
        return true;
    }

    public override void Walk(byte[] bytes) => IsFrame(bytes);

    public override void Repair(byte[] bytes) => FrameValue.Repair(bytes);

    protected override bool MayFollowFromDamage(FrameValue original, FrameValue decoded) => false;

    private static bool IsFrame(byte[] bytes)
    {
        if (bytes.Length < WalFrame.HeaderSize) // whoever has less does not ask
            return false;
        var frame = new WalFrame(bytes);
        return frame.IsIntact && !frame.IsTooNew && frame.IsSane;
    }
}
