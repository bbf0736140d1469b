using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>The gate for rows from users. It throws for no row; what it takes can be read, compared as a key and written as text.</summary>
internal sealed class RowDecoder : DecoderUnderTest<RowValue>
{
    public override string Name => "row";

    public override IReadOnlyList<Type> Codecs => [typeof(RowRules), typeof(JsonSyntax), typeof(MessagePackSpan), typeof(KeyEncoder)];

    /// <summary>Integers may be wider than they must be.</summary>
    public override bool IsCanonical => false;

    public override IReadOnlyList<string> Codes => [];

    public override IEnumerable<byte[]> CostlyInputs => RowValue.CostlyRows;

    protected override Gen<RowValue> Values => RowValue.Any;

    protected override byte[] Encode(RowValue value) => value.Encode();

    protected override bool TryDecode(byte[] bytes, out RowValue value)
    {
        value = null!;
        if (bytes.Length == 0)
            return false;
        var table = RowValue.TableOf(bytes);
        var row = bytes.AsSpan(1);
        var schema = RowValue.Schema(table);
        var offsets = new int[schema.Columns.Length];
        if (!RowRules.TryValidate(schema, row, offsets, out var fault))
        {
            fault.Describe(schema);
            return false;
        }

        using var text = new ByteBuffer();
        new KeyEncoder(schema, [.. Enumerable.Range(0, offsets.Length)]).Append(row, offsets, text);
        var cells = new object?[offsets.Length];
        for (var i = 0; i < cells.Length; i++)
        {
            var cell = new ValueView(row[offsets[i]..]);
            cells[i] = RowValue.Kinds(table)[i].ReadOrNull(cell);
            ColumnClr.Read(schema.Columns[i], cell);
            ColumnText.FormatCsv(schema.Columns[i], cell, text);
            ColumnText.FormatJson(schema.Columns[i], cell, text);
        }

        value = new RowValue(table, new RowView(row).SchemaVersion, cells);
        return true;
    }

    public override void Walk(byte[] bytes)
    {
        if (bytes.Length == 0)
            return;
        var schema = RowValue.Schema(RowValue.TableOf(bytes));
        Span<int> offsets = stackalloc int[schema.Columns.Length];
        RowRules.TryValidate(schema, bytes.AsSpan(1), offsets, out _);
    }
}
