using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>What backups tell the log. Event ids 2100-2199.</summary>
internal static partial class BackupLog
{
    [LoggerMessage(2100, LogLevel.Information, "Backup {Id} into {Directory} begins.")]
    public static partial void BackupBegan(ILogger logger, string directory, long id);

    [LoggerMessage(2101, LogLevel.Information, "Backup {Id} has ended: LSN {Lsn}, {Bytes} bytes, {ReusedBytes} of them in earlier backups.")]
    public static partial void BackupEnded(ILogger logger, long id, ulong lsn, long bytes, long reusedBytes);

    [LoggerMessage(2102, LogLevel.Warning, "An earlier backup is damaged; files that no backup names stay where they are.")]
    public static partial void EarlierDamaged(ILogger logger, Exception error);
}
