namespace Helios.Pipeline.Ingestion;

/// <summary>What an engine does.</summary>
public enum EngineState
{
    /// <summary>Reads and writes.</summary>
    Running,

    /// <summary>A stage has failed: reads go on, writes are refused until the database is opened again.</summary>
    Faulted,

    /// <summary>Finishing what was admitted; new commits are refused.</summary>
    Stopping,

    /// <summary>Closed.</summary>
    Closed,
}
