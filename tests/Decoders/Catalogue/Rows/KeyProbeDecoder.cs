using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>The values of a look-up, which come from a caller and become a key: any bytes give a key or a fault.</summary>
internal sealed class KeyProbeDecoder : DecoderUnderTest<RowValue>
{
    private readonly KeyEncoder[] _encoders =
        [.. Enumerable.Range(0, RowValue.Tables).Select(table => new KeyEncoder(RowValue.Schema(table), [.. Enumerable.Range(0, RowValue.Kinds(table).Length)]))];

    public override string Name => "key-probe";

    public override IReadOnlyList<Type> Codecs => [typeof(KeyEncoder), typeof(OrderedEncoding)];

    public override bool IsCanonical => false;

    public override IReadOnlyList<string> Codes => [];

    public override IEnumerable<byte[]> CostlyInputs => RowValue.CostlyRows;

    protected override Gen<RowValue> Values => RowValue.Any;

    protected override byte[] Encode(RowValue value) => value.Encode();

    protected override bool TryDecode(byte[] bytes, out RowValue value)
    {
        value = null!;
        using var key = new ByteBuffer();
        if (bytes.Length == 0)
            return false;
        var table = RowValue.TableOf(bytes);
        if (!_encoders[table].TryAppendProbe(bytes.AsSpan(1), key, out var result, out var fault))
        {
            fault.Describe(RowValue.Schema(table));
            return false;
        }

        if (result.Length != key.Length)
            throw new DecoderFailure(BrokenRule.RoundTrip, $"A key of {key.Length} bytes is said to have {result.Length}.");
        var row = new RowView(bytes.AsSpan(1));
        var kinds = RowValue.Kinds(table);
        var cells = new object?[kinds.Length];
        for (var i = 0; i < kinds.Length; i++)
            cells[i] = kinds[i].ReadOrNull(row[i]);
        value = new RowValue(table, row.SchemaVersion, cells);
        return true;
    }

    public override void Walk(byte[] bytes)
    {
        using var key = new ByteBuffer();
        if (bytes.Length > 0)
            _encoders[RowValue.TableOf(bytes)].TryAppendProbe(bytes.AsSpan(1), key, out _, out _);
    }
}
