namespace Helios.Pipeline.Ingestion;

/// <summary>Lets the table number its rows in a column of 16, 32 or 64 bits; one property of a type.</summary>
/// <remarks>A row leaves its number to the table with null, or with 0 where the property cannot be null. The object is not changed: <see cref="Table{T}.ReserveAutoIncrement"/> gives numbers ahead.</remarks>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AutoIncrementAttribute : Attribute;
