namespace Helios.Pipeline.Storage;

/// <summary>One column of a table.</summary>
/// <param name="Name">1 to 128 bytes of UTF-8.</param>
/// <param name="Type">What its values are.</param>
public sealed record Column(string Name, ColumnType Type)
{
    /// <summary>May the column hold NULL?</summary>
    /// <value>The default is true; columns of the primary key never may.</value>
    public bool IsNullable { get; init; } = true;

    /// <summary>Characters of Varchar and Char, dimensions of Vector.</summary>
    /// <value>0 to 16,777,216; 0, the default, sets no limit.</value>
    public int Length { get; init; }

    /// <summary>What an Array holds; null for every other type. Arrays of arrays are not supported.</summary>
    public ColumnType? ElementType { get; init; }

    /// <summary>An expression that gives the value where a row has none; it may name no column.</summary>
    /// <value>Up to 16 KiB of UTF-8. The default, null, leaves NULL there.</value>
    public string? Default { get; init; }

    /// <summary>Does the table number the column's rows where they have no value of their own?</summary>
    /// <value>The default is false. Only for Int2, Int4 and Int8, one column of a table, and not together with <see cref="Default"/>.</value>
    public bool IsAutoIncrement { get; init; }
}
