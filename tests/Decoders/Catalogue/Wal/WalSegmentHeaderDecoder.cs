using System.Buffers.Binary;
using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

internal sealed class WalSegmentHeaderDecoder : DecoderUnderTest<WalSegmentHeader>
{
    public override string Name => "wal-segment-header";

    public override IReadOnlyList<Type> Codecs => [typeof(WalSegmentHeader)];

    public override IReadOnlyList<string> Codes => ["format_too_new"];

    protected override Gen<WalSegmentHeader> Values { get; } =
        Gen.Select(Gens.Guid, Gens.ULong, Gens.ULong, Gens.Lsn, Gens.ULong, Gens.UInt).Select((id, segment, epoch, first, before, crc) => new WalSegmentHeader
        {
            DatabaseId = id,
            SegmentId = segment,
            Epoch = epoch,
            First = first,
            Before = new Lsn(before % first.Value),
            PreviousCrc = crc,
        });

    protected override byte[] Encode(WalSegmentHeader value)
    {
        var block = new byte[WalSegmentHeader.Size];
        value.WriteTo(block);
        return block;
    }

    protected override bool TryDecode(byte[] bytes, out WalSegmentHeader value)
    {
        value = default;
        return bytes.Length <= WalSegmentHeader.Size && WalSegmentHeader.TryRead(bytes, "segment", out value); // frames may follow in a file
    }

    public override void Repair(byte[] bytes) => RepairBlock(bytes);

    protected override bool MayFollowFromDamage(WalSegmentHeader original, WalSegmentHeader decoded) => false;

    public static void RepairBlock(byte[] block)
    {
        if (block.Length < WalSegmentHeader.Size)
            return;
        var crc = Crc32C.Append(Crc32C.Append(Crc32C.Seed, block.AsSpan(0, 8)), block.AsSpan(12..WalSegmentHeader.Size));
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(8), Crc32C.Finish(crc));
    }
}
