using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>Makes the keys of one index: bytes that compare as the values do, see <see cref="OrderedEncoding"/>.</summary>
/// <remarks>Immutable; any number of threads may use it. Allocates only where a component is JSON.</remarks>
internal sealed class KeyEncoder
{
    private readonly int[] _ordinals;
    private readonly Column[] _columns;
    private readonly Column[] _probes;

    /// <param name="schema">The table.</param>
    /// <param name="ordinals">The key's columns in key order, at least one.</param>
    public KeyEncoder(TableSchema schema, ImmutableArray<int> ordinals)
    {
        ArgumentOutOfRangeException.ThrowIfZero(ordinals.Length, nameof(ordinals));
        _ordinals = [.. ordinals];
        _columns = [.. ordinals.Select(o => schema.Columns[o])];

        // A probe may be NULL or longer than the column allows: it is not found then, it is no error.
        _probes = [.. _columns.Select(c => c with { IsNullable = true, Length = 0 })];
    }

    /// <summary>Components of the key.</summary>
    public int Count => _ordinals.Length;

    /// <summary>Appends the key of a row.</summary>
    /// <param name="row">A row that <see cref="RowRules.TryValidate"/> took.</param>
    /// <param name="columnOffsets">Where its columns begin, as that call said.</param>
    /// <param name="into">Takes the key behind what it holds.</param>
    public KeyResult Append(ReadOnlySpan<byte> row, ReadOnlySpan<int> columnOffsets, ByteBuffer into)
    {
        var start = into.Length;
        var hasNull = false;
        for (var i = 0; i < _ordinals.Length; i++)
        {
            if (!TryAppendComponent(_columns[i], new ValueView(row[columnOffsets[_ordinals[i]]..]), into, start, ref hasNull))
                return TooLong(into, start);
        }

        return new KeyResult(into.Length - start, hasNull, false);
    }

    /// <summary>Appends the key that a look-up asks for.</summary>
    /// <param name="values">A row that holds nothing but the key's values, in key order; not checked yet.</param>
    /// <param name="into">Takes the key behind what it holds.</param>
    /// <param name="key">The key; its length is 0 where there is none.</param>
    /// <param name="fault">Why there is no key. Where <see cref="RowFault.IsNoSuchKey"/> holds, no row can have it: not found. Else the caller's values are of wrong types.</param>
    public bool TryAppendProbe(ReadOnlySpan<byte> values, ByteBuffer into, out KeyResult key, out RowFault fault)
    {
        key = default;
        var at = 0;
        if (!MessagePackSpan.TryReadArrayHeader(values, ref at, out var count) || count == 0
            || !MessagePackSpan.TryReadInteger(values, ref at, out var version) || (ulong)version > uint.MaxValue)
        {
            fault = new RowFault(RowFault.MalformedRow);
            return false;
        }

        if (count - 1 != _ordinals.Length)
        {
            fault = new RowFault(RowFault.ColumnCount, -1, count - 1);
            return false;
        }

        var start = into.Length;
        var hasNull = false;
        for (var i = 0; i < _ordinals.Length; i++)
        {
            var begin = at;
            if (RowRules.CheckValue(_probes[i], values, ref at, out var found) is { } code)
                fault = new RowFault(code, _ordinals[i], found);
            else if (!TryAppendComponent(_probes[i], new ValueView(values[begin..]), into, start, ref hasNull))
                fault = new RowFault(RowFault.KeyTooLong, _ordinals[i]);
            else
                continue;
            into.Truncate(start);
            return false;
        }

        if (at != values.Length)
        {
            fault = new RowFault(RowFault.MalformedRow);
            into.Truncate(start);
            return false;
        }

        key = new KeyResult(into.Length - start, hasNull, false);
        fault = default;
        return true;
    }

    /// <summary>Appends one component of a key.</summary>
    /// <param name="column">Its column.</param>
    /// <param name="value">A value of the column's type, which may be longer than the column allows, or NULL.</param>
    /// <param name="into">Takes the component.</param>
    /// <returns>False where no key can be as long; <paramref name="into"/> is as before then.</returns>
    public static bool TryAppendValue(Column column, ReadOnlySpan<byte> value, ByteBuffer into)
    {
        var start = into.Length;
        var hasNull = false;
        if (TryAppendComponent(column, new ValueView(value), into, start, ref hasNull))
            return true;
        into.Truncate(start);
        return false;
    }

