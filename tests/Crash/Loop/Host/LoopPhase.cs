namespace Helios.Pipeline.Crash.Tests;

/// <summary>Where a process of a crash loop is; of several at once, the later one here counts.</summary>
internal enum LoopPhase
{
    /// <summary>The runtime starts; the database is not being opened yet.</summary>
    Starting,

    /// <summary>An open that has applied no frame of the log yet, or has none to apply.</summary>
    Opening,

    /// <summary>An open that has applied at least one frame of the log.</summary>
    Recovery,

    /// <summary>It is open, and told what it holds.</summary>
    Reading,
    Ingest,
    Checkpoint,
    Backup,
    Rotation,

    /// <summary>A vacuum removes versions, or flushes before and after.</summary>
    Vacuum,

    /// <summary>A vacuum rewrites the files of a table.</summary>
    Rewrite,
    Close,
}
