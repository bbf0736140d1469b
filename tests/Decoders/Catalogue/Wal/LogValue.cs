using System.Buffers.Binary;
using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>Some frames that follow one another: what a log says.</summary>
/// <param name="Before">The last LSN before them.</param>
/// <param name="Crc">The CRC of the frame before them.</param>
/// <param name="Frames">At least one; their place in the chain is given by the ones before.</param>
internal sealed record LogValue(Lsn Before, uint Crc, IReadOnlyList<FrameValue> Frames)
{
    public static readonly Guid Database = new("6d0c9d27-5d0e-4c6e-8c37-2c3b1b6d8a11");

    /// <summary>The longest log that is made here.</summary>
    private const int MaxFrames = 5;

    public Lsn Last => new(Frames[^1].Fields.First.Value + (ulong)Frames[^1].Fields.Commits - 1);

    public static Gen<LogValue> Any(bool epochs) =>
        Gen.Select(Gen.ULong[0, 1000], Gens.UInt, Gen.Select(FrameValue.Any, Gen.Int[1, 20], Gen.Bool).Array[1, MaxFrames])
            .Select((before, crc, frames) => Chain(new Lsn(before), crc, frames, epochs));

    /// <summary>The segments, each behind its header; a new one begins with each epoch, and where there are two frames.</summary>
    public List<byte[]> Segments(ulong firstId)
    {
        var segments = new List<byte[]>();
        var (last, crc) = (Before, Crc);
        for (var i = 0; i < Frames.Count;)
        {
            var epoch = Frames[i].Fields.Epoch;
            var id = firstId + (ulong)segments.Count;
            var bytes = new List<byte>(Header(new WalSegmentHeader { DatabaseId = Database, SegmentId = id, Epoch = epoch, First = Frames[i].Fields.First, Before = last, PreviousCrc = crc }));
            for (var end = Math.Min(i + 2, Frames.Count); i < end && Frames[i].Fields.Epoch == epoch; i++)
            {
                var frame = Frames[i] with { Fields = Frames[i].Fields with { SegmentId = id, PreviousCrc = crc } };
                var encoded = frame.Encode();
                (last, crc) = (new WalFrame(encoded).Last, new WalFrame(encoded).Crc);
                bytes.AddRange(encoded);
            }

            segments.Add([.. bytes]);
        }

        return segments;
    }

    /// <summary>One segment with all frames; they are of one epoch.</summary>
    public byte[] OneSegment(ulong id)
    {
        var header = new WalSegmentHeader { DatabaseId = Database, SegmentId = id, Epoch = Frames[0].Fields.Epoch, First = Frames[0].Fields.First, Before = Before, PreviousCrc = Crc };
        var bytes = new List<byte>(Header(header));
        var crc = Crc;
        foreach (var frame in Frames)
        {
            var encoded = (frame with { Fields = frame.Fields with { SegmentId = id, PreviousCrc = crc } }).Encode();
            crc = new WalFrame(encoded).Crc;
            bytes.AddRange(encoded);
        }

        return [.. bytes];
    }

    /// <summary>Makes the checksums of header and frames right, and the chain between them.</summary>
    public static void Repair(Span<byte> segment)
    {
        if (segment.Length < WalSegmentHeader.Size)
            return;
        var block = segment[..WalSegmentHeader.Size].ToArray();
        WalSegmentHeaderDecoder.RepairBlock(block);
        block.CopyTo(segment);
        var crc = BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(12));
        var rest = segment[WalSegmentHeader.Size..];
        while (rest.Length >= WalFrame.HeaderSize && new WalFrame(rest) is { HasPlausibleLength: true } frame && frame.Length <= rest.Length)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(rest[68..], crc);
            FrameValue.Repair(rest[..frame.Length]);
            crc = new WalFrame(rest).Crc;
            rest = rest[frame.Length..];
        }
    }

    /// <summary>The same frames, whatever segments they lie in?</summary>
    public bool IsPartOf(LogValue whole)
    {
        for (var skipped = 0; skipped + Frames.Count <= whole.Frames.Count; skipped++)
        {
            if (Frames.Select(Content).SequenceEqual(whole.Frames.Skip(skipped).Take(Frames.Count).Select(Content)))
                return true;
        }

        return false;
    }

    public bool Equals(LogValue? other) => other is not null && Before == other.Before && Crc == other.Crc && Frames.Count == other.Frames.Count && IsPartOf(other);

    public override int GetHashCode() => Before.GetHashCode();

    private static FrameValue Content(FrameValue frame) => frame with { Fields = frame.Fields with { SegmentId = 0, PreviousCrc = 0 } };

    private static byte[] Header(WalSegmentHeader header)
    {
        var block = new byte[WalSegmentHeader.Size];
        header.WriteTo(block);
        return block;
    }

    private static LogValue Chain(Lsn before, uint crc, (FrameValue Frame, int Commits, bool IsNewEpoch)[] frames, bool epochs)
    {
        var chained = new List<FrameValue>();
        var (next, epoch) = (before.Next, 1UL);
        foreach (var (frame, commits, isNewEpoch) in frames)
        {
            if (epochs && isNewEpoch && chained.Count > 0)
                (next, epoch) = (next + 1000, epoch + 1);
            chained.Add(frame with { Fields = frame.Fields with { DatabaseId = Database, Epoch = epoch, First = next, Commits = commits, Durable = new Lsn(frame.Fields.Durable.Value % next.Value), Flags = frame.Fields.Flags & ~WalFlags.Encrypted, KeyId = 0, Counter = 0 } }); // of a database without keys
            next += commits;
        }

        return new LogValue(before, crc, chained);
    }
}
