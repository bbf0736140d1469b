using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>Puts contents into a directory of backups, and at last the manifest that makes them one. One thread; nobody else writes there.</summary>
/// <remarks>
/// What is durable when: a content before it gets its name, all names before the manifest, the manifest before it gets its own. So a manifest that is there names
/// only what no power loss can take. All methods throw <see cref="IOException"/>.
/// </remarks>
internal sealed class BackupWriter(IStorageFiles files, BackupDirectory target, HashedCopy copy)
{
    /// <param name="source">Where the file lies.</param>
    /// <param name="path">What it is in the database.</param>
    /// <param name="tail">See <see cref="BackupFile.Tail"/>.</param>
    public BackupFile Add(string source, string path, UInt128 tail)
    {
        if (files.Exists(target.NewContentPath))
            files.Delete(target.NewContentPath); // of a backup that was cut short
        var (length, hash) = copy.Copy(source, target.NewContentPath);

        // Over what may be there under that name: it is the same content, and this one is known to be whole.
        files.Rename(target.NewContentPath, target.ContentPath(hash));
        return new BackupFile(path, length, hash, tail);
    }

    /// <summary>From here on the backup counts.</summary>
    public void Finish(BackupManifest manifest)
    {
        files.SyncDirectory(target.FilesPath);
        files.SyncDirectory(target.Path);
        AtomicFile.Replace(files, target.ManifestPath(manifest.Id), manifest.Encode());
    }
}
