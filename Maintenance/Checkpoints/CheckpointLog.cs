using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>What checkpoints tell the log. Event ids 2000-2099.</summary>
internal static partial class CheckpointLog
{
    [LoggerMessage(2000, LogLevel.Error, "Checkpoints have stopped: the log grows until the engine resumes or the database is opened again.")]
    public static partial void Stopped(ILogger logger, Exception error);

    [LoggerMessage(2001, LogLevel.Debug, "Checkpoint of everything up to LSN {Target} begins.")]
    public static partial void CheckpointBegan(ILogger logger, ulong target);

    [LoggerMessage(2002, LogLevel.Debug, "Checkpoint has ended: the store holds everything up to LSN {Flushed}.")]
    public static partial void CheckpointEnded(ILogger logger, ulong flushed);

    [LoggerMessage(2003, LogLevel.Error, "A checkpoint has failed: the log grows until the next one, after as much log again.")]
    public static partial void Failed(ILogger logger, Exception error);
}
