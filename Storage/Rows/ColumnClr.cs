using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Values of the CLR as column values, both ways. Only conversions that lose nothing are made.</summary>
/// <remarks>
/// <code>
/// column            takes                                                     gives
/// Boolean           bool                                                      bool
/// Int2, Int4, Int8  every integer type, enum                                  short, int, long
/// Float4            float; Half, double, integers where exact                 float
/// Float8            double; float, Half, integers where exact                 double
/// Numeric           decimal, every integer type, BigInteger                   decimal; text where it has too many digits
/// Varchar..Char     string, char, char[], ReadOnlyMemory of char, enum        string
/// Bytea             byte[], (ReadOnly)Memory of byte, ArraySegment            byte[]
/// Date              DateOnly; DateTime at midnight                            DateOnly
/// Time              TimeOnly; TimeSpan below a day                            TimeOnly
/// Timestamp         DateTime of no kind                                       DateTime of no kind
/// Timestamptz       DateTimeOffset; DateTime, UTC or local                    DateTimeOffset, UTC
/// Interval          TimeSpan                                                  TimeSpan
/// Uuid              Guid                                                      Guid
/// Json              JsonElement, JsonNode, JsonDocument, string of JSON       string
/// Jsonb             the same                                                  JsonElement
/// Array             every IEnumerable but text                                object?[]
/// Vector            float[], (ReadOnly)Memory of float, IEnumerable of float  float[]
/// </code>
/// null and DBNull are NULL. What <see cref="RowRules"/> checks (integer ranges, lengths, NOT NULL), it checks here too, later.
/// </remarks>
internal static partial class ColumnClr
{
    /// <summary>Writes a value; where it is refused the row must be abandoned.</summary>
    /// <param name="column">The column it is for.</param>
    /// <param name="value">null for NULL.</param>
    /// <param name="writer">Takes the value.</param>
    /// <param name="fault">Why it is refused; its ordinal is for the caller to set.</param>
    public static bool TryWrite(Column column, object? value, ref RowWriter writer, out RowFault fault)
    {
        var code = column.Type == ColumnType.Array ? WriteArray(column, value, ref writer) : Write(column.Type, value, ref writer);
        fault = code is null ? default : new RowFault(code);
        return code is null;
    }

    /// <summary>Null where the value was written, else the code of the fault.</summary>
    private static string? Write(ColumnType type, object? value, ref RowWriter writer)
    {
        if (value is null or DBNull)
        {
            writer.WriteNull();
            return null;
        }

        switch (type)
        {
            case ColumnType.Boolean:
                if (value is not bool boolean)
                    return RowFault.TypeMismatch;
                writer.WriteBoolean(boolean);
                return null;
            case ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8:
                return WriteInteger(value, ref writer);
            case ColumnType.Float4 or ColumnType.Float8:
                return WriteFloat(type, value, ref writer);
            case ColumnType.Numeric:
                return WriteNumeric(value, ref writer);
            case ColumnType.Varchar or ColumnType.Text or ColumnType.Char:
                return WriteText(value, ref writer);
            case ColumnType.Bytea:
                return WriteBytes(value, ref writer);
            case ColumnType.Uuid:
                if (value is not Guid uuid)
                    return RowFault.TypeMismatch;
                writer.WriteGuid(uuid);
                return null;
            case ColumnType.Json or ColumnType.Jsonb:
                return WriteJson(type, value, ref writer);
            case ColumnType.Vector:
                return WriteVector(value, ref writer);
            default:
                return WriteTime(type, value, ref writer);
        }
    }

    private static string? WriteInteger(object value, ref RowWriter writer)
    {
        if (!TryInteger(value, out var integer))
            return RowFault.TypeMismatch;
        if (integer < long.MinValue || integer > long.MaxValue)
            return RowFault.OutOfRange;
        writer.WriteInt64((long)integer);
        return null;
    }

    /// <summary>Every integer type, and the number of an enum.</summary>
    private static bool TryInteger(object value, out BigInteger integer)
    {
        BigInteger? found = value switch
        {
            int v => v,
            long v => v,
            short v => v,
            byte v => v,
            sbyte v => v,
            ushort v => v,
            uint v => v,
            ulong v => v,
            Int128 v => v,
            UInt128 v => v,
            BigInteger v => v,
            Enum v => BigInteger.Parse(v.ToString("D"), CultureInfo.InvariantCulture),
            _ => null,
        };
        integer = found.GetValueOrDefault();
        return found.HasValue;
    }

