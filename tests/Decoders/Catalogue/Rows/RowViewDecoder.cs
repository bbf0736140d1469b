using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>A stored row, read without asking the rules first, as after damage: a value or <c>corrupt</c>.</summary>
internal sealed class RowViewDecoder : DecoderUnderTest<RowValue>
{
    public override string Name => "row-view";

    public override IReadOnlyList<Type> Codecs => [typeof(RowView), typeof(ValueView), typeof(ValueList), typeof(ValueList.Enumerator)];

    public override bool IsCanonical => false;

    public override IEnumerable<byte[]> CostlyInputs => RowValue.CostlyRows;

    protected override Gen<RowValue> Values => RowValue.Any;

    protected override byte[] Encode(RowValue value) => value.Encode();

    protected override bool TryDecode(byte[] bytes, out RowValue value)
    {
        value = null!;
        if (bytes.Length == 0)
            return false;
        var table = RowValue.TableOf(bytes);
        var kinds = RowValue.Kinds(table);
        var row = new RowView(bytes.AsSpan(1));
        RowView.ReadOffsets(bytes.AsSpan(1), new int[kinds.Length]);
        var cells = new object?[kinds.Length];
        for (var i = 0; i < kinds.Length; i++)
            cells[i] = kinds[i].ReadOrNull(row[i]);

        value = new RowValue(table, row.SchemaVersion, cells);
        return true;
    }

    public override void Walk(byte[] bytes)
    {
        if (bytes.Length == 0)
            return;
        foreach (var value in new RowView(bytes.AsSpan(1)))
            _ = value.Raw;
    }
}
