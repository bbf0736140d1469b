using System.Text;
using System.Text.Json;

namespace Helios.Pipeline.Storage;

/// <summary>Values of the CLR from stored ones.</summary>
internal static partial class ColumnClr
{
    private static readonly JsonReaderOptions JsonOptions = new() { MaxDepth = JsonSyntax.MaxDepth };

    /// <summary>The value in the CLR type that the table above gives; null for NULL.</summary>
    /// <exception cref="HeliosException">Corrupt: the bytes are no value of the column.</exception>
    public static object? Read(Column column, ValueView value)
    {
        if (value.IsNull)
            return null;
        if (column.Type != ColumnType.Array)
            return ReadScalar(column.Type, value);

        // The count is only claimed until the elements are there, so the list grows with them.
        var elements = new List<object?>();
        foreach (var element in value.GetArray())
            elements.Add(element.IsNull ? null : ReadScalar(column.ElementType.GetValueOrDefault(), element));
        return elements.ToArray();
    }

    private static object ReadScalar(ColumnType type, ValueView value) => type switch
    {
        ColumnType.Boolean => value.GetBoolean(),
        ColumnType.Int2 => value.GetInt64() is >= short.MinValue and <= short.MaxValue and var v ? (short)v : throw ValueView.Damaged("Int2"),
        ColumnType.Int4 => value.GetInt64() is >= int.MinValue and <= int.MaxValue and var v ? (int)v : throw ValueView.Damaged("Int4"),
        ColumnType.Int8 => value.GetInt64(),
        ColumnType.Float4 => value.GetSingle(),
        ColumnType.Float8 => value.GetDouble(),
        ColumnType.Numeric => value.GetNumeric() is var v && v.TryToDecimal(out var exact) ? exact : v.ToString(),
        ColumnType.Varchar or ColumnType.Text or ColumnType.Char or ColumnType.Json => Encoding.UTF8.GetString(value.GetUtf8()),
        ColumnType.Jsonb => ReadJson(value.GetUtf8()),
        ColumnType.Bytea => value.GetBytes().ToArray(),
        ColumnType.Date => value.GetDate(),
        ColumnType.Time => new TimeOnly(value.GetTicks(RowFormat.MaxTimeTicks)),
        ColumnType.Timestamp => new DateTime(value.GetTicks(RowFormat.MaxTimestampTicks), DateTimeKind.Unspecified),
        ColumnType.Timestamptz => new DateTimeOffset(value.GetTicks(RowFormat.MaxTimestampTicks), TimeSpan.Zero),
        ColumnType.Interval => new TimeSpan(value.GetTicks()),
        ColumnType.Uuid => value.GetGuid(),
        ColumnType.Vector => value.GetVector().ToArray(),
        _ => throw ValueView.Damaged(type.ToString()),
    };

    private static object ReadJson(ReadOnlySpan<byte> utf8)
    {
        if (!JsonSyntax.IsValid(utf8))
            throw ValueView.Damaged("Jsonb");
        var reader = new Utf8JsonReader(utf8, JsonOptions);
        return JsonElement.ParseValue(ref reader);
    }
}
