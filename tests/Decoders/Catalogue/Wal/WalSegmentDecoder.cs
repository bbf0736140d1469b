using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>A segment's file, walked as recovery walks it. A damaged frame ends the walk, so what comes out is a beginning of what went in.</summary>
internal sealed class WalSegmentDecoder : DecoderUnderTest<LogValue>
{
    private const ulong Id = 1;

    public override string Name => "wal-segment";

    public override IReadOnlyList<Type> Codecs => [typeof(WalSegmentCursor)];

    /// <summary>What stands behind the last frame plays no part.</summary>
    public override bool IsCanonical => false;

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    /// <summary>A cursor rents one chunk of 256 KiB, however small the segment is.</summary>
    public override int FixedAllocation => DefaultFixedAllocation + (256 << 10);

    public override IEnumerable<byte[]> CostlyInputs
    {
        get
        {
            var frames = Enumerable.Range(1, 2_000).Select(i => new FrameValue(new WalFrameFields { DatabaseId = LogValue.Database, Epoch = 1, First = new Lsn((ulong)i), Commits = 1 }, []));
            yield return new LogValue(Lsn.Zero, 0, [.. frames]).OneSegment(Id);
        }
    }

    protected override Gen<LogValue> Values { get; } = LogValue.Any(epochs: false);

    protected override byte[] Encode(LogValue value) => value.OneSegment(Id);

    protected override bool TryDecode(byte[] bytes, out LogValue value)
    {
        value = null!;
        using var cursor = Open(bytes);
        if (!cursor.TryReadHeader())
            return false;
        var frames = new List<FrameValue>();
        while (cursor.TryReadFrame(out var frame))
            frames.Add(FrameValue.Of(frame));
        value = new LogValue(cursor.Header.Before, cursor.Header.PreviousCrc, frames);
        return frames.Count > 0;
    }

    public override void Walk(byte[] bytes)
    {
        using var cursor = Open(bytes);
        if (!cursor.TryReadHeader())
            return;
        while (cursor.TryReadFrame(out _))
        {
        }
    }

    public override void Repair(byte[] bytes) => LogValue.Repair(bytes);

    protected override bool MayFollowFromDamage(LogValue original, LogValue decoded) =>
        decoded.Before == original.Before && decoded.Crc == original.Crc
        && decoded.IsPartOf(original with { Frames = [.. original.Frames.Take(decoded.Frames.Count)] });

    private static WalSegmentCursor Open(byte[] bytes) =>
        new(new BytesAsFiles(new Dictionary<string, ReadOnlyMemory<byte>> { [WalFormat.SegmentPath("log", Id)] = bytes }), "log", Id, LogValue.Database);
}
