namespace Helios.Pipeline.Storage;

/// <summary>Computed values as values of a column: the conversions and the limits of an insert.</summary>
/// <remarks>
/// An Integer goes into every number, a Numeric into every number, where it loses nothing of an integer; a Float into Float4 and Float8. What is stored in
/// a Float is the nearest one. Text goes into every text and, where it is JSON, into Json and Jsonb. Everything else keeps its type.
/// </remarks>
internal static class ExpressionAssignment
{
    /// <summary>Is there a value of the type that such a column may hold? Of an array, its elements are for the caller to compare.</summary>
    public static bool IsPossible(ExpressionType type, ColumnType column)
    {
        var target = ExpressionTypes.Of(column);
        return type == ExpressionType.Null || type == target || (type.IsText() && (target.IsText() || target == ExpressionType.Json))
            || (target.IsNumber() && (type is ExpressionType.Integer or ExpressionType.Numeric));
    }

    /// <summary>For messages.</summary>
    public static string Describe(Column column) => column.ElementType is { } element ? $"Array of {element}" : column.Type.ToString();

    /// <summary>Writes a value; where it is refused the row must be abandoned.</summary>
    public static bool TryWrite(Column column, scoped ExpressionValue value, ref RowWriter writer, out RowFault fault)
    {
        fault = value.Fault;
        if (value.IsFailure)
            return false;
        if (value.IsNull)
        {
            writer.WriteNull();
            fault = column.IsNullable ? default : new RowFault(RowFault.NotNull);
            return column.IsNullable;
        }

        switch (column.Type)
        {
            case ColumnType.Boolean:
                writer.WriteBoolean(value.Boolean);
                return true;
            case ColumnType.Int2: return TryWriteInteger(value, short.MinValue, short.MaxValue, ref writer, out fault);
            case ColumnType.Int4: return TryWriteInteger(value, int.MinValue, int.MaxValue, ref writer, out fault);
            case ColumnType.Int8: return TryWriteInteger(value, long.MinValue, long.MaxValue, ref writer, out fault);
            case ColumnType.Float4 or ColumnType.Float8: return TryWriteFloat(column.Type, value, ref writer, out fault);
            case ColumnType.Numeric:
                writer.WriteNumeric(value.Type == ExpressionType.Integer ? NumericArithmetic.From(value.Int64) : value.Numeric);
                return true;
            case ColumnType.Varchar or ColumnType.Text or ColumnType.Char: return TryWriteText(column, value.Bytes, ref writer, out fault);
            case ColumnType.Json or ColumnType.Jsonb: return TryWriteJson(column.Type, value.Bytes, ref writer, out fault);
            case ColumnType.Vector: return TryWriteVector(column, value.Bytes, ref writer, out fault);
            case ColumnType.Bytea or ColumnType.Uuid:
                writer.WriteBytes(value.Bytes);
                return true;
            case ColumnType.Array:
                writer.WriteRaw(value.Bytes);
                return true;
            default:
                writer.WriteTicks(value.Int64); // days of a Date too
                return true;
        }
    }

    private static bool TryWriteInteger(scoped ExpressionValue value, long least, long most, ref RowWriter writer, out RowFault fault)
    {
        fault = default;
        Int128 integer = value.Int64;
        if (value.Type == ExpressionType.Numeric && !NumericArithmetic.TryToInteger(value.Numeric, out integer))
            fault = new RowFault(RowFault.TypeMismatch, Detail: $"{value.Numeric} is no whole number");
        else if (integer < least || integer > most)
            fault = new RowFault(RowFault.OutOfRange, Found: (long)Int128.Clamp(integer, long.MinValue, long.MaxValue));
        if (fault.Code is not null)
            return false;
        writer.WriteInt64((long)integer);
        return true;
    }

    private static bool TryWriteFloat(ColumnType type, scoped ExpressionValue value, ref RowWriter writer, out RowFault fault)
    {
        fault = default;
        var number = value.Type switch
        {
            ExpressionType.Integer => value.Int64,
            ExpressionType.Numeric => NumericArithmetic.ToDouble(value.Numeric),
            _ => value.Double,
        };
        if (type == ColumnType.Float8)
        {
            writer.WriteDouble(number);
            return true;
        }

        if (float.IsInfinity((float)number) && double.IsFinite(number))
        {
            fault = new RowFault(RowFault.OutOfRange);
            return false;
        }

        writer.WriteSingle((float)number);
        return true;
    }

    private static bool TryWriteText(Column column, scoped ReadOnlySpan<byte> utf8, ref RowWriter writer, out RowFault fault)
    {
        fault = default;
        if (column.Length != 0 && utf8.Length > column.Length && Utf8Characters.Count(utf8) is var found && found > column.Length)
        {
            fault = new RowFault(RowFault.TooLong, Found: found);
            return false;
        }

        writer.WriteUtf8(utf8);
        return true;
    }

    private static bool TryWriteJson(ColumnType type, scoped ReadOnlySpan<byte> utf8, ref RowWriter writer, out RowFault fault)
    {
        fault = JsonSyntax.IsValid(utf8) ? default : new RowFault(RowFault.InvalidJson);
        if (fault.Code is not null)
            return false;
        if (type == ColumnType.Json)
        {
            writer.WriteUtf8(utf8);
            return true;
        }

        using var canonical = new ByteBuffer(utf8.Length + 16);
        CanonicalJson.Write(utf8, canonical);
        writer.WriteUtf8(canonical.Written);
        return true;
    }

    private static bool TryWriteVector(Column column, scoped ReadOnlySpan<byte> floats, ref RowWriter writer, out RowFault fault)
    {
        fault = default;
        var dimensions = floats.Length / sizeof(float);
        if (column.Length != 0 && dimensions != column.Length)
        {
            fault = new RowFault(RowFault.DimensionMismatch, Found: dimensions);
            return false;
        }

        writer.WriteBytes(floats); // a Vector is written as the bytes of its floats
        return true;
    }
}
