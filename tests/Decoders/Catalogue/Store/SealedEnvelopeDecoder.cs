using CsCheck;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Decoders;

/// <summary>What a client sealed, before any key: the header is looked at, nothing of it is believed.</summary>
internal sealed class SealedEnvelopeDecoder : DecoderUnderTest<SealedParts>
{
    public override string Name => "sealed-envelope";

    public override IReadOnlyList<Type> Codecs => [typeof(SealedEnvelope)];

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    public override IEnumerable<byte[]> CostlyInputs => [Encode(new SealedParts(1, 2, new byte[16], new byte[12], new byte[64 << 10], new byte[16]))];

    protected override Gen<SealedParts> Values { get; } =
        Gen.Select(Gen.ULong, Gen.Long[0, long.MaxValue], Gen.Byte.Array[16], Gen.Byte.Array[12], Gen.Byte.Array[0, 200], Gen.Byte.Array[16])
            .Select((key, version, salt, nonce, ciphertext, tag) => new SealedParts(key, version, salt, nonce, ciphertext, tag));

    protected override byte[] Encode(SealedParts value)
    {
        var bytes = new byte[SealedEnvelope.Overhead + value.Ciphertext.Length];
        SealedEnvelope.WriteHeader(bytes, value.KeyId, value.Version, value.Salt, value.Nonce);
        value.Ciphertext.CopyTo(bytes, SealedEnvelope.HeaderSize);
        value.Tag.CopyTo(bytes, bytes.Length - SealedEnvelope.TagSize);
        return bytes;
    }

    protected override bool TryDecode(byte[] bytes, out SealedParts value)
    {
        var parts = SealedEnvelope.Decode(bytes, "t");
        value = new SealedParts(parts.KeyId, parts.Version, parts.Salt.ToArray(), parts.Nonce.ToArray(), parts.Ciphertext.ToArray(), parts.Tag.ToArray());
        return true;
    }

    protected override bool Same(SealedParts one, SealedParts other) => Encode(one).AsSpan().SequenceEqual(Encode(other));
}

/// <summary>The fields of an envelope.</summary>
internal sealed record SealedParts(ulong KeyId, long Version, byte[] Salt, byte[] Nonce, byte[] Ciphertext, byte[] Tag);
