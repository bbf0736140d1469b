using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>Dates and times as text. The first byte says which type, the text follows.</summary>
internal sealed class IsoTextDecoder : DecoderUnderTest<(int Type, long Value)>
{
    private const int Types = 4;

    public override string Name => "iso-text";

    public override IReadOnlyList<Type> Codecs => [typeof(IsoText)];

    /// <summary>Zones, blanks and trailing zeros are read, and not written.</summary>
    public override bool IsCanonical => false;

    public override IReadOnlyList<string> Codes => [];

    protected override Gen<(int Type, long Value)> Values { get; } = Gen.OneOf(
        Gen.Long[0, RowFormat.MaxDayNumber].Select(v => (0, v)),
        Gen.Long[0, RowFormat.MaxTimeTicks].Select(v => (1, v)),
        Gen.Select(Gen.Int[2, 3], Gen.Frequency((3, Gen.Long[0, RowFormat.MaxTimestampTicks]), (1, Gens.One(0, RowFormat.MaxTimestampTicks)))));

    protected override byte[] Encode((int Type, long Value) value)
    {
        var text = new byte[1 + IsoFormat.MaxBytes];
        text[0] = (byte)value.Type;
        var length = value.Type switch
        {
            0 => IsoFormat.Date(DateOnly.FromDayNumber((int)value.Value), text.AsSpan(1)),
            1 => IsoFormat.Time(value.Value, text.AsSpan(1)),
            _ => IsoFormat.Timestamp(value.Value, isUtc: value.Type == 3, text.AsSpan(1)),
        };
        return text[..(1 + length)];
    }

    protected override bool TryDecode(byte[] bytes, out (int Type, long Value) value)
    {
        value = default;
        if (bytes.Length == 0)
            return false;
        var type = bytes[0] % Types;
        var text = bytes.AsSpan(1);
        long ticks;
        bool isTaken;
        if (type == 0)
            (isTaken, ticks) = (IsoText.TryParseDate(text, out var day), day);
        else if (type == 1)
            isTaken = IsoText.TryParseTime(text, out ticks);
        else
            isTaken = type == 2 ? IsoText.TryParseTimestamp(text, out ticks) : IsoText.TryParseTimestamptz(text, out ticks);
        value = (type, ticks);
        return isTaken;
    }
}
