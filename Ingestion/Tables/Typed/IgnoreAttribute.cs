namespace Helios.Pipeline.Ingestion;

/// <summary>Keeps a property out of the table.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class IgnoreAttribute : Attribute;
