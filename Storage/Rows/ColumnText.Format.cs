using System.Buffers;
using System.Buffers.Text;
using System.Globalization;

namespace Helios.Pipeline.Storage;

/// <summary>Writing of values as text.</summary>
internal static partial class ColumnText
{
    /// <summary>Writes a value as a CSV field, without quoting it; NULL writes nothing.</summary>
    /// <exception cref="HeliosException">Corrupt: the bytes are no value of the column.</exception>
    public static void FormatCsv(Column column, ValueView value, IBufferWriter<byte> into)
    {
        if (value.IsNull)
            return;
        switch (column.Type)
        {
            case ColumnType.Varchar or ColumnType.Text or ColumnType.Char or ColumnType.Json or ColumnType.Jsonb:
                into.Write(value.GetUtf8());
                break;
            case ColumnType.Array or ColumnType.Vector:
                FormatJson(column, value, into);
                break;
            default:
                FormatScalar(column.Type, value, into);
                break;
        }
    }

    /// <summary>Writes a value as JSON on one line: NULL as null; Numeric, Bytea (base64), Uuid, dates, times, NaN and infinities as strings; Json, Jsonb, Array and Vector as JSON.</summary>
    /// <exception cref="HeliosException">Corrupt: the bytes are no value of the column.</exception>
    public static void FormatJson(Column column, ValueView value, IBufferWriter<byte> into)
    {
        if (value.IsNull)
        {
            into.Write("null"u8);
            return;
        }

        if (column.Type != ColumnType.Array)
        {
            FormatJsonScalar(column.Type, value, into);
            return;
        }

        var isFirst = true;
        into.Write("["u8);
        foreach (var element in value.GetArray())
        {
            if (!isFirst)
                into.Write(","u8);
            isFirst = false;
            if (element.IsNull)
                into.Write("null"u8);
            else
                FormatJsonScalar(column.ElementType.GetValueOrDefault(), element, into);
        }

        into.Write("]"u8);
    }

    private static void FormatJsonScalar(ColumnType type, ValueView value, IBufferWriter<byte> into)
    {
        switch (type)
        {
            case ColumnType.Varchar or ColumnType.Text or ColumnType.Char:
                JsonText.WriteString(value.GetUtf8(), into);
                break;
            case ColumnType.Json or ColumnType.Jsonb:
                JsonText.WriteOnOneLine(value.GetUtf8(), into);
                break;
            case ColumnType.Vector:
                FormatVector(value.GetVector(), into);
                break;
            case ColumnType.Boolean or ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8:
                FormatScalar(type, value, into);
                break;
            case ColumnType.Float4 when float.IsFinite(value.GetSingle()):
            case ColumnType.Float8 when double.IsFinite(value.GetDouble()):
                FormatScalar(type, value, into);
                break;
            default:
                into.Write("\""u8);
                FormatScalar(type, value, into);
                into.Write("\""u8);
                break;
        }
    }

    private static void FormatVector(ReadOnlySpan<float> values, IBufferWriter<byte> into)
    {
        into.Write("["u8);
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0)
                into.Write(","u8);
            var quote = float.IsFinite(values[i]) ? ""u8 : "\""u8;
            into.Write(quote);
            FormatNumber(values[i], into);
            into.Write(quote);
        }

        into.Write("]"u8);
    }

    /// <summary>Writes values whose text needs no escape.</summary>
    private static void FormatScalar(ColumnType type, ValueView value, IBufferWriter<byte> into)
    {
        const int most = 64; // longer than any of them but base64
        switch (type)
        {
            case ColumnType.Boolean:
                into.Write(value.GetBoolean() ? "true"u8 : "false"u8);
                break;
            case ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8:
                FormatNumber(value.GetInt64(), into);
                break;
            case ColumnType.Float4:
                FormatNumber(value.GetSingle(), into);
                break;
            case ColumnType.Float8:
                FormatNumber(value.GetDouble(), into);
                break;
            case ColumnType.Numeric:
                into.Advance(value.GetNumeric().Format(into.GetSpan(most)));
                break;
            case ColumnType.Date:
                into.Advance(IsoFormat.Date(value.GetDate(), into.GetSpan(most)));
                break;
            case ColumnType.Time:
                into.Advance(IsoFormat.Time(value.GetTicks(RowFormat.MaxTimeTicks), into.GetSpan(most)));
                break;
            case ColumnType.Timestamp or ColumnType.Timestamptz:
                into.Advance(IsoFormat.Timestamp(value.GetTicks(RowFormat.MaxTimestampTicks), type == ColumnType.Timestamptz, into.GetSpan(most)));
                break;
            case ColumnType.Interval:
                Utf8Formatter.TryFormat(new TimeSpan(value.GetTicks()), into.GetSpan(most), out var intervalBytes, 'c');
                into.Advance(intervalBytes);
                break;
            case ColumnType.Uuid:
                Utf8Formatter.TryFormat(value.GetGuid(), into.GetSpan(most), out var uuidBytes);
                into.Advance(uuidBytes);
                break;
            case ColumnType.Bytea:
                var bytes = value.GetBytes();
                Base64.EncodeToUtf8(bytes, into.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out var length);
                into.Advance(length);
                break;
            default:
                throw ValueView.Damaged(type.ToString());
        }
    }

    private static void FormatNumber<T>(T value, IBufferWriter<byte> into) where T : IUtf8SpanFormattable
    {
        value.TryFormat(into.GetSpan(64), out var length, default, CultureInfo.InvariantCulture);
        into.Advance(length);
    }
}
