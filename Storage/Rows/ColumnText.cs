using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Helios.Pipeline.Storage;

/// <summary>Values as text: CSV fields and JSON, both ways; what is written is read back as the same value.</summary>
/// <remarks>
/// Reading says whether text is a value of the type. Whether the column may hold it (NOT NULL, range of an integer,
/// length, dimensions) says <see cref="RowRules"/>, as for every row. A row in which reading failed must be abandoned.
/// Stateless; allocates nothing for booleans, numbers, text, dates and times, except to say why text was refused.
/// </remarks>
internal static partial class ColumnText
{
    /// <summary>Reads one CSV field without its quotes; NULL is the caller's business.</summary>
    /// <param name="column">The column it is for.</param>
    /// <param name="utf8">The field; not trusted.</param>
    /// <param name="writer">Takes the value.</param>
    /// <param name="why">What is wrong, without the column's name; null where nothing is.</param>
    public static bool TryParse(Column column, ReadOnlySpan<byte> utf8, ref RowWriter writer, out string? why)
    {
        why = null;
        if (column.Type is ColumnType.Array or ColumnType.Vector)
        {
            if (!Utf8.IsValid(utf8) || !JsonSyntax.IsValid(utf8))
                return Refuse(column, utf8, out why);
            var reader = new Utf8JsonReader(utf8);
            reader.Read();
            return reader.TokenType == JsonTokenType.Null ? Refuse(column, utf8, out why) : TryParseJson(column, ref reader, ref writer, out why);
        }

        return TryParseScalar(column.Type, utf8, ref writer) || Refuse(column, utf8, out why);
    }

    private static bool TryParseScalar(ColumnType type, ReadOnlySpan<byte> utf8, ref RowWriter writer)
    {
        switch (type)
        {
            case ColumnType.Boolean:
                var isTrue = Ascii.EqualsIgnoreCase(utf8, "true"u8);
                if (!isTrue && !Ascii.EqualsIgnoreCase(utf8, "false"u8))
                    return false;
                writer.WriteBoolean(isTrue);
                return true;
            case ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8:
                if (!Utf8Parser.TryParse(utf8, out long integer, out var used) || used != utf8.Length)
                    return false;
                writer.WriteInt64(integer);
                return true;
            case ColumnType.Float4:
                if (!float.TryParse(utf8, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var single) || IsOverflow(single, utf8))
                    return false;
                writer.WriteSingle(single);
                return true;
            case ColumnType.Float8:
                if (!double.TryParse(utf8, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number) || IsOverflow(number, utf8))
                    return false;
                writer.WriteDouble(number);
                return true;
            case ColumnType.Numeric:
                if (!Numeric38.TryParse(utf8, out var numeric))
                    return false;
                writer.WriteNumeric(numeric);
                return true;
            case ColumnType.Varchar or ColumnType.Text or ColumnType.Char or ColumnType.Json:
                writer.WriteUtf8(utf8);
                return true;
            case ColumnType.Jsonb:
                return TryParseJsonb(utf8, ref writer);
            case ColumnType.Bytea:
                return TryParseBase64(utf8, ref writer);
            case ColumnType.Uuid:
                if (!Utf8Parser.TryParse(utf8, out Guid uuid, out var uuidBytes, 'D') || uuidBytes != utf8.Length)
                    return false;
                writer.WriteGuid(uuid);
                return true;
            default:
                return TryParseTime(type, utf8, ref writer);
        }
    }

    private static bool TryParseTime(ColumnType type, ReadOnlySpan<byte> utf8, ref RowWriter writer)
    {
        long value;
        switch (type)
        {
            case ColumnType.Date:
                if (!IsoText.TryParseDate(utf8, out var day))
                    return false;
                value = day;
                break;
            case ColumnType.Time:
                if (!IsoText.TryParseTime(utf8, out value))
                    return false;
                break;
            case ColumnType.Timestamp:
                if (!IsoText.TryParseTimestamp(utf8, out value))
                    return false;
                break;
            case ColumnType.Timestamptz:
                if (!IsoText.TryParseTimestamptz(utf8, out value))
                    return false;
                break;
            case ColumnType.Interval:
                if (!Utf8Parser.TryParse(utf8, out TimeSpan interval, out var used, 'c') || used != utf8.Length)
                    return false;
                value = interval.Ticks;
                break;
            default:
                return false;
        }

        writer.WriteTicks(value);
        return true;
    }

    /// <summary>Digits beyond the range become infinity without a word; only the word may.</summary>
    private static bool IsOverflow(double value, ReadOnlySpan<byte> utf8) => double.IsInfinity(value) && utf8.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0;

    private static bool TryParseJsonb(ReadOnlySpan<byte> utf8, ref RowWriter writer)
    {
        if (!Utf8.IsValid(utf8) || !JsonSyntax.IsValid(utf8))
            return false;
        using var canonical = new ByteBuffer(utf8.Length + 16);
        CanonicalJson.Write(utf8, canonical);
        writer.WriteUtf8(canonical.Written);
        return true;
    }

    private static bool TryParseBase64(ReadOnlySpan<byte> utf8, ref RowWriter writer)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Base64.GetMaxDecodedFromUtf8Length(utf8.Length) + 1);
        try
        {
            if (Base64.DecodeFromUtf8(utf8, rented, out var used, out var length) != OperationStatus.Done || used != utf8.Length)
                return false;
            writer.WriteBytes(rented.AsSpan(0, length));
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static bool Refuse(Column column, ReadOnlySpan<byte> utf8, out string? why)
    {
        const int limit = 40;
        var shown = Math.Min(utf8.Length, limit);
        while (shown > 0 && shown < utf8.Length && (utf8[shown] & 0xC0) == 0x80)
            shown--; // never half a character
        var excerpt = Encoding.UTF8.GetString(utf8[..shown]);
        why = $"'{excerpt}{(utf8.Length > shown ? "..." : "")}' is not {Describe(column)}";
        return false;
    }

    private static string Describe(Column column) => column.Type switch
    {
        ColumnType.Boolean => "a Boolean: true or false",
        ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8 => $"an {column.Type}: a whole number of at most 64 bits",
        ColumnType.Float4 or ColumnType.Float8 => $"a {column.Type}: a number in its range, NaN, Infinity or -Infinity",
        ColumnType.Numeric => $"a Numeric: a number of at most {Numeric38.MaxDigits} digits, {Numeric38.MaxScale} of them behind the point",
        ColumnType.Bytea => "a Bytea: base64",
        ColumnType.Date => "a Date: yyyy-MM-dd",
        ColumnType.Time => "a Time: hh:mm:ss with up to 7 digits behind the second",
        ColumnType.Timestamp => "a Timestamp: yyyy-MM-ddThh:mm:ss with up to 7 digits behind the second and no zone",
        ColumnType.Timestamptz => "a Timestamptz: yyyy-MM-ddThh:mm:ss with up to 7 digits behind the second, then Z or ±hh:mm",
        ColumnType.Interval => "an Interval: [-][d.]hh:mm:ss with up to 7 digits behind the second",
        ColumnType.Uuid => "a Uuid: 00000000-0000-0000-0000-000000000000",
        ColumnType.Json or ColumnType.Jsonb => $"{column.Type}: valid JSON of at most {JsonSyntax.MaxDepth} levels",
        ColumnType.Array => $"an Array: a JSON array of {column.ElementType}",
        ColumnType.Vector => "a Vector: a JSON array of numbers",
        _ => $"{column.Type}: valid text",
    };
}
