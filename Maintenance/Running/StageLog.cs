using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>What background stages log.</summary>
internal static partial class StageLog
{
    [LoggerMessage(2600, LogLevel.Warning, "The background stage {Stage} failed; it goes on and tries again later. Commits and reads are not affected.")]
    public static partial void Failed(ILogger logger, string stage, Exception error);
}
