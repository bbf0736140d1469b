namespace Helios.Pipeline.Ingestion;

/// <summary>A moment in a transaction to which its writes can be taken back.</summary>
public sealed class Savepoint
{
    internal Savepoint(Transaction owner, (int Place, long Number) mark)
    {
        Owner = owner;
        (Mark, Number) = mark;
    }

    internal Transaction Owner { get; }

    /// <summary>Its place among the marks of the writes.</summary>
    internal int Mark { get; }

    /// <summary>Tells it from a later one in the same place.</summary>
    internal long Number { get; }
}
