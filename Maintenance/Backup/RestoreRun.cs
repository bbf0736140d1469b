using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>A database that was restored.</summary>
/// <param name="Manifest">The backup it came from.</param>
/// <param name="FirstLsn">No commit of it will have a lower LSN than this one, but those that the backup holds.</param>
internal sealed record RestoreResult(BackupManifest Manifest, Lsn FirstLsn);

/// <summary>
/// Makes a database of a backup: everything into <c>TARGET.restoring</c>, each file compared with its hash and synced, a log that has begun, the identity
/// last; then the directory gets its name. Used once; one thread; blocks.
/// </summary>
/// <remarks>Killed anywhere it leaves no database at the target, and a directory that the next restore takes away and begins anew.</remarks>
internal sealed class RestoreRun(IStorageFiles files, BackupDirectory from, string target, Action<BackupStep>? progress)
{
    /// <summary>
    /// LSNs and epochs that a restored database passes over, counted from the last that any backup there knows of: what the source has given out since then is
    /// in no backup. 2^38 commits are a month at 100,000 a second; 1,000 restores, each from a backup of the one before, fit into the 48 bits of an LSN.
    /// </summary>
    public const ulong LsnGap = 1UL << 38;

    /// <summary>An open takes one epoch.</summary>
    public const ulong EpochGap = 1UL << 32;

    private readonly string _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));

    private string Restoring => _target + ".restoring";

    /// <param name="id">The backup; null for the newest.</param>
    /// <param name="cancellationToken">Gives up, and leaves what the next restore takes away.</param>
    /// <exception cref="HeliosException">See the public API; whatever it is, there is no half database at the target.</exception>
    public RestoreResult Run(long? id, CancellationToken cancellationToken)
    {
        var isThere = false;
        try
        {
            var manifest = Choose(id);
            var header = BeginningOf(manifest);
            RefuseTarget();
            Directory.CreateDirectory(Path.GetDirectoryName(_target)!);
            using (Clear())
            {
                Fill(manifest, header, cancellationToken);
                if (Directory.Exists(_target))
                    Directory.Delete(_target); // empty, or it throws
                Directory.Move(Restoring, _target);
                isThere = true;
                files.SyncDirectory(Path.GetDirectoryName(_target)!);
            }

            return new RestoreResult(manifest, header.First);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw BackupErrors.NotRestored(error as IOException ?? StorageErrors.Normalize(error, "write", _target), _target, isThere);
        }
    }

    private BackupManifest Choose(long? id)
    {
        var ids = from.Ids();
        if (ids.Count == 0)
            throw BackupErrors.None(from.Path, id);
        var manifest = from.Read(id ?? ids[^1]);
        return from.FindMissing(manifest) is { } problem
            ? throw BackupErrors.Damaged($"Backup {manifest.Id} is damaged: {problem}. Nothing was changed.")
            : manifest;
    }

    /// <summary>Where the log of the restored database begins: beyond everything that the source is known to have given out, and by far.</summary>
    private WalSegmentHeader BeginningOf(BackupManifest manifest)
    {
        var (lsn, epoch) = (manifest.GivenOut.Value, manifest.Epoch);
        foreach (var id in from.Ids())
        {
            try
            {
                var other = from.Read(id);
                (lsn, epoch) = (Math.Max(lsn, other.GivenOut.Value), Math.Max(epoch, other.Epoch));
            }
            catch (HeliosException error) when (error.Code is "backup_damaged" or "format_too_new")
            {
                continue; // it knows something of the source that cannot be read; the gap is there for what nobody knows
            }
        }

        if (lsn + (2 * LsnGap) > Lsn.Max.Value)
            throw new HeliosException(HeliosErrorKind.Unavailable, "lsn_exhausted", $"Backup {manifest.Id} cannot be restored: LSN {lsn} leaves no room before the last possible one, {Lsn.Max}. Nothing was changed.");
        return new WalSegmentHeader { DatabaseId = manifest.DatabaseId, Before = manifest.Lsn, First = new Lsn(lsn + LsnGap), Epoch = epoch + EpochGap };
    }

    private void RefuseTarget()
    {
        if ((_target + Path.DirectorySeparatorChar).StartsWith(from.Path + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new ArgumentException($"{_target} lies in the directory of the backup: name another one.");
        if (File.Exists(_target))
            throw new HeliosException(HeliosErrorKind.Invalid, "not_a_directory", $"{_target} is a file; a database is a directory. Nothing was changed: name a directory.");
        if (Directory.Exists(_target) && Directory.EnumerateFileSystemEntries(_target).Any())
            throw BackupErrors.NotEmpty(_target);
    }

    /// <summary>Takes the directory and removes what an interrupted restore has left there.</summary>
    private IDisposable Clear()
    {
        if (Directory.Exists(Restoring))
        {
            foreach (var entry in Directory.EnumerateFileSystemEntries(Restoring))
            {
                var name = Path.GetFileName(entry);
                if (name is not ("store" or "log" or "lock" or "keys") && !name.StartsWith(DatabaseIdentity.FileName, StringComparison.Ordinal))
                    throw BackupErrors.NoLeftover(Restoring, name);
            }
        }

        files.CreateDirectory(Restoring);
        var held = BackupLock.Acquire(Restoring);
        try
        {
            foreach (var directory in Directory.GetDirectories(Restoring))
                Directory.Delete(directory, recursive: true);
            foreach (var file in Directory.GetFiles(Restoring).Where(static f => Path.GetFileName(f) != "lock"))
                File.Delete(file);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private void Fill(BackupManifest manifest, in WalSegmentHeader header, CancellationToken cancellationToken)
    {
        var store = Path.Combine(Restoring, "store");
        files.CreateDirectory(store);
        var steps = new BackupSteps(manifest.Files.Count, manifest.Files.Sum(static f => f.Length), progress);
        var copy = new HashedCopy(files, steps.Moved, cancellationToken);
        BackupFile? identity = null;
        foreach (var file in manifest.Files)
        {
            if (file.Path == DatabaseIdentity.FileName)
                identity = file;
            else
                CopyFile(copy, manifest, file, Path.Combine(Restoring, file.Path));
            steps.FileDone();
        }

        files.SyncDirectory(store);
        WalBeginning.Write(files, Path.Combine(Restoring, "log"), header);
        files.SyncDirectory(Restoring);
        WriteIdentity(manifest, identity!);
    }

    private void CopyFile(HashedCopy copy, BackupManifest manifest, BackupFile file, string to)
    {
        if (copy.Copy(from.ContentPath(file.Hash), to) != (file.Length, file.Hash))
            throw Damaged(manifest, file);
    }

    /// <summary>The last step: what is there now is a database.</summary>
    private void WriteIdentity(BackupManifest manifest, BackupFile file)
    {
        var path = from.ContentPath(file.Hash);
        using var content = files.Open(path, writable: false);
        var bytes = new byte[DatabaseIdentity.Size + 1];
        var identity = bytes.AsSpan(0, content.Read(bytes, 0));
        if (BackupHash.Read(System.Security.Cryptography.SHA256.HashData(identity)) != file.Hash || DatabaseIdentity.Decode(identity, path).Id != manifest.DatabaseId)
            throw Damaged(manifest, file);
        AtomicFile.Replace(files, Path.Combine(Restoring, DatabaseIdentity.FileName), identity);
    }

    private HeliosException Damaged(BackupManifest manifest, BackupFile file) =>
        BackupErrors.Damaged($"Backup {manifest.Id} is damaged: {new BackupProblem(from.ContentPath(file.Hash), file.Path, "fails its SHA-256")}. There is no database at {_target}; nothing was changed there.");
}
