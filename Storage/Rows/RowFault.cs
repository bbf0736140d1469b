namespace Helios.Pipeline.Storage;

/// <summary>Why a row does not fit its table.</summary>
/// <param name="Code">One of the codes in docs/errors.md.</param>
/// <param name="Ordinal">The column, or -1 where the row as a whole is meant.</param>
/// <param name="What">More about it, or null.</param>
internal readonly record struct RowFault(string Code, int Ordinal, string? What = null)
{
    public const string NotNull = "not_null";
    public const string TypeMismatch = "type_mismatch";
    public const string OutOfRange = "out_of_range";
    public const string TooLong = "too_long";
    public const string InvalidText = "invalid_text";
    public const string ColumnCount = "column_count";
    public const string RowTooLong = "row_too_long";
    public const string Dimension = "dimension_mismatch";

    /// <summary>The fault in words: column, what, limit.</summary>
    public string Message(TableSchema schema)
    {
        var column = Ordinal >= 0 && Ordinal < schema.Columns.Length ? schema.Columns[Ordinal] : null;
        var what = Code switch
        {
            NotNull => "NULL is not allowed",
            TypeMismatch => $"the value is no {column?.Type}",
            OutOfRange => $"the value is out of the range of {column?.Type}",
            TooLong => $"the text is longer than {column?.Length} characters",
            InvalidText => "the text is no valid UTF-8",
            ColumnCount => $"the row does not have the table's {schema.Columns.Length} columns",
            RowTooLong => $"the row has more than {RowFormat.MaxRowBytes} bytes",
            Dimension => $"the vector does not have {column?.Length} dimensions",
            _ => Code,
        };
        if (What is not null)
            what = $"{what}: {What}";
        return column is null ? what : $"column {column.Name}: {what}";
    }
}