    private static KeyResult TooLong(ByteBuffer into, int start)
    {
        into.Truncate(start);
        return new KeyResult(0, false, true);
    }

    private static bool TryAppendComponent(Column column, ValueView value, ByteBuffer into, int start, ref bool hasNull)
    {
        if (value.IsNull)
        {
            into.Append(OrderedEncoding.NullTag);
            hasNull = true;
            return into.Length - start <= RowFormat.MaxKeyBytes;
        }

        into.Append(OrderedEncoding.ValueTag);
        var end = start + RowFormat.MaxKeyBytes;
        var fits = column.Type switch
        {
            ColumnType.Array => TryAppendArray(column.ElementType.GetValueOrDefault(), value.GetArray(), into, end),
            ColumnType.Vector => TryAppendVector(value.GetVector(), into, end),
            _ => TryAppendScalar(column.Type, value, into, end),
        };
        return fits && into.Length <= end;
    }

    private static bool TryAppendScalar(ColumnType type, ValueView value, ByteBuffer into, int end)
    {
        switch (type)
        {
            case ColumnType.Boolean:
                into.Append(value.GetBoolean() ? (byte)1 : (byte)0);
                return true;
            case ColumnType.Int2:
                OrderedEncoding.AppendInt16(into, (short)value.GetInt64());
                return true;
            case ColumnType.Int4 or ColumnType.Date:
                OrderedEncoding.AppendInt32(into, (int)value.GetInt64());
                return true;
            case ColumnType.Int8 or ColumnType.Time or ColumnType.Timestamp or ColumnType.Timestamptz or ColumnType.Interval:
                OrderedEncoding.AppendInt64(into, value.GetInt64());
                return true;
            case ColumnType.Float4:
                OrderedEncoding.AppendSingle(into, value.GetSingle());
                return true;
            case ColumnType.Float8:
                OrderedEncoding.AppendDouble(into, value.GetDouble());
                return true;
            case ColumnType.Numeric:
                OrderedEncoding.AppendNumeric(into, value.GetNumeric());
                return true;
            case ColumnType.Uuid:
                into.Append(value.GetBytes());
                return true;
            case ColumnType.Varchar or ColumnType.Text:
                return TryAppendEscaped(value.GetUtf8(), into, end);
            case ColumnType.Char:
                return TryAppendEscaped(value.GetUtf8().TrimEnd((byte)' '), into, end);
            case ColumnType.Bytea:
                return TryAppendEscaped(value.GetBytes(), into, end);
            case ColumnType.Json or ColumnType.Jsonb:
                using (var canonical = new ByteBuffer())
                {
                    CanonicalJson.Write(value.GetUtf8(), canonical);
                    return TryAppendEscaped(canonical.Written, into, end);
                }

            case ColumnType.Vector:
                return TryAppendVector(value.GetVector(), into, end);
            default:
                throw new HeliosException(HeliosErrorKind.Internal, "internal", $"There is no key form for {type}.");
        }
    }

    /// <summary>False before it copies what cannot fit: a row may have 16 MiB, a key 64 KiB.</summary>
    private static bool TryAppendEscaped(ReadOnlySpan<byte> value, ByteBuffer into, int end)
    {
        if (value.Length > end - into.Length)
            return false;
        OrderedEncoding.AppendBytes(into, value);
        return true;
    }

    private static bool TryAppendArray(ColumnType element, ValueList values, ByteBuffer into, int end)
    {
        foreach (var value in values)
        {
            if (into.Length > end)
                return false;
            into.Append(value.IsNull ? OrderedEncoding.ListNullTag : OrderedEncoding.ListValueTag);
            if (!value.IsNull && !TryAppendScalar(element, value, into, end))
                return false;
        }

        into.Append(OrderedEncoding.ListEnd);
        return true;
    }

    private static bool TryAppendVector(ReadOnlySpan<float> values, ByteBuffer into, int end)
    {
        if (values.Length > end - into.Length)
            return false;
        foreach (var value in values)
        {
            into.Append(OrderedEncoding.ListValueTag);
            OrderedEncoding.AppendSingle(into, value);
        }

        into.Append(OrderedEncoding.ListEnd);
        return true;
    }
}
