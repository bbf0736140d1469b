using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>What checkpoints tell the log. Event ids 2000-2099.</summary>
internal static partial class CheckpointLog
{
    [LoggerMessage(2000, LogLevel.Error, "Checkpoints have stopped: the log grows until the database is opened again.")]
    public static partial void Stopped(ILogger logger, Exception error);
}
