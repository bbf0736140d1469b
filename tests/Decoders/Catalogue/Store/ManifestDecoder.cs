using CsCheck;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Decoders;

/// <summary>RocksDB's manifest, as far as it is judged: whole, or torn where.</summary>
internal sealed class ManifestDecoder : DecoderUnderTest<byte[][]>
{
    private const string FileName = "MANIFEST-000001";

    public override string Name => "manifest";

    public override IReadOnlyList<Type> Codecs => [typeof(ManifestScan)];

    /// <summary>Pieces may be cut anywhere, and what a block leaves unused may be anything.</summary>
    public override bool IsCanonical => false;

    /// <summary>Its one buffer is a block; the files in memory and the check's own reading come on top.</summary>
    public override int FixedAllocation => DefaultFixedAllocation + (2 * ManifestScan.BlockSize);

    protected override Gen<byte[][]> Values { get; } =
        Gen.Frequency((20, Gen.Byte.Array[0, 200]), (1, Gen.Int[ManifestScan.BlockSize - 20, ManifestScan.BlockSize + 20].Select(static length => new byte[length]))).Array[0, 8];

    public override void Walk(byte[] bytes) => EndOfWhole(bytes);

    public override void Repair(byte[] bytes) => ManifestFormat.Repair(bytes);

    protected override byte[] Encode(byte[][] value) => ManifestFormat.Write(value);

    protected override bool TryDecode(byte[] bytes, out byte[][] value)
    {
        value = [];
        if (EndOfWhole(bytes) is not { } end)
            return false;
        if (end < 0 || end > bytes.Length)
            throw new InvalidOperationException($"{end} of {bytes.Length} bytes are whole.");
        value = [.. ManifestFormat.Read(bytes.AsSpan(0, (int)end)).Select(static record => record.Payload)];
        return true;
    }

    protected override bool Same(byte[][] one, byte[][] other) =>
        one.Length == other.Length && one.Zip(other).All(static pair => pair.First.AsSpan().SequenceEqual(pair.Second));

    /// <summary>The first records, unchanged.</summary>
    protected override bool MayFollowFromDamage(byte[][] original, byte[][] decoded) =>
        decoded.Length <= original.Length && Same(original[..decoded.Length], decoded);

    private static long? EndOfWhole(byte[] bytes)
    {
        using var file = new BytesAsFiles(new Dictionary<string, ReadOnlyMemory<byte>> { [FileName] = bytes }).Open(FileName, writable: false);
        return ManifestScan.EndOfWhole(file);
    }
}
