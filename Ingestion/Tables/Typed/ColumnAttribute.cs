using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Says what the property's type does not: another column name, another type, a length.</summary>
/// <param name="name">The column's name; the property's name where it is null.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ColumnAttribute(string? name = null) : Attribute
{
    private ColumnType? _type;

    /// <summary>The column's name, or null for the property's name.</summary>
    public string? Name { get; } = name;

    /// <summary>A column type other than the one that the property's type has by itself; docs/types.md lists which fit.</summary>
    public ColumnType Type
    {
        get => _type ?? default;
        init => _type = value;
    }

    /// <summary>Characters of Varchar and Char, dimensions of Vector.</summary>
    /// <value>The default, 0, sets no limit. Text with a length becomes Varchar.</value>
    public int Length { get; init; }

    internal ColumnType? TypeOrNull => _type;
}
