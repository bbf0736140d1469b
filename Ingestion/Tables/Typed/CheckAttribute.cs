namespace Helios.Pipeline.Ingestion;

/// <summary>A condition that every row must meet; one that cannot be told, because a value is NULL, is met.</summary>
/// <param name="name">The constraint's name.</param>
/// <param name="expression">The condition over columns by their names, up to 16 KiB.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Property, AllowMultiple = true)]
public sealed class CheckAttribute(string name, string expression) : Attribute
{
    /// <summary>The constraint's name.</summary>
    public string Name { get; } = name;

    /// <summary>The condition.</summary>
    public string Expression { get; } = expression;
}
