using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A backup in a directory.</summary>
/// <param name="Id">Its number there.</param>
/// <param name="DatabaseId">The database that it was made of.</param>
/// <param name="Lsn">It holds every commit up to this one, and none after it.</param>
/// <param name="CommitTime">When that commit was ordered, UTC; <see cref="DateTimeOffset.MinValue"/> where there was none.</param>
/// <param name="Made">When the backup was made, UTC.</param>
/// <param name="IsEncrypted">Is the database encrypted? Then so is the backup, under the same key.</param>
/// <param name="Files">Files that it is made of.</param>
/// <param name="Bytes">Their bytes, shared with other backups or not.</param>
public sealed record BackupInfo(long Id, Guid DatabaseId, Lsn Lsn, DateTimeOffset CommitTime, DateTimeOffset Made, bool IsEncrypted, int Files, long Bytes)
{
    internal static BackupInfo Of(BackupManifest manifest) => new(
        manifest.Id, manifest.DatabaseId, manifest.Lsn, new DateTimeOffset(manifest.CommitTime, TimeSpan.Zero), new DateTimeOffset(manifest.Made, TimeSpan.Zero),
        manifest.IsEncrypted, manifest.Files.Count, manifest.Files.Sum(static file => file.Length));
}

/// <summary>What <see cref="BackupStore.VerifyAsync"/> says of one backup.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Backup">What it is; null where its manifest is damaged.</param>
/// <param name="Problems">One line for each damaged or missing file; empty where the backup is sound.</param>
public sealed record BackupVerification(long Id, BackupInfo? Backup, IReadOnlyList<string> Problems)
{
    /// <summary>Is every file there and whole?</summary>
    public bool IsSound => Problems.Count == 0;
}

/// <summary>What all checks say.</summary>
/// <param name="Directory">The directory of the backups.</param>
/// <param name="Backups">By ascending number.</param>
public sealed record BackupVerifyReport(string Directory, IReadOnlyList<BackupVerification> Backups)
{
    /// <summary>Is every backup sound?</summary>
    public bool IsSound => Backups.All(static backup => backup.IsSound);
}

/// <summary>A database that was restored.</summary>
/// <param name="Backup">What it was made of.</param>
/// <param name="Path">Its directory.</param>
/// <param name="FirstLsn">Its next commits have LSNs from here on: everything between the backup's LSN and this one is left to what the source has committed since.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record RestoreReport(BackupInfo Backup, string Path, Lsn FirstLsn, TimeSpan Elapsed);
