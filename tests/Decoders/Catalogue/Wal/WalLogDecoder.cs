using System.Buffers.Binary;
using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>
/// A whole log, read from a place up to a place. The bytes are the test's own container:
/// <code>u64 from · u64 up to · for each segment: u32 length, its bytes</code>
/// </summary>
internal sealed class WalLogDecoder : DecoderUnderTest<LogValue>
{
    private const int MaxSegments = 32;

    public override string Name => "wal-log";

    public override IReadOnlyList<Type> Codecs => [typeof(WalReader)];

    public override bool IsCanonical => false;

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new", "lsn_too_old"];

    /// <summary>A reader has up to two cursors of 256 KiB, and one that looks for the oldest LSN when it refuses.</summary>
    public override int FixedAllocation => DefaultFixedAllocation + (4 * (256 << 10));

    protected override Gen<LogValue> Values { get; } = LogValue.Any(epochs: true);

    protected override byte[] Encode(LogValue value)
    {
        var bytes = new List<byte>(new byte[16]);
        Span<byte> length = stackalloc byte[4];
        foreach (var segment in value.Segments(firstId: 1))
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, segment.Length);
            bytes.AddRange(length);
            bytes.AddRange(segment);
        }

        var result = bytes.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(result, value.Before.Next.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(result.AsSpan(8), value.Last.Value);
        return result;
    }

    protected override bool TryDecode(byte[] bytes, out LogValue value)
    {
        value = null!;
        if (!TryOpen(bytes, out var reader, out var upTo))
            return false;
        using (reader)
        {
            var frames = new List<FrameValue>();
            while (reader.TryRead(upTo, out var frame))
                frames.Add(FrameValue.Of(frame));
            if (frames.Count == 0)
                return false;
            value = new LogValue(new Lsn(frames[0].Fields.First.Value - 1), frames[0].Fields.PreviousCrc, frames);
            return true;
        }
    }

    public override void Walk(byte[] bytes)
    {
        if (!TryOpen(bytes, out var reader, out var upTo))
            return;
        using (reader)
        {
            while (reader.TryRead(upTo, out _))
            {
            }
        }
    }

    public override void Repair(byte[] bytes)
    {
        foreach (var segment in Split(bytes))
            LogValue.Repair(bytes.AsSpan(segment));
    }

    /// <summary>Not the same: a log that is read from its middle does not say what stood before.</summary>
    protected override bool Same(LogValue one, LogValue other) => one.Frames.Count == other.Frames.Count && one.IsPartOf(other);

    protected override bool MayFollowFromDamage(LogValue original, LogValue decoded) => decoded.IsPartOf(original);

    private static bool TryOpen(byte[] bytes, out WalReader reader, out Lsn upTo)
    {
        (reader, upTo) = (null!, default);
        if (bytes.Length < 16)
            return false;
        var files = new Dictionary<string, ReadOnlyMemory<byte>>();
        foreach (var segment in Split(bytes))
            files.Add(WalFormat.SegmentPath("log", (ulong)files.Count + 1), bytes.AsMemory(segment));
        upTo = new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)));
        reader = new WalReader(new BytesAsFiles(files), "log", LogValue.Database, new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(bytes)));
        return true;
    }

    private static List<Range> Split(byte[] bytes)
    {
        var segments = new List<Range>();
        var at = 16;
        while (bytes.Length - at >= 4 && segments.Count < MaxSegments)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)), (uint)(bytes.Length - at - 4));
            segments.Add((at + 4)..(at + 4 + length));
            at += 4 + length;
        }

        return segments;
    }
}
