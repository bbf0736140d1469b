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

    /// <summary>A log segment is synced when it begins, and then only once for 5,000 writes.</summary>
    RareSync,

    /// <summary>The engine does not notice that time passes.</summary>
    NoClock,
}
