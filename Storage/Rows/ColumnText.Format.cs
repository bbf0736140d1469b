using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Helios.Pipeline.Storage;

/// <summary>Writes values as the text that <see cref="ColumnText"/> reads.</summary>
internal static partial class ColumnText
{
    private const int MaxShortText = 64;

    /// <summary>The text of a value that is not NULL, without the quoting of CSV.</summary>
    public static void FormatCsv(Column column, ValueView value, IBufferWriter<byte> into)
    {
        switch (column.Type)
        {
            case ColumnType.Boolean:
                into.Write(value.GetBoolean() ? "true"u8 : "false"u8);
                break;
            case ColumnType.Varchar or ColumnType.Text or ColumnType.Char or ColumnType.Json or ColumnType.Jsonb:
                into.Write(value.GetUtf8());
                break;
            case ColumnType.Bytea:
                Base64Text(value.GetBytes(), into);
                break;
            case ColumnType.Array or ColumnType.Vector:
                using (var json = new Utf8JsonWriter(into, s_json))
                    FormatJson(column, value, json);
                break;
            default:
                Short(column.Type, value, into);
                break;
        }
    }

    /// <summary>The value as JSON: Json as JSON, numbers beyond a double's exactness (Numeric) and bytes as strings, NaN and infinities as strings.</summary>
    public static void FormatJson(Column column, ValueView value, Utf8JsonWriter json)
    {
        if (value.IsNull)
        {
            json.WriteNullValue();
            return;
        }

        switch (column.Type)
        {
            case ColumnType.Boolean:
                json.WriteBooleanValue(value.GetBoolean());
                break;
            case ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8:
                json.WriteNumberValue(value.GetInt64());
                break;
            case ColumnType.Float4 when float.IsFinite(value.GetSingle()):
                json.WriteNumberValue(value.GetSingle());
                break;
            case ColumnType.Float8 when double.IsFinite(value.GetDouble()):
                json.WriteNumberValue(value.GetDouble());
                break;
            case ColumnType.Varchar or ColumnType.Text or ColumnType.Char:
                json.WriteStringValue(value.GetUtf8());
                break;
            case ColumnType.Json or ColumnType.Jsonb:
                json.WriteRawValue(value.GetUtf8(), skipInputValidation: true);
                break;
            case ColumnType.Bytea:
                json.WriteBase64StringValue(value.GetBytes());
                break;
            case ColumnType.Vector:
                json.WriteStartArray();
                foreach (var item in value.GetVector())
                {
                    if (float.IsFinite(item))
                        json.WriteNumberValue(item);
                    else
                        json.WriteStringValue(item.ToString(CultureInfo.InvariantCulture));
                }

                json.WriteEndArray();
                break;
            case ColumnType.Array:
                json.WriteStartArray();
                var element = new Column(column.Name, column.ElementType!.Value);
                foreach (var item in value.GetArray())
                    FormatJson(element, item, json);
                json.WriteEndArray();
                break;
            default:
                Span<byte> text = stackalloc byte[MaxShortText];
                json.WriteStringValue(text[..Short(column.Type, value, text)]);
                break;
        }
    }

    private static readonly JsonWriterOptions s_json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static void Short(ColumnType type, ValueView value, IBufferWriter<byte> into) =>
        into.Advance(Short(type, value, into.GetSpan(MaxShortText)));

    private static int Short(ColumnType type, ValueView value, Span<byte> text)
    {
        var written = 0;
        var done = type switch
        {
            ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8 => Utf8Formatter.TryFormat(value.GetInt64(), text, out written),
            ColumnType.Float4 => value.GetSingle().TryFormat(text, out written, default, CultureInfo.InvariantCulture),
            ColumnType.Float8 => value.GetDouble().TryFormat(text, out written, default, CultureInfo.InvariantCulture),
            ColumnType.Numeric => Encoding.UTF8.TryGetBytes(value.GetNumeric().ToString(), text, out written),
            ColumnType.Date => value.GetDate().TryFormat(text, out written, "yyyy-MM-dd", CultureInfo.InvariantCulture),
            ColumnType.Time => new TimeOnly(value.GetTicks()).TryFormat(text, out written, "HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
            ColumnType.Timestamp => new DateTime(value.GetTicks()).TryFormat(text, out written, "yyyy-MM-ddTHH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
            ColumnType.Timestamptz => new DateTime(value.GetTicks(), DateTimeKind.Utc).TryFormat(text, out written, "yyyy-MM-ddTHH:mm:ss.FFFFFFFZ", CultureInfo.InvariantCulture),
            ColumnType.Interval => new TimeSpan(value.GetTicks()).TryFormat(text, out written, "c", CultureInfo.InvariantCulture),
            ColumnType.Uuid => Utf8Formatter.TryFormat(value.GetGuid(), text, out written),
            _ => false,
        };
        return done ? written : throw new HeliosException(HeliosErrorKind.Internal, "internal", $"{type} has no short text form.");
    }

    private static void Base64Text(ReadOnlySpan<byte> bytes, IBufferWriter<byte> into)
    {
        var span = into.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length));
        Base64.EncodeToUtf8(bytes, span, out _, out var written);
        into.Advance(written);
    }
}
