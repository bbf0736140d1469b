using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Turns records of one format into rows of one table. One thread at a time; see <see cref="EncoderPool"/>.</summary>
internal abstract class RecordEncoder(TableDefinition table, ColumnFill? fill)
{
    protected TableDefinition Table { get; } = table;

    /// <summary>What a field that is not there becomes; null where that is always NULL.</summary>
    protected ColumnFill? Fill { get; } = fill;

    /// <summary>Writes the record as a row between BeginRow and EndRow; on a fault the caller abandons the row.</summary>
    public abstract RecordFault? Encode(ReadOnlySpan<byte> record, ByteBuffer into);

    /// <param name="column">The column.</param>
    /// <param name="why">What <see cref="ColumnText"/> said.</param>
    internal static RecordFault Mismatch(Column column, string? why) => new("type_mismatch", column.Name, $"{why}.");

    internal static RecordFault Unfilled(TableDefinition table, RowFault fault, int ordinal) =>
        new(fault.Code, table.Schema.Columns[ordinal].Name, (fault with { Ordinal = ordinal }).Describe(table.Schema));
}

/// <summary>CSV whose fields stand in the order of the table's columns, or in another one.</summary>
internal sealed class CsvEncoder(TableDefinition table, byte delimiter, int[] ordinals, ColumnFill? fill = null) : RecordEncoder(table, fill)
{
    private readonly FieldScratch _scratch = new();
    private readonly bool _inOrder = ordinals.Length == table.Schema.Columns.Length && ordinals.Select((o, i) => o == i).All(same => same);
    private readonly RecordValues _values = new(table, fill);

    public override RecordFault? Encode(ReadOnlySpan<byte> record, ByteBuffer into) =>
        _inOrder ? EncodeInOrder(record, into) : EncodeReordered(record, into);

    private RecordFault? EncodeInOrder(ReadOnlySpan<byte> record, ByteBuffer into)
    {
        var columns = Table.Schema.Columns;
        var writer = new RowWriter(into);
        writer.Begin(Table.SchemaVersion, columns.Length);
        var fields = new CsvFields(record, delimiter, _scratch);
        RecordFault? fault = null;
        while (fault is null && fields.Count < columns.Length && fields.MoveNext())
        {
            if (fields.IsNull && Fill?.HasNumbers(fields.Index) == true)
                fault = Fill.TryWrite(fields.Index, ref writer, out var unfilled) ? null : Unfilled(Table, unfilled, fields.Index);
            else if (fields.IsNull)
                writer.WriteNull();
            else if (!ColumnText.TryParse(columns[fields.Index], fields.Value, ref writer, out var why))
                fault = Mismatch(columns[fields.Index], why);
        }

        // A record of the wrong form is refused for that, whatever its first fields hold.
        fault = fields.Finish(columns.Length) ?? fault;
        if (fault is null)
        {
            var length = writer.End();
            Fill?.Encoded(into.Written[^length..]);
        }

        return fault;
    }

    private RecordFault? EncodeReordered(ReadOnlySpan<byte> record, ByteBuffer into)
    {
        _values.Clear();
        var fields = new CsvFields(record, delimiter, _scratch);
        while (fields.Count < ordinals.Length && fields.MoveNext())
        {
            if (fields.IsNull)
            {
                _values.TakeNull(ordinals[fields.Index]);
                continue;
            }

            _values.Text.Append(fields.Value);
            _values.Take(ordinals[fields.Index]);
        }

        return fields.Finish(ordinals.Length) ?? _values.WriteRow(into);
    }
}

/// <summary>One JSON object a record; fields in any order, a missing one is the column's default or NULL.</summary>
internal sealed class NdjsonEncoder(TableDefinition table, NdjsonColumns names, ColumnFill? fill = null) : RecordEncoder(table, fill)
{
    private readonly FieldScratch _scratch = new();
    private readonly RecordValues _values = new(table, fill);

    public override RecordFault? Encode(ReadOnlySpan<byte> record, ByteBuffer into)
    {
        var columns = Table.Schema.Columns;
        _values.Clear();
        var fields = new NdjsonFields(record, names, _scratch);
        while (fields.MoveNext())
        {
            if (fields.Kind == System.Text.Json.JsonTokenType.Null)
            {
                _values.TakeNull(fields.Ordinal);
                continue;
            }

            var isJson = columns[fields.Ordinal].Type is ColumnType.Json or ColumnType.Jsonb;
            if (isJson && fields.Kind == System.Text.Json.JsonTokenType.String)
                AppendQuoted(fields.Value);
            else
                _values.Text.Append(fields.Value);
            _values.Take(fields.Ordinal);
        }

        return fields.Fault ?? _values.WriteRow(into);
    }

    private void AppendQuoted(ReadOnlySpan<byte> text)
    {
        using var json = new System.Text.Json.Utf8JsonWriter(_values.Text);
        json.WriteStringValue(text);
    }
}

/// <summary>Encoders that are not in use; any thread.</summary>
internal sealed class EncoderPool(Func<RecordEncoder> make)
{
    private readonly System.Collections.Concurrent.ConcurrentBag<RecordEncoder> _free = [];

    public RecordEncoder Rent() => _free.TryTake(out var encoder) ? encoder : make();

    public void Return(RecordEncoder encoder) => _free.Add(encoder);
}
