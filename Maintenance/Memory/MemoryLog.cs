using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>What the memory budget tells the log, once per change. Event ids 2300-2399.</summary>
internal static partial class MemoryLog
{
    [LoggerMessage(2300, LogLevel.Debug, "Caches and memtables take {Others} bytes of the budget of {Budget}: commits in the engine are held to {QueueLimit} bytes.")]
    public static partial void Tight(ILogger logger, long others, long budget, long queueLimit);

    [LoggerMessage(2301, LogLevel.Debug, "Caches and memtables take {Others} bytes of the budget of {Budget}: commits in the engine have their whole share.")]
    public static partial void Roomy(ILogger logger, long others, long budget);
}
