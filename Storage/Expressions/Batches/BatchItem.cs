namespace Helios.Pipeline.Storage;

/// <summary>A part of a condition that is evaluated over many rows at once.</summary>
internal abstract class BatchItem
{
    /// <summary>Says for which of the open rows it is TRUE and for which NULL.</summary>
    /// <param name="frame">The batch.</param>
    /// <param name="open">The rows that are asked for; at least one. What is said of others means nothing, and none of them may fail.</param>
    /// <param name="holds">Takes the rows for which it is TRUE; empty before.</param>
    /// <param name="nulls">Takes the rows for which it is NULL; empty before. Never both.</param>
    public abstract void Evaluate(BatchFrame frame, in RowBitmap open, ref RowBitmap holds, ref RowBitmap nulls);
}
