namespace Helios.Pipeline.Ingestion;

/// <summary>Why one record is refused; the fields code, column and message of a reject.</summary>
/// <param name="Code">One of <see cref="RecordCodes"/>.</param>
/// <param name="Column">The column or field concerned, or null.</param>
/// <param name="Message">What is wrong, without the record's number, which the caller knows.</param>
internal sealed record RecordFault(string Code, string? Column, string Message);

/// <summary>Codes of refused records that the byte level gives; docs/errors.md lists them.</summary>
internal static class RecordCodes
{
    /// <summary>The record has more than 16 MiB.</summary>
    public const string TooLong = "record_too_long";

    /// <summary>A quoted field is still open at the end of the input.</summary>
    public const string UnclosedQuote = "unclosed_quote";

    /// <summary>The record's bytes are no UTF-8.</summary>
    public const string InvalidUtf8 = "invalid_utf8";

    /// <summary>The record does not follow the format's grammar.</summary>
    public const string Malformed = "malformed_record";

    /// <summary>The record has more or fewer fields than the header.</summary>
    public const string ColumnCount = "column_count";

    /// <summary>The record has a field that is no column.</summary>
    public const string UnknownColumn = "unknown_column";

    /// <summary>The record or the header names a column twice.</summary>
    public const string DuplicateColumn = "duplicate_column";
}
