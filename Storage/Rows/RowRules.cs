using System.Text.Unicode;

namespace Helios.Pipeline.Storage;

/// <summary>Says whether a row fits its table: the one gate for rows from every source.</summary>
internal static class RowRules
{
    /// <summary>Looks at every byte of the row once. Allocates nothing and throws for no row, however bad.</summary>
    /// <param name="schema">The table the row is for; its number of columns is the row's.</param>
    /// <param name="row">The whole row and nothing else.</param>
    /// <param name="columnOffsets">Takes where each column's value begins in the row; one place per column or more.</param>
    /// <param name="fault">The first fault found, or the default.</param>
    /// <returns>True if the row may be stored.</returns>
    public static bool TryValidate(TableSchema schema, ReadOnlySpan<byte> row, Span<int> columnOffsets, out RowFault fault)
    {
        fault = default;
        if (row.Length > RowFormat.MaxRowBytes)
            return Refuse(new RowFault(RowFault.RowTooLong, -1, row.Length), out fault);
        var at = 0;
        if (!MessagePackSpan.TryReadArrayHeader(row, ref at, out var count) || count == 0
            || !MessagePackSpan.TryReadInteger(row, ref at, out var version) || (ulong)version > uint.MaxValue)
            return Refuse(new RowFault(RowFault.MalformedRow), out fault);

        var columns = schema.Columns.AsSpan();
        if (count - 1 != columns.Length)
            return Refuse(new RowFault(RowFault.ColumnCount, -1, count - 1), out fault);
        for (var i = 0; i < columns.Length; i++)
        {
            columnOffsets[i] = at;
            if (CheckValue(columns[i], row, ref at, out var found) is { } code)
                return Refuse(new RowFault(code, i, found), out fault);
        }

        return at == row.Length || Refuse(new RowFault(RowFault.MalformedRow), out fault);
    }

    /// <summary>Looks at one value and steps over it.</summary>
    /// <returns>Null if the column may hold it, else the code of a <see cref="RowFault"/>.</returns>
    public static string? CheckValue(Column column, ReadOnlySpan<byte> row, ref int at, out long found)
    {
        if ((uint)at < (uint)row.Length && row[at] == MessagePackToken.Nil)
        {
            at++;
            found = 0;
            return column.IsNullable ? null : RowFault.NotNull;
        }

        return column.Type == ColumnType.Array
            ? CheckArray(column.ElementType.GetValueOrDefault(), row, ref at, out found)
            : CheckScalar(column.Type, column.Length, row, ref at, out found);
    }

    private static string? CheckScalar(ColumnType type, int length, ReadOnlySpan<byte> row, ref int at, out long found)
    {
        switch (type)
        {
            case ColumnType.Boolean:
                found = 0;
                return (uint)at < (uint)row.Length && row[at++] is MessagePackToken.True or MessagePackToken.False ? null : RowFault.TypeMismatch;
            case ColumnType.Int2: return CheckInteger(short.MinValue, short.MaxValue, row, ref at, out found);
            case ColumnType.Int4: return CheckInteger(int.MinValue, int.MaxValue, row, ref at, out found);
            case ColumnType.Int8 or ColumnType.Interval: return CheckInteger(long.MinValue, long.MaxValue, row, ref at, out found);
            case ColumnType.Date: return CheckInteger(0, RowFormat.MaxDayNumber, row, ref at, out found);
            case ColumnType.Time: return CheckInteger(0, RowFormat.MaxTimeTicks, row, ref at, out found);
            case ColumnType.Timestamp or ColumnType.Timestamptz: return CheckInteger(0, RowFormat.MaxTimestampTicks, row, ref at, out found);
            case ColumnType.Float4:
                found = 0;
                return MessagePackSpan.TryReadSingle(row, ref at, out _) ? null : RowFault.TypeMismatch;
            case ColumnType.Float8:
                found = 0;
                return MessagePackSpan.TryReadDouble(row, ref at, out _) ? null : RowFault.TypeMismatch;
            case ColumnType.Numeric:
                found = 0;
                if (!MessagePackSpan.TryReadNumeric(row, ref at, out var payload))
                    return RowFault.TypeMismatch;
                return Numeric38.TryRead(payload, out _) ? null : RowFault.OutOfRange;
            case ColumnType.Varchar or ColumnType.Char or ColumnType.Text:
                return CheckText(length, row, ref at, out found);
            case ColumnType.Json or ColumnType.Jsonb:
                found = 0;
                if (!MessagePackSpan.TryReadText(row, ref at, out var json))
                    return RowFault.TypeMismatch;
                if (!Utf8.IsValid(json))
                    return RowFault.InvalidText;
                return JsonSyntax.IsValid(json) ? null : RowFault.InvalidJson;
            case ColumnType.Bytea:
                found = 0;
                return MessagePackSpan.TryReadBinary(row, ref at, out _) ? null : RowFault.TypeMismatch;
            case ColumnType.Uuid:
                found = 0;
                return MessagePackSpan.TryReadBinary(row, ref at, out var uuid) && uuid.Length == 16 ? null : RowFault.TypeMismatch;
            case ColumnType.Vector:
                return CheckVector(length, row, ref at, out found);
            default:
                found = 0;
                return RowFault.TypeMismatch;
        }
    }

    private static string? CheckInteger(long min, long max, ReadOnlySpan<byte> row, ref int at, out long found)
    {
        var start = at;
        if (MessagePackSpan.TryReadInteger(row, ref at, out found))
            return found >= min && found <= max ? null : RowFault.OutOfRange;
        return (uint)start < (uint)row.Length && row[start] == MessagePackToken.UInt64 ? RowFault.OutOfRange : RowFault.TypeMismatch;
    }

    private static string? CheckText(int length, ReadOnlySpan<byte> row, ref int at, out long found)
    {
        found = 0;
        if (!MessagePackSpan.TryReadText(row, ref at, out var text))
            return RowFault.TypeMismatch;
        if (!Utf8.IsValid(text))
            return RowFault.InvalidText;
        if (length == 0 || text.Length <= length)
            return null; // no character is shorter than a byte
        found = CountCharacters(text);
        return found <= length ? null : RowFault.TooLong;
    }

    /// <summary>Unicode scalar values of valid UTF-8: bytes that do not continue one.</summary>
    private static int CountCharacters(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var b in utf8)
            count += (b & 0xc0) != 0x80 ? 1 : 0;
        return count;
    }

    private static string? CheckVector(int dimensions, ReadOnlySpan<byte> row, ref int at, out long found)
    {
        found = 0;
        if (!MessagePackSpan.TryReadBinary(row, ref at, out var bytes) || bytes.Length % sizeof(float) != 0)
            return RowFault.TypeMismatch;
        found = bytes.Length / sizeof(float);
        return dimensions == 0 || found == dimensions ? null : RowFault.DimensionMismatch;
    }

    private static string? CheckArray(ColumnType element, ReadOnlySpan<byte> row, ref int at, out long found)
    {
        found = 0;
        if (!MessagePackSpan.TryReadArrayHeader(row, ref at, out var count))
            return RowFault.TypeMismatch;
        for (var i = 0; i < count; i++)
        {
            if ((uint)at < (uint)row.Length && row[at] == MessagePackToken.Nil)
                at++;
            else if (CheckScalar(element, 0, row, ref at, out found) is { } code)
                return code;
        }

        return null;
    }

    private static bool Refuse(RowFault why, out RowFault fault)
    {
        fault = why;
        return false;
    }
}
