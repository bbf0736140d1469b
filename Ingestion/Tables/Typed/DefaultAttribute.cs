namespace Helios.Pipeline.Ingestion;

/// <summary>Gives a column its value where a row has none.</summary>
/// <param name="expression">An expression that names no column, up to 16 KiB.</param>
/// <remarks>A row leaves the value to the table with null: the property must be one that can be.</remarks>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DefaultAttribute(string expression) : Attribute
{
    /// <summary>The expression.</summary>
    public string Expression { get; } = expression;
}
