using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Helios.Pipeline.Storage;

/// <summary>Reads values from the text of CSV fields, and of JSON values without their quotes.</summary>
internal static partial class ColumnText
{
    /// <summary>Writes the value that the text means; false, with the reason where there is more to say than "no such type", where it means none.</summary>
    public static bool TryParse(Column column, ReadOnlySpan<byte> text, ref RowWriter writer, out string? why) =>
        column.Type == ColumnType.Array ? JsonColumns.TryParseArray(column, text, ref writer, out why) : TryParse(column.Type, column.Length, text, ref writer, out why);

    public static bool TryParse(ColumnType type, int length, ReadOnlySpan<byte> text, ref RowWriter writer, out string? why)
    {
        why = null;
        switch (type)
        {
            case ColumnType.Boolean:
                return Boolean(text, ref writer);
            case ColumnType.Int2:
                return Integer(text, short.MinValue, short.MaxValue, ref writer, out why);
            case ColumnType.Int4:
                return Integer(text, int.MinValue, int.MaxValue, ref writer, out why);
            case ColumnType.Int8:
                return Integer(text, long.MinValue, long.MaxValue, ref writer, out why);
            case ColumnType.Float4:
                return Single(text, ref writer);
            case ColumnType.Float8:
                return Double(text, ref writer);
            case ColumnType.Numeric:
                if (!Numeric38.TryParse(text, out var number))
                {
                    why = $"a Numeric has up to {Numeric38.MaxDigits} digits";
                    return false;
                }

                writer.WriteNumeric(number);
                return true;
            case ColumnType.Varchar or ColumnType.Text or ColumnType.Char:
                writer.WriteUtf8(text);
                return true;
            case ColumnType.Bytea:
                return Base64Bytes(text, ref writer);
            case ColumnType.Date:
                return TemporalText.TryDate(text, out var date) && Write(ref writer, date.DayNumber);
            case ColumnType.Time:
                return TemporalText.TryTime(text, out var time) && Write(ref writer, time);
            case ColumnType.Timestamp:
                return TemporalText.TryTimestamp(text, out var timestamp) && Write(ref writer, timestamp);
            case ColumnType.Timestamptz:
                return TemporalText.TryTimestamptz(text, out var moment) && Write(ref writer, moment);
            case ColumnType.Interval:
                return TemporalText.TryInterval(text, out var interval) && Write(ref writer, interval);
            case ColumnType.Uuid:
                if (!Utf8Parser.TryParse(text, out Guid uuid, out var used) || used != text.Length)
                    return false;
                writer.WriteGuid(uuid);
                return true;
            case ColumnType.Json:
                return JsonColumns.TryCopy(text, ref writer, out why);
            case ColumnType.Jsonb:
                return JsonColumns.TryCanonicalize(text, ref writer, out why);
            case ColumnType.Vector:
                return JsonColumns.TryParseVector(text, length, ref writer, out why);
            default:
                why = $"{type} has no text form";
                return false;
        }
    }

    private static bool Write(ref RowWriter writer, long value)
    {
        writer.WriteInt64(value);
        return true;
    }

    private static bool Boolean(ReadOnlySpan<byte> text, ref RowWriter writer)
    {
        if (!Ascii.EqualsIgnoreCase(text, "true"u8) && !Ascii.EqualsIgnoreCase(text, "false"u8))
            return false;
        writer.WriteBoolean(text.Length == 4);
        return true;
    }

    private static bool Integer(ReadOnlySpan<byte> text, long least, long most, ref RowWriter writer, out string? why)
    {
        why = null;
        if (!Utf8Parser.TryParse(text, out long value, out var used) || used != text.Length)
        {
            why = IsDigits(text) ? $"it is out of range ({least} to {most})" : null;
            return false;
        }

        if (value < least || value > most)
        {
            why = $"it is out of range ({least} to {most})";
            return false;
        }

        writer.WriteInt64(value);
        return true;
    }

    private static bool IsDigits(ReadOnlySpan<byte> text)
    {
        if (text is [(byte)'-' or (byte)'+', ..])
            text = text[1..];
        return !text.IsEmpty && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    private static bool Single(ReadOnlySpan<byte> text, ref RowWriter writer)
    {
        if (!float.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var value))
            return false;
        writer.WriteSingle(value);
        return true;
    }

    private static bool Double(ReadOnlySpan<byte> text, ref RowWriter writer)
    {
        if ((!Utf8Parser.TryParse(text, out double value, out var used) || used != text.Length) &&
            !double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value))
            return false;
        writer.WriteDouble(value);
        return true;
    }

    private static bool Base64Bytes(ReadOnlySpan<byte> text, ref RowWriter writer)
    {
        if (!Base64.IsValid(text, out var length))
            return false;
        var bytes = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        try
        {
            if (Base64.DecodeFromUtf8(text, bytes, out _, out var written) != OperationStatus.Done)
                return false;
            writer.WriteBytes(bytes.AsSpan(0, written));
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
