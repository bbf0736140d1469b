using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>What a backup is made of, and how.</summary>
internal sealed record BackupJob
{
    public required IStorageFiles Files { get; init; }

    /// <summary>The directory of the database.</summary>
    public required string Database { get; init; }

    public required Guid DatabaseId { get; init; }

    public required RecoveredPath Engine { get; init; }

    public required CheckpointStage Checkpoints { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Reads what an earlier backup has before it is used again, and copies it anew where it is damaged.</summary>
    public bool VerifyReused { get; init; }

    public Action<BackupStep>? Progress { get; init; }
}

/// <summary>A backup that counts.</summary>
/// <param name="Manifest">What it holds.</param>
/// <param name="ReusedBytes">Bytes that an earlier backup had already.</param>
internal sealed record BackupResult(BackupManifest Manifest, long ReusedBytes);

/// <summary>
/// One backup while commits go on: a flush through the write path; the store's files as of then, by hard links; copies of those that no earlier
/// backup has; and last, when all that is durable, the manifest.
/// </summary>
/// <remarks>Used once. The log is not copied: the store at its applied LSN needs none, and a restore begins a new one.</remarks>
internal sealed class BackupRun(BackupJob job, BackupDirectory target)
{
    private string Checkpoint => CheckpointPath(job.Database);

    /// <summary>Makes the backup.</summary>
    /// <exception cref="HeliosException">See the public API; whatever it is, no half backup counts.</exception>
    public async Task<BackupResult> RunAsync(CancellationToken cancellationToken)
    {
        var earlier = await BlockingAsync(Begin, cancellationToken).ConfigureAwait(false);
        using (earlier.Lock)
        {
            BackupLog.BackupBegan(job.Logger, target.Path, earlier.NextId);
            // A flush by the one who may order it: everything visible now is in the store's files then, and never more than the log has synced.
            await job.Checkpoints.RunNowAsync(cancellationToken).ConfigureAwait(false);
            var result = await BlockingAsync(() => CopyStore(earlier, cancellationToken), cancellationToken).ConfigureAwait(false);
            BackupLog.BackupEnded(job.Logger, result.Manifest.Id, result.Manifest.Lsn.Value, result.Manifest.Files.Sum(static f => f.Length), result.ReusedBytes);
            return result;
        }
    }

    /// <summary>Deletes the links that a killed backup has left in a database, and with them what they keep from being freed; nobody else works there now.</summary>
    /// <exception cref="HeliosException">Unavailable <c>io_error</c>.</exception>
    public static void RemoveLeftover(string database)
    {
        var path = CheckpointPath(database);
        try
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.From(StorageErrors.Normalize(error, "delete", path), $"{path}, which a backup needs for a while only, could not be removed. Nothing is lost by it.");
        }
    }

    private static string CheckpointPath(string database) => Path.Combine(database, "checkpoint");

    private async Task<T> BlockingAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        try
        {
            // Blocks in the system for as long as it takes: not a pool thread's work.
            return await Task.Factory.StartNew(work, cancellationToken, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw BackupErrors.NotFinished(error as IOException ?? StorageErrors.Normalize(error, "write", target.Path), target.Path);
        }
    }

