using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Helios.Pipeline.Storage;

/// <summary>CLR values into columns and back. Boxes; the typed API has accessors of its own.</summary>
internal static class ColumnClr
{
    /// <summary>Writes a value; false, with the reason, where it does not fit the column. Nothing is lost in a conversion: what would be is refused.</summary>
    public static bool TryWrite(Column column, object? value, ref RowWriter writer, out RowFault fault)
    {
        fault = default;
        if (value is null or DBNull)
        {
            writer.WriteNull();
            return true;
        }

        try
        {
            if (TryWrite(column.Type, column, value, ref writer))
                return true;
            fault = new RowFault(RowFault.TypeMismatch, -1, $"a {value.GetType().Name} was given");
            return false;
        }
        catch (OverflowException)
        {
            fault = new RowFault(RowFault.OutOfRange, -1, string.Create(CultureInfo.InvariantCulture, $"{value}"));
            return false;
        }
        catch (ArgumentException)
        {
            fault = new RowFault(RowFault.InvalidText, -1, "it has a lone surrogate");
            return false;
        }
    }

    /// <summary>A value as the CLR type that its column type maps to; NULL as null.</summary>
    public static object? Read(Column column, ValueView value)
    {
        if (value.IsNull)
            return null;
        return column.Type switch
        {
            ColumnType.Boolean => value.GetBoolean(),
            ColumnType.Int2 => (short)value.GetInt64(),
            ColumnType.Int4 => (int)value.GetInt64(),
            ColumnType.Int8 => value.GetInt64(),
            ColumnType.Float4 => value.GetSingle(),
            ColumnType.Float8 => value.GetDouble(),
            ColumnType.Numeric => value.GetNumeric().TryToDecimal(out var number) ? number : value.GetNumeric().ToString(),
            ColumnType.Varchar or ColumnType.Text or ColumnType.Char => Encoding.UTF8.GetString(value.GetUtf8()),
            ColumnType.Bytea => value.GetBytes().ToArray(),
            ColumnType.Date => value.GetDate(),
            ColumnType.Time => new TimeOnly(value.GetTicks()),
            ColumnType.Timestamp => new DateTime(value.GetTicks(), DateTimeKind.Unspecified),
            ColumnType.Timestamptz => new DateTimeOffset(value.GetTicks(), TimeSpan.Zero),
            ColumnType.Interval => new TimeSpan(value.GetTicks()),
            ColumnType.Uuid => value.GetGuid(),
            ColumnType.Json or ColumnType.Jsonb => ReadJson(value.GetUtf8()),
            ColumnType.Vector => value.GetVector(),
            ColumnType.Array => ReadArray(column, value),
            _ => throw new HeliosException(HeliosErrorKind.Internal, "internal", $"{column.Type} has no CLR form."),
        };
    }

    private static bool TryWrite(ColumnType type, Column column, object value, ref RowWriter writer)
    {
        switch (type)
        {
            case ColumnType.Boolean when value is bool boolean:
                writer.WriteBoolean(boolean);
                return true;
            case ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8 when TryInteger(type, value, out var integer):
                writer.WriteInt64(integer);
                return true;
            case ColumnType.Float4 when value is float or Half or sbyte or byte or short or ushort:
                writer.WriteSingle(value is Half half ? (float)half : Convert.ToSingle(value, CultureInfo.InvariantCulture));
                return true;
            case ColumnType.Float8 when value is double or float or Half or sbyte or byte or short or ushort or int or uint:
                writer.WriteDouble(value is Half small ? (double)small : Convert.ToDouble(value, CultureInfo.InvariantCulture));
                return true;
            case ColumnType.Numeric:
                return TryNumeric(value, ref writer);
            case ColumnType.Varchar or ColumnType.Text or ColumnType.Char when value is string or Enum or char:
                writer.WriteText(value.ToString());
                return true;
            case ColumnType.Bytea when value is byte[] or ReadOnlyMemory<byte> or Memory<byte>:
                writer.WriteBytes(value switch { byte[] array => array, Memory<byte> memory => memory.Span, _ => ((ReadOnlyMemory<byte>)value).Span });
                return true;
            case ColumnType.Uuid when value is Guid guid:
                writer.WriteGuid(guid);
                return true;
            case ColumnType.Json or ColumnType.Jsonb:
                return TryJson(type, value, ref writer);
            case ColumnType.Vector when value is float[] or ReadOnlyMemory<float>:
                writer.WriteVector(value is float[] floats ? floats : ((ReadOnlyMemory<float>)value).Span);
                return true;
            case ColumnType.Array when value is IEnumerable items and not string:
                return TryArray(column, items, ref writer);
            default:
                return TryTime(type, value, ref writer);
        }
    }

