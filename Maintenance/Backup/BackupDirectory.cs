using System.Globalization;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>
/// Where backups of one database lie: <c>files/</c> has contents named by their SHA-256, shared by all backups; <c>ID.manifest</c> makes a backup of them.
/// </summary>
/// <remarks>
/// A manifest is deleted by its owner, if he likes; files that no manifest names go at the next backup. So a backup that was cut short leaves
/// nothing that counts, and nothing for long.
/// </remarks>
internal sealed class BackupDirectory(IStorageFiles files, string path)
{
    private const string ManifestExtension = ".manifest";
    private const string TemporaryExtension = ".new";
    private const int IdDigits = 10;

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public string FilesPath => System.IO.Path.Combine(Path, "files");

    public string ContentPath(BackupHash hash) => System.IO.Path.Combine(FilesPath, hash.ToString());

    /// <summary>Where a content is written before its hash is known.</summary>
    public string NewContentPath => System.IO.Path.Combine(FilesPath, "copying" + TemporaryExtension);

    public string ManifestPath(long id) => System.IO.Path.Combine(Path, id.ToString("d" + IdDigits, CultureInfo.InvariantCulture) + ManifestExtension);

    /// <summary>Ids of the manifests that are there, whole or not, ascending.</summary>
    public IReadOnlyList<long> Ids()
    {
        var ids = new List<long>();
        foreach (var file in files.List(Path))
        {
            if (TryParse(file, out var id))
                ids.Add(id);
        }

        ids.Sort();
        return ids;
    }

    /// <exception cref="HeliosException">Invalid <c>no_backup</c>, Corrupt <c>backup_damaged</c>, Unavailable <c>format_too_new</c>.</exception>
    /// <remarks>Throws <see cref="IOException"/> where the disk cannot be read.</remarks>
    public BackupManifest Read(long id)
    {
        var path = ManifestPath(id);
        if (!files.Exists(path))
            throw BackupErrors.None(Path, id);
        using var file = files.Open(path, writable: false);
        if (file.Length > Array.MaxLength)
            throw BackupErrors.DamagedManifest(path, "it is far too long");
        var bytes = new byte[file.Length];
        var manifest = BackupManifest.Decode(bytes.AsSpan(0, file.Read(bytes, 0)), path);
        return manifest.Id == id ? manifest : throw BackupErrors.DamagedManifest(path, $"it is that of backup {manifest.Id}");
    }

    /// <summary>The first thing that is wrong with a backup, by names and lengths alone; null where nothing is.</summary>
    public BackupProblem? FindMissing(BackupManifest manifest)
    {
        foreach (var file in manifest.Files)
        {
            if (FindMissing(file) is { } problem)
                return problem;
        }

        return null;
    }

    public BackupProblem? FindMissing(BackupFile file)
    {
        var path = ContentPath(file.Hash);
        if (!files.Exists(path))
            return new BackupProblem(path, file.Path, "is missing");
        using var content = files.Open(path, writable: false);
        return content.Length == file.Length ? null : new BackupProblem(path, file.Path, $"has {content.Length} bytes instead of {file.Length}");
    }

    /// <summary>Refuses a directory that is used for something else.</summary>
    public void RefuseStrangers()
    {
        if (File.Exists(Path))
            throw new HeliosException(HeliosErrorKind.Invalid, "not_a_directory", $"{Path} is a file; backups lie in a directory. Nothing was changed: name a directory.");
        if (!Directory.Exists(Path))
            return;
        foreach (var entry in Directory.EnumerateFileSystemEntries(Path))
        {
            var name = System.IO.Path.GetFileName(entry);
            if (name is not ("files" or "lock") && !TryParse(name, out _) && !TryParse(name.EndsWith(TemporaryExtension, StringComparison.Ordinal) ? name[..^TemporaryExtension.Length] : name, out _))
                throw BackupErrors.Stranger(Path, name);
        }
    }

    /// <summary>Deletes contents that no manifest names; returns how many.</summary>
    public int RemoveUnnamed(IEnumerable<BackupManifest> manifests)
    {
        var named = manifests.SelectMany(static manifest => manifest.Files).Select(file => ContentPath(file.Hash)).ToHashSet(StringComparer.Ordinal);
        var removed = 0;
        foreach (var content in files.List(FilesPath))
        {
            if (named.Contains(content))
                continue;
            files.Delete(content);
            removed++;
        }

        return removed;
    }

    private static bool TryParse(string path, out long id)
    {
        id = 0;
        var name = System.IO.Path.GetFileName(path.AsSpan());
        return name.EndsWith(ManifestExtension, StringComparison.Ordinal)
            && name.Length >= IdDigits + ManifestExtension.Length
            && long.TryParse(name[..^ManifestExtension.Length], NumberStyles.None, CultureInfo.InvariantCulture, out id)
            && id > 0;
    }
}

/// <summary>Something of a backup that is not as its manifest says.</summary>
/// <param name="Path">The file in the backup directory.</param>
/// <param name="Of">What it is in the database.</param>
/// <param name="What">What is wrong, as the end of a sentence.</param>
internal sealed record BackupProblem(string Path, string Of, string What)
{
    public override string ToString() => $"{Path} ({Of}) {What}";
}
