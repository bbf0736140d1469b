using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Helios.Pipeline.Storage;

/// <summary>JSON text into columns: Json as it is, Jsonb in one form, arrays and vectors element by element.</summary>
internal static class JsonColumns
{
    private const int MaxDepth = 64;
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Disallow, AllowTrailingCommas = false };
    private static readonly JsonWriterOptions s_canonical = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MaxDepth };

    public static bool TryCopy(ReadOnlySpan<byte> text, ref RowWriter writer, out string? why)
    {
        if (!IsJson(text, out why))
            return false;
        writer.WriteUtf8(text);
        return true;
    }

    /// <summary>Keys sorted by code point, the last of equal keys kept, no white space, shortest escapes; numbers keep their digits.</summary>
    public static bool TryCanonicalize(ReadOnlySpan<byte> text, ref RowWriter writer, out string? why)
    {
        if (!IsJson(text, out why))
            return false;
        using var document = JsonDocument.Parse(text.ToArray(), new JsonDocumentOptions { MaxDepth = MaxDepth });
        var buffer = new ArrayBufferWriter<byte>(text.Length);
        using (var json = new Utf8JsonWriter(buffer, s_canonical))
            WriteCanonical(document.RootElement, json);
        writer.WriteUtf8(buffer.WrittenSpan);
        return true;
    }

    public static bool TryParseVector(ReadOnlySpan<byte> text, int dimensions, ref RowWriter writer, out string? why)
    {
        why = "a vector is a JSON array of numbers";
        if (!IsJson(text, out _))
            return false;
        var floats = new List<float>(dimensions);
        var reader = new Utf8JsonReader(text, s_options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
            return false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetSingle(out var value))
                floats.Add(value);
            else if (reader.TokenType == JsonTokenType.String && float.TryParse(reader.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out value))
                floats.Add(value);
            else
                return false;
        }

        if (dimensions != 0 && floats.Count != dimensions)
        {
            why = $"it has {floats.Count} dimensions, not {dimensions}";
            return false;
        }

        writer.WriteVector([.. floats]);
        why = null;
        return true;
    }

    public static bool TryParseArray(Column column, ReadOnlySpan<byte> text, ref RowWriter writer, out string? why)
    {
        why = $"an array is a JSON array of {column.ElementType}";
        if (!IsJson(text, out _))
            return false;
        using var document = JsonDocument.Parse(text.ToArray(), new JsonDocumentOptions { MaxDepth = MaxDepth });
        if (document.RootElement.ValueKind != JsonValueKind.Array)
            return false;
        writer.WriteArrayHeader(document.RootElement.GetArrayLength());
        foreach (var element in document.RootElement.EnumerateArray())
        {
            if (element.ValueKind == JsonValueKind.Null)
            {
                writer.WriteNull();
                continue;
            }

            var isJson = column.ElementType is ColumnType.Json or ColumnType.Jsonb;
            var value = element.ValueKind == JsonValueKind.String && !isJson ? element.GetString()! : element.GetRawText();
            if (!ColumnText.TryParse(column.ElementType!.Value, 0, System.Text.Encoding.UTF8.GetBytes(value), ref writer, out _))
                return false;
        }

        why = null;
        return true;
    }

    private static bool IsJson(ReadOnlySpan<byte> text, out string? why)
    {
        why = null;
        var reader = new Utf8JsonReader(text, s_options);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                    _ = reader.ValueIsEscaped ? reader.GetString() : null; // a lone surrogate hides behind an escape
            }

            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            why = "it is no JSON";
            return false;
        }
    }

    private static void WriteCanonical(JsonElement element, Utf8JsonWriter json)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                var last = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
                foreach (var property in element.EnumerateObject())
                    last[property.Name] = property.Value;
                foreach (var (name, value) in last)
                {
                    json.WritePropertyName(name);
                    WriteCanonical(value, json);
                }

                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                    WriteCanonical(item, json);
                json.WriteEndArray();
                break;
            default:
                element.WriteTo(json);
                break;
        }
    }
}