    private static string? WriteFloat(ColumnType type, object value, ref RowWriter writer)
    {
        if (type == ColumnType.Float4 && value is float same)
        {
            writer.WriteSingle(same); // not by way of double, which would change some NaNs
            return null;
        }

        double number;
        if (value is double or float or Half)
        {
            number = value switch { float v => v, Half v => (double)v, _ => (double)value };
        }
        else
        {
            if (value is Enum || !TryInteger(value, out var integer))
                return RowFault.TypeMismatch;
            number = (double)integer;
            if (!double.IsFinite(number) || new BigInteger(number) != integer)
                return RowFault.OutOfRange;
        }

        if (type == ColumnType.Float8)
            writer.WriteDouble(number);
        else if ((float)number == number || double.IsNaN(number))
            writer.WriteSingle((float)number);
        else
            return RowFault.OutOfRange;
        return null;
    }

    private static string? WriteNumeric(object value, ref RowWriter writer)
    {
        Numeric38 numeric;
        if (value is decimal exact)
            numeric = Numeric38.From(exact);
        else if (value is Numeric38 same)
            numeric = same;
        else if (value is Enum || !TryInteger(value, out var integer))
            return RowFault.TypeMismatch;
        else if (!Numeric38.TryFrom(integer, out numeric))
            return RowFault.OutOfRange;
        writer.WriteNumeric(numeric);
        return null;
    }

    private static string? WriteText(object value, ref RowWriter writer)
    {
        var isWritten = value switch
        {
            string text => writer.TryWriteText(text),
            char character => writer.TryWriteText([character]),
            char[] characters => writer.TryWriteText(characters),
            ReadOnlyMemory<char> characters => writer.TryWriteText(characters.Span),
            Enum name => writer.TryWriteText(name.ToString()),
            _ => (bool?)null,
        };
        return isWritten switch { true => null, false => RowFault.InvalidText, null => RowFault.TypeMismatch };
    }

    private static string? WriteBytes(object value, ref RowWriter writer)
    {
        switch (value)
        {
            case byte[] bytes: writer.WriteBytes(bytes); return null;
            case ReadOnlyMemory<byte> bytes: writer.WriteBytes(bytes.Span); return null;
            case Memory<byte> bytes: writer.WriteBytes(bytes.Span); return null;
            case ArraySegment<byte> bytes: writer.WriteBytes(bytes); return null;
            default: return RowFault.TypeMismatch;
        }
    }

    private static string? WriteTime(ColumnType type, object value, ref RowWriter writer)
    {
        long? ticks = (type, value) switch
        {
            (ColumnType.Date, DateOnly date) => date.DayNumber,
            (ColumnType.Date, DateTime { TimeOfDay.Ticks: 0 } midnight) => midnight.Ticks / TimeSpan.TicksPerDay,
            (ColumnType.Time, TimeOnly time) => time.Ticks,
            (ColumnType.Time, TimeSpan { Ticks: >= 0 and <= RowFormat.MaxTimeTicks } time) => time.Ticks,
            (ColumnType.Timestamp, DateTime { Kind: DateTimeKind.Unspecified } moment) => moment.Ticks,
            (ColumnType.Timestamptz, DateTimeOffset moment) => moment.UtcTicks,
            (ColumnType.Timestamptz, DateTime { Kind: DateTimeKind.Utc } moment) => moment.Ticks,
            (ColumnType.Timestamptz, DateTime { Kind: DateTimeKind.Local } moment) => moment.ToUniversalTime().Ticks,
            (ColumnType.Interval, TimeSpan interval) => interval.Ticks,
            _ => null,
        };
        if (ticks is not { } known)
            return RowFault.TypeMismatch;
        writer.WriteTicks(known);
        return null;
    }

    private static string? WriteArray(Column column, object? value, ref RowWriter writer)
    {
        if (value is null or DBNull)
        {
            writer.WriteNull();
            return null;
        }

        if (value is string or not IEnumerable)
            return RowFault.TypeMismatch;
        var elements = value as ICollection ?? ((IEnumerable)value).Cast<object?>().ToArray();
        writer.BeginArray(elements.Count);
        foreach (var element in elements)
            if (Write(column.ElementType.GetValueOrDefault(), element, ref writer) is { } code)
                return code;
        return null;
    }

    private static string? WriteVector(object value, ref RowWriter writer)
    {
        switch (value)
        {
            case float[] values: writer.WriteVector(values); return null;
            case ReadOnlyMemory<float> values: writer.WriteVector(values.Span); return null;
            case Memory<float> values: writer.WriteVector(values.Span); return null;
            case IEnumerable<float> values: writer.WriteVector(values.ToArray()); return null;
            default: return RowFault.TypeMismatch;
        }
    }
}
