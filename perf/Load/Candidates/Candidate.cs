namespace Helios.Pipeline.Load;

/// <summary>An engine under one workload. Used once: open, run, close, count. Every member throws where the engine fails: nothing is retried.</summary>
internal abstract class Candidate
{
    /// <summary>Makes what a caller would have in hand before it calls. Called first, outside of everything measured.</summary>
    public virtual void Prepare(BulkRows rows)
    {
    }

    /// <summary>Creates an empty database in a directory that exists and is empty.</summary>
    public abstract Task OpenAsync(string directory);

    /// <summary>Writes the workload's rows; returns how many were acknowledged, when all are.</summary>
    public abstract Task<long> RunAsync(BulkRows rows, Workload workload, Latencies latencies);

    /// <summary>Brings everything to disk in its final place, and closes.</summary>
    public abstract Task CloseAsync();

    /// <summary>Opens again and counts the rows.</summary>
    public abstract Task<long> CountAsync(string directory);

    /// <summary>Adds what only the candidate knows. Called last.</summary>
    public virtual Figures Complete(Figures figures) => figures;
}
