namespace Helios.Pipeline.Ingestion;

/// <summary>Marks a type whose objects are rows of a table.</summary>
/// <param name="name">The table's name; the type's name where it is null.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class HeliosTableAttribute(string? name = null) : Attribute
{
    /// <summary>The table's name, or null for the type's name.</summary>
    public string? Name { get; } = name;
}
