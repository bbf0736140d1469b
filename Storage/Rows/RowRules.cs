using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;

namespace Helios.Pipeline.Storage;

/// <summary>Checks a row against its table in one pass, without allocating and without throwing.</summary>
internal static class RowRules
{
    /// <param name="schema">The table's.</param>
    /// <param name="row">As <see cref="RowFormat"/> has it; need not be trusted.</param>
    /// <param name="columnOffsets">Gets where each column's value begins; at least as long as the table has columns.</param>
    /// <param name="fault">Why the row is refused, where the answer is false.</param>
    public static bool TryValidate(TableSchema schema, ReadOnlySpan<byte> row, Span<int> columnOffsets, out RowFault fault)
    {
        var columns = schema.Columns;
        if (row.Length > RowFormat.MaxRowBytes)
            return Refuse(new RowFault(RowFault.RowTooLong, -1), out fault);
        if (!RowToken.TryRead(row, out var array) || array.Kind != RowTokenKind.Array || array.Value != columns.Length + 1)
            return Refuse(new RowFault(RowFault.ColumnCount, -1), out fault);
        var at = array.Header;
        if (!RowToken.TryRead(row[at..], out var version) || version.Kind != RowTokenKind.Integer || version.Value is < 0 or > uint.MaxValue)
            return Refuse(new RowFault(RowFault.ColumnCount, -1, "it has no schema version"), out fault);
        at += version.Length;
        for (var i = 0; i < columns.Length; i++)
        {
            columnOffsets[i] = at;
            if (!RowToken.TryRead(row[at..], out var token))
                return Refuse(new RowFault(RowFault.TypeMismatch, i, "the value is cut off"), out fault);
            var column = columns[i];
            if (token.Kind == RowTokenKind.Nil)
            {
                if (!column.IsNullable)
                    return Refuse(new RowFault(RowFault.NotNull, i), out fault);
                at++;
                continue;
            }

            var code = column.Type == ColumnType.Array
                ? CheckArray(column, token, row, ref at)
                : Check(column.Type, column.Length, token, row.Slice(at + token.Header, token.Content));
            if (code is not null)
                return Refuse(new RowFault(code, i), out fault);
            if (column.Type != ColumnType.Array)
                at += token.Length;
        }

        fault = default;
        return at == row.Length || Refuse(new RowFault(RowFault.ColumnCount, -1, $"{row.Length - at} bytes follow the last column"), out fault);
    }

    private static bool Refuse(RowFault why, out RowFault fault)
    {
        fault = why;
        return false;
    }

    private static string? CheckArray(Column column, RowToken array, ReadOnlySpan<byte> row, ref int at)
    {
        if (array.Kind != RowTokenKind.Array)
            return RowFault.TypeMismatch;
        at += array.Header;
        for (var left = array.Value; left > 0; left--)
        {
            if (!RowToken.TryRead(row[at..], out var element))
                return RowFault.TypeMismatch;
            if (element.Kind != RowTokenKind.Nil && Check(column.ElementType!.Value, 0, element, row.Slice(at + element.Header, element.Content)) is { } code)
                return code;
            at += element.Length;
        }

        return null;
    }

    private static string? Check(ColumnType type, int length, RowToken token, ReadOnlySpan<byte> content) => type switch
    {
        ColumnType.Boolean => token.Kind == RowTokenKind.Boolean ? null : RowFault.TypeMismatch,
        ColumnType.Int2 => Integer(token, short.MinValue, short.MaxValue),
        ColumnType.Int4 => Integer(token, int.MinValue, int.MaxValue),
        ColumnType.Int8 => token.Kind == RowTokenKind.Integer ? null : RowFault.TypeMismatch,
        ColumnType.Float4 => token.Kind == RowTokenKind.Single ? null : RowFault.TypeMismatch,
        ColumnType.Float8 => token.Kind == RowTokenKind.Double ? null : RowFault.TypeMismatch,
        ColumnType.Numeric => token.Kind != RowTokenKind.Numeric ? RowFault.TypeMismatch : Numeric38.TryDecode(content, out _) ? null : RowFault.OutOfRange,
        ColumnType.Text or ColumnType.Json or ColumnType.Jsonb => TextOf(token, content, 0, trimmed: false),
        ColumnType.Varchar => TextOf(token, content, length, trimmed: false),
        ColumnType.Char => TextOf(token, content, length, trimmed: true),
        ColumnType.Bytea => token.Kind == RowTokenKind.Bytes ? null : RowFault.TypeMismatch,
        ColumnType.Date => Integer(token, 0, DateOnly.MaxValue.DayNumber),
        ColumnType.Time => Integer(token, 0, TimeSpan.TicksPerDay - 1),
        ColumnType.Timestamp or ColumnType.Timestamptz => Integer(token, 0, DateTime.MaxValue.Ticks),
        ColumnType.Interval => token.Kind == RowTokenKind.Integer ? null : RowFault.TypeMismatch,
        ColumnType.Uuid => token.Kind == RowTokenKind.Bytes && content.Length == 16 ? null : RowFault.TypeMismatch,
        ColumnType.Vector => Vector(token, content, length),
        _ => RowFault.TypeMismatch,
    };

    private static string? Integer(RowToken token, long least, long most) =>
        token.Kind != RowTokenKind.Integer ? RowFault.TypeMismatch : token.Value < least || token.Value > most ? RowFault.OutOfRange : null;

    private static string? TextOf(RowToken token, ReadOnlySpan<byte> content, int length, bool trimmed)
    {
        if (token.Kind != RowTokenKind.Text)
            return RowFault.TypeMismatch;
        if (!Utf8.IsValid(content))
            return RowFault.InvalidText;
        if (length == 0 || content.Length <= length)
            return null;
        if (trimmed)
            content = content.TrimEnd((byte)' ');
        var scalars = 0;
        foreach (var unit in content)
            scalars += (unit & 0xC0) == 0x80 ? 0 : 1;
        return scalars <= length ? null : RowFault.TooLong;
    }

    private static string? Vector(RowToken token, ReadOnlySpan<byte> content, int dimensions)
    {
        if (token.Kind != RowTokenKind.Bytes || content.Length % sizeof(float) != 0)
            return RowFault.TypeMismatch;
        return dimensions == 0 || content.Length == dimensions * sizeof(float) ? null : RowFault.Dimension;
    }
}
