using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>What moving entries of indexes tells the log. Event ids 2410-2499.</summary>
internal static partial class IndexSpillLog
{
    [LoggerMessage(2410, LogLevel.Debug, "{Evicted} entries of index {Index} of table {Table} have gone to the store.")]
    public static partial void Spilled(ILogger logger, int evicted, string index, string table);

    [LoggerMessage(2411, LogLevel.Debug, "Entries of an index that is larger than it may be stay in memory: the write path has ended.")]
    public static partial void Stopped(ILogger logger, Exception error);
}
