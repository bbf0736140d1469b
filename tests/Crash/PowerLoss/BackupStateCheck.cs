using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Looks at what is left of a directory with a database, its backups and databases restored from them; throws <see cref="InvariantException"/>.</summary>
/// <param name="directory">The state.</param>
/// <param name="workload">What the source was written with.</param>
/// <param name="source">What the source held at each LSN.</param>
internal sealed class BackupStateCheck(string directory, Workload workload, SourceDigests source)
{
    private string Backups => BackupHost.Backups(directory);

    /// <summary>Every backup that is listed is sound, as new as it must be, and restores to what the source had at its LSN; those that have been told are listed.</summary>
    /// <param name="ended">The last backup that has been told to be there.</param>
    /// <param name="begun">For each backup in order what was visible when it began.</param>
    public async Task CheckBackupsAsync(long ended, IReadOnlyList<Lsn> begun)
    {
        var listed = BackupStore.List(Backups);
        Require(listed.Count >= ended, "I1", $"backup {ended} was told to be there, {listed.Count} are");
        if (listed.Count == 0)
            return;
        var report = await BackupStore.VerifyAsync(Backups);
        Require(report.IsSound && report.Backups.Count == listed.Count, "I3", $"a backup is damaged: {string.Join("; ", report.Backups.SelectMany(static backup => backup.Problems))}");
        foreach (var backup in listed)
        {
            Require(backup.Lsn >= begun[(int)backup.Id - 1], "I1", $"backup {backup.Id} holds LSN {backup.Lsn} at most, {begun[(int)backup.Id - 1]} was visible when it began");
            var target = Path.Combine(directory, $"checked-{backup.Id}");
            await BackupStore.RestoreAsync(Backups, target, backup.Id);
            await CheckDatabaseAsync(target, backup);
        }
    }

    /// <summary>The source has what was answered, and can be backed up again to the same place.</summary>
    public async Task CheckSourceAsync(int answered)
    {
        await using (var engine = await HeliosEngine.OpenAsync(BackupHost.Database(directory), Options()))
        {
            var found = await ContentCheck.ReadAsync(engine, workload);
            Require(found.Commits >= answered, "I1", $"{answered} commits were promised, {found.Commits} are there");
            await engine.BackupAsync(Backups);
        }

        Require((await BackupStore.VerifyAsync(Backups)).IsSound, "I3", "a backup made after the crash is damaged");
    }

    /// <summary>At each target there is no database or a whole one, a whole one where it has been told; where there is none, the next restore makes it.</summary>
    /// <param name="ended">The last restore that has been told.</param>
    public async Task CheckTargetsAsync(long ended)
    {
        foreach (var backup in BackupStore.List(Backups))
        {
            var target = BackupHost.Restored(directory, backup.Id);
            if (!await IsThereAsync(target))
            {
                Require(backup.Id > ended, "I1", $"backup {backup.Id} was told to be restored, there is no database at {target}");
                await BackupStore.RestoreAsync(Backups, target, backup.Id);
            }

            var verified = await DatabaseVerifier.VerifyAsync(target);
            Require(verified.IsSound, "I3", $"half a database at {target}: {string.Join("; ", verified.Checks.Where(static check => !check.Passed))}");
            await CheckDatabaseAsync(target, backup);
        }
    }

    private static async Task<bool> IsThereAsync(string target)
    {
        try
        {
            await using var engine = await HeliosEngine.OpenAsync(target, Options() with { CreateIfMissing = false });
            return true;
        }
        catch (HeliosException error) when (error.Code == "no_database")
        {
            return false;
        }
    }

    private async Task CheckDatabaseAsync(string database, BackupInfo backup)
    {
        await using var engine = await HeliosEngine.OpenAsync(database, Options() with { CreateIfMissing = false });
        var found = await ContentCheck.ReadAsync(engine, workload);
        Require(found.Digest == source.At(backup.Lsn), "I9", $"backup {backup.Id} restores to {found.Commits} commits that are not what the source had at LSN {backup.Lsn}");
    }

    private static HeliosOptions Options() => WriterHost.Options() with { RowCacheBytes = 0, TuneStore = StoreOfATest.Tune };

    private static void Require(bool holds, string invariant, string message) => InvariantException.Require(holds, invariant, message);
}
