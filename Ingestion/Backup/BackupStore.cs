using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Backups in a directory: lists, checks and restores them. No database need be open. <see cref="HeliosEngine.BackupAsync"/> makes them.</summary>
/// <remarks>
/// A backup is its manifest, <c>ID.manifest</c>: delete it, and the backup is gone; the next one made there removes the files that no other names. The
/// directory may be copied or moved as a whole.
/// </remarks>
public static class BackupStore
{
    /// <summary>The backups whose manifest is whole and whose files are all there with their lengths, by ascending number; the files are not read.</summary>
    /// <param name="directory">Where they are.</param>
    /// <returns>Empty where there are none.</returns>
    /// <exception cref="HeliosException">Unavailable: <c>format_too_new</c>, or the disk cannot be read.</exception>
    public static IReadOnlyList<BackupInfo> List(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return List(PhysicalFiles.Instance, directory);
    }

    /// <summary>Reads every file of the backups and compares it with its SHA-256, on a thread of its own.</summary>
    /// <param name="directory">Where they are; it is not written to.</param>
    /// <param name="backupId">One of them; null for all.</param>
    /// <param name="progress">Told how far it is, on the checking thread; null where nobody looks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <remarks>Damage is in the report, never an exception. A file that several backups share is read once.</remarks>
    /// <exception cref="HeliosException">Invalid <c>no_backup</c>: there is none. Unavailable: <c>format_too_new</c>, or the disk cannot be read.</exception>
    public static Task<BackupVerifyReport> VerifyAsync(string directory, long? backupId = null, Action<BackupProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return OnThreadAsync(() => Verify(PhysicalFiles.Instance, directory, backupId, progress, cancellationToken), cancellationToken);
    }

    /// <summary>Makes a database of a backup, whole or not at all, on a thread of its own.</summary>
    /// <param name="directory">Where the backups are; it is not written to.</param>
    /// <param name="target">The directory of the new database: it is not there yet, or empty. <c>TARGET.restoring</c> beside it is used meanwhile.</param>
    /// <param name="backupId">Which backup; null for the newest.</param>
    /// <param name="progress">Told how far it is, on the restoring thread; null where nobody looks.</param>
    /// <param name="cancellationToken">Gives up. Like a kill it leaves <c>TARGET.restoring</c>, which the next restore takes away.</param>
    /// <remarks>
    /// <para>Every file is compared with its SHA-256 while it is copied. The database has the id of its source, the rows, counts, sources and dead letters of
    /// the backup's LSN, and an empty log: a change feed goes on after that LSN.</para>
    /// <para>Its next commits have LSNs 2^38 beyond the last that any backup in the directory knows of, so that no LSN that the source has given out means
    /// something else here, as long as it has not committed more than that since. Two databases that were restored from one backup begin at the same LSN: let
    /// the consumers of one never read the other.</para>
    /// </remarks>
    /// <exception cref="HeliosException">Invalid: <c>no_backup</c>, <c>not_empty</c>, <c>not_a_directory</c>. Corrupt <c>backup_damaged</c>. Busy: another restore works there. Unavailable: <c>format_too_new</c>, <c>lsn_exhausted</c>, or the disk refuses.</exception>
    public static Task<RestoreReport> RestoreAsync(string directory, string target, long? backupId = null, Action<BackupProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentException.ThrowIfNullOrEmpty(target);
        return OnThreadAsync(() => Restore(PhysicalFiles.Instance, directory, target, backupId, progress, cancellationToken), cancellationToken);
    }

    internal static IReadOnlyList<BackupInfo> List(IStorageFiles files, string directory)
    {
        var backups = new BackupDirectory(files, directory);
        var good = new List<BackupInfo>();
        try
        {
            foreach (var id in backups.Ids())
            {
                if (ReadGood(backups, id) is { } manifest)
                    good.Add(BackupInfo.Of(manifest));
            }
        }
        catch (IOException error)
        {
            throw StorageErrors.From(error, $"The backups in {backups.Path} cannot be read; nothing was changed.");
        }

        return good;
    }

    internal static BackupVerifyReport Verify(IStorageFiles files, string directory, long? backupId, Action<BackupProgress>? progress, CancellationToken cancellationToken)
    {
        var backups = new BackupDirectory(files, directory);
        var found = new BackupCheck(files, backups, Translate(progress)).Run(backupId, cancellationToken);
        return new BackupVerifyReport(backups.Path, [.. found.Select(f => new BackupVerification(f.Id, f.Manifest is { } manifest ? BackupInfo.Of(manifest) : null, f.Problems))]);
    }

    internal static RestoreReport Restore(IStorageFiles files, string directory, string target, long? backupId, Action<BackupProgress>? progress, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        var restored = new RestoreRun(files, new BackupDirectory(files, directory), target, Translate(progress)).Run(backupId, cancellationToken);
        return new RestoreReport(BackupInfo.Of(restored.Manifest), Path.GetFullPath(target), restored.FirstLsn, TimeProvider.System.GetElapsedTime(started));
    }

    internal static Action<BackupStep>? Translate(Action<BackupProgress>? progress) =>
        progress is null ? null : step => progress(new BackupProgress(step.Files, step.TotalFiles, step.Bytes, step.TotalBytes));

    private static BackupManifest? ReadGood(BackupDirectory backups, long id)
    {
        try
        {
            var manifest = backups.Read(id);
            return backups.FindMissing(manifest) is null ? manifest : null;
        }
        catch (HeliosException error) when (error.Kind == HeliosErrorKind.Corrupt)
        {
            return null; // verify says what is wrong with it
        }
    }

    /// <summary>Blocks in the system for minutes: not a pool thread's work.</summary>
    private static Task<T> OnThreadAsync<T>(Func<T> work, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(work, cancellationToken, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
}
