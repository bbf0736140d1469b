using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>How writing a key went.</summary>
/// <param name="Length">Bytes written.</param>
/// <param name="HasNull">Is a component NULL? Such a key collides with nothing.</param>
/// <param name="IsTooLong">More than <see cref="KeyEncoder.MaxKeyBytes"/>.</param>
internal readonly record struct KeyResult(int Length, bool HasNull, bool IsTooLong);

/// <summary>Writes the key of an index from a row. Immutable; any thread.</summary>
internal sealed class KeyEncoder
{
    public const int MaxKeyBytes = 64 << 10;

    private readonly ImmutableArray<int> _ordinals;
    private readonly ImmutableArray<Column> _columns;

    public KeyEncoder(TableSchema schema, ImmutableArray<int> ordinals)
    {
        _ordinals = ordinals;
        _columns = [.. ordinals.Select(o => schema.Columns[o])];
    }

    /// <param name="row">A row that <see cref="RowRules"/> has accepted.</param>
    /// <param name="columnOffsets">What it said of the columns.</param>
    /// <param name="into">Gets the key appended.</param>
    public KeyResult Append(ReadOnlySpan<byte> row, ReadOnlySpan<int> columnOffsets, ByteBuffer into)
    {
        var start = into.Length;
        var hasNull = false;
        for (var i = 0; i < _ordinals.Length; i++)
        {
            var value = row[columnOffsets[_ordinals[i]]..];
            if (value[0] == RowFormat.Nil)
            {
                into.Append(OrderedEncoding.NullTag);
                hasNull = true;
                continue;
            }

            into.Append(OrderedEncoding.ValueTag);
            AppendValue(_columns[i], value, into);
        }

        var length = into.Length - start;
        return new KeyResult(length, hasNull, length > MaxKeyBytes);
    }

    private static void AppendValue(Column column, ReadOnlySpan<byte> bytes, ByteBuffer into)
    {
        var value = new ValueView(bytes[..RowView.LengthOf(bytes)]);
        switch (column.Type)
        {
            case ColumnType.Boolean:
                OrderedEncoding.Boolean(into, value.GetBoolean());
                break;
            case ColumnType.Int2:
                OrderedEncoding.Int2(into, (short)value.GetInt64());
                break;
            case ColumnType.Int4 or ColumnType.Date:
                OrderedEncoding.Int4(into, (int)value.GetInt64());
                break;
            case ColumnType.Int8 or ColumnType.Time or ColumnType.Timestamp or ColumnType.Timestamptz or ColumnType.Interval:
                OrderedEncoding.Int8(into, value.GetInt64());
                break;
            case ColumnType.Float4:
                OrderedEncoding.Single(into, value.GetSingle());
                break;
            case ColumnType.Float8:
                OrderedEncoding.Double(into, value.GetDouble());
                break;
            case ColumnType.Numeric:
                OrderedEncoding.Numeric(into, value.GetNumeric());
                break;
            case ColumnType.Char:
                OrderedEncoding.Bytes(into, value.GetUtf8().TrimEnd((byte)' '));
                break;
            case ColumnType.Varchar or ColumnType.Text or ColumnType.Json or ColumnType.Jsonb:
                OrderedEncoding.Bytes(into, value.GetUtf8());
                break;
            case ColumnType.Bytea or ColumnType.Vector:
                OrderedEncoding.Bytes(into, value.GetBytes());
                break;
            case ColumnType.Uuid:
                OrderedEncoding.Uuid(into, value.GetBytes());
                break;
            case ColumnType.Array:
                AppendArray(column, value, into);
                break;
            default:
                throw new HeliosException(HeliosErrorKind.Internal, "internal", $"Column {column.Name}: {column.Type} has no key form.");
        }
    }

    /// <summary>Element by element, NULL first, each marked 02 (value) or 01 (NULL); the end is 00, so a beginning sorts first.</summary>
    private static void AppendArray(Column column, ValueView value, ByteBuffer into)
    {
        var element = new Column(column.Name, column.ElementType!.Value);
        foreach (var item in value.GetArray())
        {
            into.Append(item.IsNull ? (byte)0x01 : (byte)0x02);
            if (!item.IsNull)
                AppendValue(element, item.Raw, into);
        }

        into.Append(0);
    }
}
