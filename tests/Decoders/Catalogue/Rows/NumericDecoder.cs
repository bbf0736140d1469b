using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>The stored form of a Numeric.</summary>
internal sealed class NumericDecoder : DecoderUnderTest<Numeric38>
{
    public override string Name => "numeric";

    public override IReadOnlyList<Type> Codecs => [typeof(Numeric38)];

    public override IReadOnlyList<string> Codes => [];

    protected override Gen<Numeric38> Values => CellKinds.Numeric;

    protected override byte[] Encode(Numeric38 value)
    {
        var payload = new byte[Numeric38.MaxPayloadBytes];
        return payload[..value.Write(payload)];
    }

    protected override bool TryDecode(byte[] bytes, out Numeric38 value) => Numeric38.TryRead(bytes, out value);

    protected override bool Same(Numeric38 one, Numeric38 other) => one.Equals(other) && one.Scale == other.Scale;
}

/// <summary>The text of a Numeric.</summary>
internal sealed class NumericTextDecoder : DecoderUnderTest<Numeric38>
{
    public override string Name => "numeric-text";

    public override IReadOnlyList<Type> Codecs => [typeof(Numeric38)];

    /// <summary>A plus, leading zeros and exponents are read, and not written.</summary>
    public override bool IsCanonical => false;

    public override IReadOnlyList<string> Codes => [];

    protected override Gen<Numeric38> Values => CellKinds.Numeric;

    protected override byte[] Encode(Numeric38 value)
    {
        var text = new byte[Numeric38.MaxTextBytes];
        return text[..value.Format(text)];
    }

    protected override bool TryDecode(byte[] bytes, out Numeric38 value) => Numeric38.TryParse(bytes, out value);

    protected override bool Same(Numeric38 one, Numeric38 other) => one.Equals(other) && one.Scale == other.Scale;
}
