namespace Helios.Pipeline.Ingestion;

/// <summary>Lets the table number its rows in a column of 16, 32 or 64 bits; one property of a type.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AutoIncrementAttribute : Attribute;