    private Earlier Begin()
    {
        target.RefuseStrangers();
        var isNew = !Directory.Exists(target.Path);
        job.Files.CreateDirectory(target.Path);
        if (isNew && Path.GetDirectoryName(target.Path) is { Length: > 0 } parent)
            job.Files.SyncDirectory(parent);
        var held = BackupLock.Acquire(target.Path);
        try
        {
            return ReadEarlier(held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private Earlier ReadEarlier(IDisposable held)
    {
        var (manifests, damaged) = (new List<BackupManifest>(), 0);
        var ids = target.Ids();
        foreach (var id in ids)
        {
            try
            {
                manifests.Add(target.Read(id));
            }
            catch (HeliosException error) when (error.Kind == HeliosErrorKind.Corrupt)
            {
                BackupLog.EarlierDamaged(job.Logger, error);
                damaged++;
            }
        }

        if (manifests.Find(m => m.DatabaseId != job.DatabaseId) is { } other)
            throw BackupErrors.OtherDatabase(target.Path, other.DatabaseId, job.DatabaseId);

        // Nobody knows what a damaged manifest names: then everything stays.
        if (damaged == 0)
            target.RemoveUnnamed(manifests);
        var known = new Dictionary<(string, long, UInt128), BackupFile>();
        foreach (var file in manifests.SelectMany(static m => m.Files).Where(static f => f.IsImmutable).Distinct().Where(f => target.FindMissing(f) is null))
            known[(file.Path, file.Length, file.Tail)] = file;
        return new Earlier(held, ids.Count == 0 ? 1 : ids[^1] + 1, known);
    }

    private BackupResult CopyStore(Earlier earlier, CancellationToken cancellationToken)
    {
        RemoveLeftover(job.Database);
        Directory.CreateDirectory(Checkpoint);
        try
        {
            var store = Path.Combine(Checkpoint, "store");
            var applied = job.Engine.Parts.Store.Checkpoint(store) ?? default;
            var plan = Plan(store, earlier, cancellationToken);
            var wanted = plan.Where(static p => p.Known is null).ToArray();
            var steps = new BackupSteps(wanted.Length, wanted.Sum(static p => p.Length), job.Progress);
            var writer = new BackupWriter(job.Files, target, new HashedCopy(job.Files, steps.Moved, cancellationToken));
            var files = CopyFiles(plan, writer, steps);
            var manifest = new BackupManifest
            {
                DatabaseId = job.DatabaseId,
                Id = earlier.NextId,
                Lsn = applied.Lsn,
                CommitTime = applied.CommitTime,
                Epoch = job.Engine.Parts.Epoch,
                GivenOut = new Lsn(Math.Max(applied.Lsn.Value, job.Engine.Parts.Log.Next.Value - 1)),
                Made = job.Time.GetUtcNow().UtcTicks,
                IsEncrypted = files.Exists(static file => file.Path == KeyFileContent.FileName),
                Files = files,
            };
            writer.Finish(manifest);
            return new BackupResult(manifest, plan.Sum(static p => p.Known?.Length ?? 0));
        }
        finally
        {
            RemoveLeftover(job.Database);
        }
    }

    private List<BackupFile> CopyFiles(List<PlannedFile> plan, BackupWriter writer, BackupSteps steps)
    {
        job.Files.CreateDirectory(target.FilesPath);
        var files = new List<BackupFile>(plan.Count);
        foreach (var item in plan)
        {
            if (item.Known is { } known)
            {
                files.Add(known);
                continue;
            }

            files.Add(writer.Add(item.Source, item.Path, item.Tail));
            steps.FileDone();
        }

        files.Sort(static (a, b) => string.CompareOrdinal(a.Path, b.Path));
        return files;
    }

    private List<PlannedFile> Plan(string store, Earlier earlier, CancellationToken cancellationToken)
    {
        var reader = new HashedCopy(job.Files, null, cancellationToken);
        var plan = new List<PlannedFile>();
        foreach (var path in Directory.GetFiles(store).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            if (!name.StartsWith("LOG", StringComparison.Ordinal) && name != "LOCK") // its words for people, and its lock
                plan.Add(PlanFile(reader, path, BackupFile.StorePrefix + name, earlier));
        }

        // After the store: keys are only ever added, so these open everything in it.
        foreach (var name in (ReadOnlySpan<string>)[KeyFileContent.FileName, DatabaseIdentity.FileName])
        {
            var path = Path.Combine(job.Database, name);
            if (job.Files.Exists(path))
                plan.Add(PlanFile(reader, path, name, earlier));
        }

        return plan;
    }

    private PlannedFile PlanFile(HashedCopy reader, string source, string path, Earlier earlier)
    {
        var (length, tail) = reader.Tail(source);
        var known = earlier.Files.GetValueOrDefault((path, length, tail));
        if (known is not null && job.VerifyReused && reader.Hash(target.ContentPath(known.Hash)).Hash != known.Hash)
            known = null;
        return new PlannedFile(source, path, length, tail, known);
    }

    /// <param name="Lock">Keeps others out of the target.</param>
    /// <param name="NextId">Of the backup to be made.</param>
    /// <param name="Files">What the earlier ones have, whole by length, to be used again.</param>
    private sealed record Earlier(IDisposable Lock, long NextId, Dictionary<(string Path, long Length, UInt128 Tail), BackupFile> Files);

    /// <param name="Source">Where it lies.</param>
    /// <param name="Path">What it is in the database.</param>
    /// <param name="Length">Bytes.</param>
    /// <param name="Tail">See <see cref="BackupFile.Tail"/>.</param>
    /// <param name="Known">The same file in an earlier backup, or null.</param>
    private sealed record PlannedFile(string Source, string Path, long Length, UInt128 Tail, BackupFile? Known);
}
