namespace Helios.Pipeline.Ingestion;

/// <summary>How a backup is made.</summary>
public sealed record BackupOptions
{
    /// <summary>Are files that an earlier backup has read and compared before they are used again, and copied anew where they are damaged?</summary>
    /// <value>The default is false: they are known by name, length and their last 64 KiB. True reads all of them in the backup directory.</value>
    public bool VerifyReused { get; init; }

    /// <summary>Told how far it is, on the thread that copies: be quick.</summary>
    /// <value>The default is nobody.</value>
    public Action<BackupProgress>? Progress { get; init; }
}

/// <summary>How far a backup, a check or a restore is.</summary>
/// <param name="Files">Files done.</param>
/// <param name="TotalFiles">Files to do; what an earlier backup has is none.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="TotalBytes">Bytes to read.</param>
public sealed record BackupProgress(int Files, int TotalFiles, long Bytes, long TotalBytes);

/// <summary>A backup that was made.</summary>
/// <param name="Id">Its number in its directory, 1 or more, ascending.</param>
/// <param name="Lsn">It holds every commit up to this one, and none after it.</param>
/// <param name="Files">Files that it is made of.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="ReusedBytes">Those of them that an earlier backup had: they were not copied again.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record BackupReport(long Id, Storage.Lsn Lsn, int Files, long Bytes, long ReusedBytes, TimeSpan Elapsed);
