namespace Helios.Pipeline.Crash.Tests;

/// <summary>Defects that the power-loss test must notice, or it proves nothing.</summary>
internal enum PlantedBug
{
    None,

    /// <summary>The sync of a log segment returns at once.</summary>
    NoSync,

    /// <summary>The sync of the log's directory returns at once.</summary>
    NoDirectorySync,

    /// <summary>Answers are given before the log is synced.</summary>
    AnswerBeforeSync,

    /// <summary>A sync of the log that failed is tried again, and believed.</summary>
    RetriedSync,

    /// <summary>Log is deleted before the store has what is in it.</summary>
    LogDeletedTooEarly,

    /// <summary>A checkpoint is told to have ended, and nothing was flushed.</summary>
    CheckpointWithoutFlush,

    /// <summary>A log segment is synced when it begins, and then only once for 5,000 writes.</summary>
    RareSync,

    /// <summary>The engine does not notice that time passes.</summary>
    NoClock,

    /// <summary>The directory of backups is not synced after a manifest got its name.</summary>
    BackupNameUnsynced,

    /// <summary>A content of a backup gets its name without having been synced.</summary>
    BackupContentUnsynced,

    /// <summary>The directory that holds a restored database is not synced after the database got its name.</summary>
    RestoreNameUnsynced,

    /// <summary>The files of a restored store are not synced.</summary>
    RestoreContentUnsynced,
}
