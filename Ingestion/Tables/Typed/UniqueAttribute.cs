namespace Helios.Pipeline.Ingestion;

/// <summary>No two rows may have the same value; a NULL never collides. Columns with the same name of a constraint are taken together.</summary>
/// <param name="name">The constraint's name; "unique" and the column's name where it is null.</param>
[AttributeUsage(AttributeTargets.Property, AllowMultiple = true)]
public sealed class UniqueAttribute(string? name = null) : Attribute
{
    /// <summary>The constraint's name, or null for one of this column alone.</summary>
    public string? Name { get; } = name;
}
