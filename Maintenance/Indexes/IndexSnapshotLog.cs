using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>What index snapshots tell the log. Event ids 2400-2409.</summary>
internal static partial class IndexSnapshotLog
{
    [LoggerMessage(2400, LogLevel.Debug, "An index snapshot of LSN {Lsn} begins.")]
    public static partial void Began(ILogger logger, ulong lsn);

    [LoggerMessage(2401, LogLevel.Information, "The index snapshot of LSN {Lsn} is there: {Keys} keys, {Bytes} bytes.")]
    public static partial void Ended(ILogger logger, ulong lsn, long keys, long bytes);

    [LoggerMessage(2402, LogLevel.Warning, "An index snapshot could not be made: it is tried again after as much log again.")]
    public static partial void Failed(ILogger logger, Exception error);

    [LoggerMessage(2403, LogLevel.Warning, "The index snapshot of LSN {Lsn} holds back too much log, and is given up: an open reads the rows until there is a newer one.")]
    public static partial void LetGo(ILogger logger, ulong lsn);

    [LoggerMessage(2404, LogLevel.Warning, "The index snapshot {Path}, which nobody needs, could not be removed.")]
    public static partial void NotRemoved(ILogger logger, string path, Exception error);
}
