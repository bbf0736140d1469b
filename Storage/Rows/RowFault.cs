using System.Globalization;

namespace Helios.Pipeline.Storage;

/// <summary>Why a row does not fit its table. The default value is no fault.</summary>
/// <param name="Code">One of the constants here.</param>
/// <param name="Ordinal">The column, or -1 where the row as a whole is wrong.</param>
/// <param name="Found">What was there: the integer out of range, the characters, bytes, columns or dimensions.</param>
/// <param name="Detail">What else there is to say, without a full stop; null for nothing.</param>
internal readonly record struct RowFault(string Code, int Ordinal = -1, long Found = 0, string? Detail = null)
{
    public const string NotNull = "not_null";
    public const string TypeMismatch = "type_mismatch";
    public const string OutOfRange = "out_of_range";
    public const string AutoIncrementExhausted = "auto_increment_exhausted";
    public const string TooLong = "too_long";
    public const string InvalidText = "invalid_text";
    public const string InvalidJson = "invalid_json";
    public const string DimensionMismatch = "dimension_mismatch";
    public const string ColumnCount = "column_count";
    public const string RowTooLong = "row_too_long";
    public const string KeyTooLong = "key_too_long";
    public const string MalformedRow = "malformed_row";
    public const string ExpressionFailed = "expression_failed";

    /// <summary>For the values of a look-up: no row can have them, so the answer is "not found".</summary>
    public bool IsNoSuchKey => Code is OutOfRange or KeyTooLong;

    /// <summary>Says in a sentence which column, what and which limit.</summary>
    public string Describe(TableSchema schema) => Detail is null ? DescribeCode(schema) : $"{DescribeCode(schema).TrimEnd('.')}: {Detail}.";

    private string DescribeCode(TableSchema schema)
    {
        if ((uint)Ordinal >= (uint)schema.Columns.Length)
            return DescribeRow(schema);
        var column = schema.Columns[Ordinal];
        return Code switch
        {
            NotNull => $"Column {column.Name} takes no NULL.",
            TypeMismatch => $"Column {column.Name} takes {Name(column)}; the value is of another type.",
            OutOfRange => $"Column {column.Name}: {DescribeRange(column)}",
            TooLong => $"Column {column.Name} takes at most {column.Length:N0} characters; the value has {Found:N0}.",
            AutoIncrementExhausted => $"Column {column.Name} has used up the numbers of {column.Type}.",
            InvalidText => $"Column {column.Name}: the text is not valid UTF-8, or has a surrogate without its pair.",
            InvalidJson => $"Column {column.Name}: the text is not valid JSON.",
            DimensionMismatch => $"Column {column.Name} takes vectors of {column.Length:N0} dimensions; the value has {Found:N0}.",
            KeyTooLong => $"A key with column {column.Name} has more than {RowFormat.MaxKeyBytes:N0} bytes, the limit for one key.",
            ExpressionFailed => $"Column {column.Name}: its expression cannot be computed.",
            _ => $"Column {column.Name}: {Code}.",
        };
    }

    private string DescribeRow(TableSchema schema) => Code switch
    {
        ColumnCount => $"The row has {Found:N0} values, the table {schema.Columns.Length:N0} columns.",
        RowTooLong => $"The row has {Found:N0} bytes, the limit for one row is {RowFormat.MaxRowBytes:N0}.",
        KeyTooLong => $"The key has more than {RowFormat.MaxKeyBytes:N0} bytes, the limit for one key.",
        MalformedRow => "The row's bytes do not follow the row format.",
        ExpressionFailed => "An expression cannot be computed for the row.",
        _ => $"The row is refused: {Code}.",
    };

    private string DescribeRange(Column column)
    {
        var type = column.ElementType ?? column.Type;
        if (type == ColumnType.Numeric)
            return $"the value has no Numeric form of at most {Numeric38.MaxDigits} digits and a scale of 0 to {Numeric38.MaxScale}.";
        var found = Found.ToString(CultureInfo.InvariantCulture);
        return type switch
        {
            ColumnType.Int2 => $"{found} is outside Int2, which holds {short.MinValue} to {short.MaxValue}.",
            ColumnType.Int4 => $"{found} is outside Int4, which holds {int.MinValue} to {int.MaxValue}.",
            ColumnType.Int8 => $"the value is outside Int8, which holds {long.MinValue} to {long.MaxValue}.",
            ColumnType.Date => $"day {found} is outside Date, which holds 0001-01-01 to 9999-12-31.",
            ColumnType.Time => $"{found} ticks are outside Time, which holds 00:00:00 to 23:59:59.9999999.",
            ColumnType.Timestamp or ColumnType.Timestamptz => $"{found} ticks are outside {type}, which holds years 1 to 9999.",
            _ => $"the value is outside {type}.",
        };
    }

    private static string Name(Column column) => column.ElementType is { } element ? $"Array of {element}" : column.Type.ToString();
}
