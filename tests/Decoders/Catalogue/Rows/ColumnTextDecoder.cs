using System.Text.Unicode;
using CsCheck;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>A field of CSV as a value of a column. The first byte says which kind of column, the field follows.</summary>
internal sealed class ColumnTextDecoder : DecoderUnderTest<RowValue>
{
    public override string Name => "column-text";

    public override IReadOnlyList<Type> Codecs => [typeof(ColumnText), typeof(ValueShapes), typeof(Iso8601)];

    public override bool IsCanonical => false;

    public override IReadOnlyList<string> Codes => [];

    /// <summary>Each element of an array of JSON is a document of its own.</summary>
    public override int AllocationPerByte => 40;

    public override IEnumerable<byte[]> CostlyInputs =>
        from table in Enumerable.Range(0, RowValue.Tables - 1)
        from text in CanonicalJsonDecoder.Texts
        select (byte[])[(byte)table, .. text];

    protected override Gen<RowValue> Values { get; } = RowValue.Any.Where(row => row.Table > 0 && row.Cells[0] is not null).Select(row => row with { SchemaVersion = 1 });

    protected override byte[] Encode(RowValue value)
    {
        using var text = new ByteBuffer();
        text.Append((byte)(value.Table - 1));
        var row = value.Encode();
        ColumnText.FormatCsv(RowValue.Schema(value.Table).Columns[0], new RowView(row.AsSpan(1))[0], text);
        return text.Written.ToArray();
    }

    protected override bool TryDecode(byte[] bytes, out RowValue value)
    {
        value = null!;
        if (bytes.Length == 0)
            return false;
        var table = 1 + (bytes[0] % (RowValue.Tables - 1));
        var field = bytes.AsSpan(1);
        if (Utf8.IsValid(field)) // the readers refuse the record else
            CheckShape(field);
        using var buffer = new ByteBuffer();
        if (!TryParse(RowValue.Schema(table), field, buffer, out var fault) || fault.Code is not null)
            return false;
        value = new RowValue(table, 1, [RowValue.Kinds(table)[0].ReadOrNull(new RowView(buffer.Written)[0])]);
        return true;
    }

    public override void Walk(byte[] bytes)
    {
        using var buffer = new ByteBuffer();
        if (bytes.Length > 0)
            TryParse(RowValue.Schema(1 + (bytes[0] % (RowValue.Tables - 1))), bytes.AsSpan(1), buffer, out _);
    }

    /// <summary>A NaN is a NaN: text does not keep its bits.</summary>
    protected override bool Same(RowValue one, RowValue other) => Encode(one).AsSpan().SequenceEqual(Encode(other));

    private static bool TryParse(TableSchema schema, ReadOnlySpan<byte> field, ByteBuffer into, out RowFault fault)
    {
        fault = default;
        var writer = new RowWriter(into);
        writer.Begin(1, 1);
        if (!ColumnText.TryParse(schema.Columns[0], field, ref writer, out _))
        {
            writer.Abandon();
            return false;
        }

        writer.End();
        Span<int> offsets = stackalloc int[1];
        RowRules.TryValidate(schema, into.Written, offsets, out fault);
        return true;
    }

    /// <summary>A type that is suggested for a value takes the value.</summary>
    private static void CheckShape(ReadOnlySpan<byte> field)
    {
        if (field.IsEmpty)
            return;
        var type = TypeInference.Resolve(ValueShapes.OfText(field));
        using var buffer = new ByteBuffer();
        if (!TryParse(new TableSchema([new Column("c", type)]), field, buffer, out var fault) || fault.Code is not null)
            throw new DecoderFailure(BrokenRule.RoundTrip, $"{type} is suggested for '{System.Text.Encoding.UTF8.GetString(field)}' and does not take it.");
    }
}
