using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

internal static partial class IndexSpillLog
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "{Evicted} entries of index {Index} of table {Table} have gone to the store")]
    public static partial void Spilled(ILogger logger, int evicted, string index, string table);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Entries of an index stay in memory: the write path has ended")]
    public static partial void Stopped(ILogger logger, Exception error);
}
