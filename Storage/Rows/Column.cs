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
}
