using System.Buffers.Binary;
using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>The marker of a database without a log: what it says decides from which LSN on the database goes on.</summary>
internal sealed class UnloggedMarkerDecoder : DecoderUnderTest<UnloggedMarker>
{
    public override string Name => "unlogged-marker";

    public override IReadOnlyList<Type> Codecs => [typeof(UnloggedMarker)];

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    protected override Gen<UnloggedMarker> Values { get; } =
        Gen.Select(Gens.Guid, Gens.ULong, Gens.ULong, Gens.Lsn, Gens.Lsn).Select((id, epoch, applied, next, reserved) =>
            new UnloggedMarker(id, Math.Max(epoch, 1), new Lsn(applied % next.Value), next, reserved.Value));

    protected override byte[] Encode(UnloggedMarker value) => value.Encode();

    protected override bool TryDecode(byte[] bytes, out UnloggedMarker value)
    {
        value = UnloggedMarker.Decode(bytes, "unlogged");
        return true;
    }

    public override void Repair(byte[] bytes)
    {
        if (bytes.Length == UnloggedMarker.Size)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Crc32C.Compute([.. bytes[..12], .. bytes[16..]]));
    }

    protected override bool MayFollowFromDamage(UnloggedMarker original, UnloggedMarker decoded) => false;
}
