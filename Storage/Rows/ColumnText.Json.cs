using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Helios.Pipeline.Storage;

/// <summary>Reading of JSON values, field by field, as NDJSON brings them.</summary>
internal static partial class ColumnText
{
    /// <summary>Reads the JSON value at which a reader stands.</summary>
    /// <param name="column">The column it is for.</param>
    /// <param name="reader">Stands on the value's first token, over one whole span; afterwards on its last, also where the value is refused.</param>
    /// <param name="writer">Takes the value; JSON's null is NULL for every type.</param>
    /// <param name="why">What is wrong, without the column's name; null where nothing is.</param>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    public static bool TryParseJson(Column column, ref Utf8JsonReader reader, ref RowWriter writer, out string? why)
    {
        why = null;
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                writer.WriteNull();
                return true;
            case JsonTokenType.StartArray when column.Type == ColumnType.Array:
                return TryParseArray(column, ref reader, ref writer, out why);
            case JsonTokenType.StartArray when column.Type == ColumnType.Vector:
                return TryParseVector(column, ref reader, ref writer, out why);
            default:
                return TryParseJsonScalar(column, column.Type, ref reader, ref writer, out why);
        }
    }

    private static bool TryParseJsonScalar(Column column, ColumnType type, ref Utf8JsonReader reader, ref RowWriter writer, out string? why)
    {
        why = null;
        if (type is ColumnType.Json or ColumnType.Jsonb)
            return TryParseNested(column, type, ref reader, ref writer, out why);
        switch (reader.TokenType)
        {
            case JsonTokenType.True or JsonTokenType.False when type == ColumnType.Boolean:
                writer.WriteBoolean(reader.TokenType == JsonTokenType.True);
                return true;
            case JsonTokenType.Number when type is ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8 or ColumnType.Float4 or ColumnType.Float8 or ColumnType.Numeric:
                return TryParseScalar(type, reader.ValueSpan, ref writer) || Refuse(column, reader.ValueSpan, out why);
            case JsonTokenType.String when type is not (ColumnType.Boolean or ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8):
                return TryParseText(column, type, ref reader, ref writer, out why);
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                var what = reader.TokenType == JsonTokenType.StartObject ? "{...}"u8 : "[...]"u8;
                reader.Skip();
                return Refuse(column, what, out why);
            default:
                return Refuse(column, reader.ValueSpan, out why);
        }
    }

    private static bool TryParseText(Column column, ColumnType type, ref Utf8JsonReader reader, ref RowWriter writer, out string? why)
    {
        why = null;
        var inside = reader.ValueSpan;
        if (!reader.ValueIsEscaped)
            return TryParseString(column, type, inside, ref writer, out why);
        if (!Utf8.IsValid(inside) || !JsonSyntax.HasPairedSurrogates(inside))
        {
            why = "the text is not valid UTF-8, or has a surrogate without its pair";
            return false;
        }

        var rented = ArrayPool<byte>.Shared.Rent(inside.Length);
        try
        {
            return TryParseString(column, type, rented.AsSpan(0, reader.CopyString(rented)), ref writer, out why);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static bool TryParseString(Column column, ColumnType type, ReadOnlySpan<byte> utf8, ref RowWriter writer, out string? why)
    {
        why = null;

        // A string is a float only where JSON has no number for it.
        if (type is ColumnType.Float4 or ColumnType.Float8 && utf8.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0)
            return Refuse(column, utf8, out why);
        return TryParseScalar(type, utf8, ref writer) || Refuse(column, utf8, out why);
    }

    /// <summary>Json and Jsonb take any value as its text.</summary>
    private static bool TryParseNested(Column column, ColumnType type, ref Utf8JsonReader reader, ref RowWriter writer, out string? why)
    {
        why = null;
        using var document = JsonDocument.ParseValue(ref reader);
        var text = JsonMarshal.GetRawUtf8Value(document.RootElement);
        return TryParseScalar(type, text, ref writer) || Refuse(column, text, out why);
    }

    private static bool TryParseArray(Column column, ref Utf8JsonReader reader, ref RowWriter writer, out string? why)
    {
        var element = column.ElementType.GetValueOrDefault();
        var count = CountElements(reader);
        writer.BeginArray(count);
        why = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (why is not null)
                reader.Skip(); // to the end of the array, so that the next field can be read
            else if (reader.TokenType == JsonTokenType.Null)
                writer.WriteNull();
            else if (element == ColumnType.Vector && reader.TokenType == JsonTokenType.StartArray)
                TryParseVector(column, ref reader, ref writer, out why);
            else
                TryParseJsonScalar(column, element, ref reader, ref writer, out why);
        }

        return why is null;
    }

    private static bool TryParseVector(Column column, ref Utf8JsonReader reader, ref RowWriter writer, out string? why)
    {
        why = null;
        var values = ArrayPool<float>.Shared.Rent(Math.Max(CountElements(reader), 1));
        try
        {
            var count = 0;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (why is null && (reader.TokenType is JsonTokenType.Number or JsonTokenType.String) && TryFloat(ref reader, out values[count]))
                {
                    count++;
                    continue;
                }

                if (why is null)
                    Refuse(column, reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject ? "[[...]]"u8 : reader.ValueSpan, out why);
                reader.Skip(); // to the end of the array, so that the next field can be read
            }

            if (why is not null)
                return false;
            writer.WriteVector(values.AsSpan(0, count));
            return true;
        }
        finally
        {
            ArrayPool<float>.Shared.Return(values);
        }
    }

    private static bool TryFloat(ref Utf8JsonReader reader, out float value)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return reader.TryGetSingle(out value) && float.IsFinite(value);
        value = reader.ValueSpan.SequenceEqual("NaN"u8) ? float.NaN
            : reader.ValueSpan.SequenceEqual("Infinity"u8) ? float.PositiveInfinity : float.NegativeInfinity;
        return !float.IsNegativeInfinity(value) || reader.ValueSpan.SequenceEqual("-Infinity"u8);
    }

    /// <summary>Counts on a copy of the reader, which stays where it is.</summary>
    private static int CountElements(Utf8JsonReader reader)
    {
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            count++;
            reader.Skip();
        }

        return count;
    }
}
