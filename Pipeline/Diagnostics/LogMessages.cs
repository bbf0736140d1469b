using Microsoft.Extensions.Logging;

namespace Helios.Pipeline;

/// <summary>What the write path tells the log. Event ids 1000-1099; ids and names never change, the words may.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(1000, LogLevel.Information, "Recovery of {LogDirectory} begins.")]
    public static partial void RecoveryBegan(ILogger logger, string logDirectory);

    [LoggerMessage(1001, LogLevel.Information, "Recovery has ended: the store had LSN {Applied}, the log reached {Head}; {Commits} commits in {Frames} frames were applied again.")]
    public static partial void RecoveryEnded(ILogger logger, ulong applied, ulong head, long commits, long frames);

    [LoggerMessage(1002, LogLevel.Warning, "The write path takes commits again, after LSN {Head}.")]
    public static partial void Resumed(ILogger logger, ulong head);

    [LoggerMessage(1004, LogLevel.Information, "Indexes came from the snapshot of LSN {Lsn}: {Keys} keys, completed by {Commits} commits of the log, in {Milliseconds} ms.")]
    public static partial void IndexesLoaded(ILogger logger, ulong lsn, long keys, long commits, double milliseconds);

    [LoggerMessage(1005, LogLevel.Warning, "The index snapshot {Path} was refused, and the indexes are rebuilt from the rows: {Reason}")]
    public static partial void SnapshotRefused(ILogger logger, string path, string reason);

    [LoggerMessage(1003, LogLevel.Warning, "The store's manifest {Path} was torn at byte {Offset}, and {Bytes} bytes were cut: without them the store is at LSN {Applied}, and the log has everything after it.")]
    public static partial void ManifestCut(ILogger logger, string path, long offset, long bytes, ulong applied);
}
