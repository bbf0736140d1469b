using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>What a check says of one backup.</summary>
/// <param name="Id">Which.</param>
/// <param name="Manifest">Null where that is what is damaged.</param>
/// <param name="Problems">Each damaged or missing file; empty where the backup is sound.</param>
internal sealed record CheckedBackup(long Id, BackupManifest? Manifest, IReadOnlyList<string> Problems);

/// <summary>Reads every file of backups and compares it with its hash; each content once, however many backups share it. Used once; one thread; blocks.</summary>
internal sealed class BackupCheck(IStorageFiles files, BackupDirectory directory, Action<BackupStep>? progress)
{
    private readonly Dictionary<BackupHash, string?> _seen = [];

    /// <param name="id">The backup; null for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HeliosException">Invalid <c>no_backup</c>; Unavailable <c>format_too_new</c>, <c>io_error</c>.</exception>
    public IReadOnlyList<CheckedBackup> Run(long? id, CancellationToken cancellationToken)
    {
        try
        {
            var ids = directory.Ids();
            if (ids.Count == 0 || (id is { } wanted && !ids.Contains(wanted)))
                throw BackupErrors.None(directory.Path, id);
            var read = (id is { } one ? [one] : ids).Select(Read).ToArray();
            var contents = read.SelectMany(static r => r.Manifest?.Files ?? []).DistinctBy(static f => f.Hash).ToArray();
            var steps = new BackupSteps(contents.Length, contents.Sum(static f => f.Length), progress);
            var reader = new HashedCopy(files, steps.Moved, cancellationToken);
            return [.. read.Select(r => r.Manifest is { } manifest ? r with { Problems = Problems(manifest, reader, steps) } : r)];
        }
        catch (IOException error)
        {
            throw StorageErrors.From(error, $"The backups in {directory.Path} cannot be read; nothing was changed.");
        }
    }

    private CheckedBackup Read(long id)
    {
        try
        {
            return new CheckedBackup(id, directory.Read(id), []);
        }
        catch (HeliosException error) when (error.Kind == HeliosErrorKind.Corrupt)
        {
            return new CheckedBackup(id, null, [error.Message]);
        }
    }

    private List<string> Problems(BackupManifest manifest, HashedCopy reader, BackupSteps steps)
    {
        var problems = new List<string>();
        foreach (var file in manifest.Files)
        {
            if (!_seen.TryGetValue(file.Hash, out var problem))
            {
                _seen[file.Hash] = problem = Problem(file, reader);
                steps.FileDone();
            }

            if (problem is not null)
                problems.Add(new BackupProblem(directory.ContentPath(file.Hash), file.Path, problem).ToString());
        }

        return problems;
    }

    private string? Problem(BackupFile file, HashedCopy reader)
    {
        try
        {
            if (directory.FindMissing(file) is { } missing)
                return missing.What;
            return reader.Hash(directory.ContentPath(file.Hash)).Hash == file.Hash ? null : "fails its SHA-256";
        }
        catch (IOException error)
        {
            return $"cannot be read: {error.Message}";
        }
    }
}