    private static bool TryInteger(ColumnType type, object value, out long integer)
    {
        integer = 0;
        if (value is not (sbyte or byte or short or ushort or int or uint or long or ulong or nint))
            return false;
        integer = Convert.ToInt64(value is nint native ? (long)native : value, CultureInfo.InvariantCulture);
        return type switch
        {
            ColumnType.Int2 => checked((short)integer) == integer,
            ColumnType.Int4 => checked((int)integer) == integer,
            _ => true,
        };
    }

    private static bool TryNumeric(object value, ref RowWriter writer)
    {
        switch (value)
        {
            case decimal number:
                writer.WriteNumeric(Numeric38.From(number));
                return true;
            case sbyte or byte or short or ushort or int or uint or long or ulong:
                writer.WriteNumeric(Numeric38.From(Convert.ToDecimal(value, CultureInfo.InvariantCulture)));
                return true;
            case string or System.Numerics.BigInteger or Int128 or UInt128:
                if (!Numeric38.TryParse(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{value}")), out var parsed))
                    return value is string ? false : throw new OverflowException();
                writer.WriteNumeric(parsed);
                return true;
            default:
                return false;
        }
    }

    private static bool TryTime(ColumnType type, object value, ref RowWriter writer)
    {
        switch (type)
        {
            case ColumnType.Date when value is DateOnly date:
                writer.WriteDate(date);
                return true;
            case ColumnType.Date when value is DateTime { TimeOfDay.Ticks: 0 } midnight:
                writer.WriteDate(DateOnly.FromDateTime(midnight));
                return true;
            case ColumnType.Time when value is TimeOnly time:
                writer.WriteTicks(time.Ticks);
                return true;
            case ColumnType.Timestamp when value is DateTime { Kind: not DateTimeKind.Utc } local:
                writer.WriteTicks(local.Ticks);
                return true;
            case ColumnType.Timestamptz when value is DateTimeOffset moment:
                writer.WriteTicks(moment.UtcTicks);
                return true;
            case ColumnType.Timestamptz when value is DateTime { Kind: DateTimeKind.Utc } utc:
                writer.WriteTicks(utc.Ticks);
                return true;
            case ColumnType.Interval when value is TimeSpan span:
                writer.WriteTicks(span.Ticks);
                return true;
            default:
                return false;
        }
    }

    private static bool TryJson(ColumnType type, object value, ref RowWriter writer)
    {
        var text = value switch
        {
            string json => json,
            JsonElement element => element.GetRawText(),
            JsonNode node => node.ToJsonString(),
            JsonDocument document => document.RootElement.GetRawText(),
            _ => null,
        };
        return text is not null && ColumnText.TryParse(type, 0, new UTF8Encoding(false, true).GetBytes(text), ref writer, out _);
    }

    private static bool TryArray(Column column, IEnumerable items, ref RowWriter writer)
    {
        var element = new Column(column.Name, column.ElementType!.Value);
        var list = items.Cast<object?>().ToList();
        writer.WriteArrayHeader(list.Count);
        foreach (var item in list)
        {
            if (item is null)
                writer.WriteNull();
            else if (!TryWrite(element.Type, element, item, ref writer))
                return false;
        }

        return true;
    }

    private static JsonElement ReadJson(ReadOnlySpan<byte> text)
    {
        using var document = JsonDocument.Parse(text.ToArray());
        return document.RootElement.Clone();
    }

    private static object?[] ReadArray(Column column, ValueView value)
    {
        var element = new Column(column.Name, column.ElementType!.Value);
        var items = new List<object?>();
        foreach (var item in value.GetArray())
            items.Add(Read(element, item));
        return [.. items];
    }
}
