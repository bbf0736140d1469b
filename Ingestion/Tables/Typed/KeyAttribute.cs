namespace Helios.Pipeline.Ingestion;

/// <summary>Makes a property a column of the primary key.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyAttribute : Attribute
{
    /// <summary>Its place in a key of several columns, ascending.</summary>
    /// <value>The default is 0; columns of the same place stand in the order of their declaration.</value>
    public int Order { get; init; }
}
