namespace Helios.Pipeline.Ingestion;

/// <summary>A moment in a transaction to which its writes can be taken back.</summary>
public sealed class Savepoint
{
    internal Savepoint(Transaction owner, int mark)
    {
        Owner = owner;
        Mark = mark;
    }

    internal Transaction Owner { get; }

    /// <summary>Its place among the marks of the writes.</summary>
    internal int Mark { get; }
}
