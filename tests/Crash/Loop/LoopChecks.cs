using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>What is checked between two cycles, while no child runs. Each gives what is wrong, or null.</summary>
internal sealed class LoopChecks(LoopOracle oracle, int seed, string database, string backups, string restored)
{
    private const int BackupsKept = 3;

    /// <summary>Backups that count are whole, and those that the child was told of count.</summary>
    public async Task<string?> FindFaultOfBackupsAsync(LoopTrace trace)
    {
        var listed = BackupStore.List(backups);
        foreach (var (id, lsn) in trace.Backups)
        {
            if (!listed.Any(backup => backup.Id == id && backup.Lsn.Value == lsn))
                return $"backup {id} of LSN {lsn} was made, and is not listed";
        }

        if (listed.Count > 0 && (await BackupStore.VerifyAsync(backups)).Backups.FirstOrDefault(backup => !backup.IsSound) is { } damaged)
            return $"backup {damaged.Id} is damaged: {string.Join("; ", damaged.Problems)}";
        // Their number does not grow with the cycles; what the deleted ones had for themselves goes at the next backup.
        foreach (var manifest in Directory.GetFiles(backups, "*.manifest").Order(StringComparer.Ordinal).SkipLast(BackupsKept))
            File.Delete(manifest);
        return null;
    }

    /// <summary>The newest backup, restored, holds the commits up to its LSN and none after it.</summary>
    public async Task<string?> FindFaultOfRestoredAsync(string keys)
    {
        if (BackupStore.List(backups) is not [.., var newest])
            return null;
        await BackupStore.RestoreAsync(backups, restored, newest.Id);
        var fault = await ReadAsync(restored, keys, cycle: -1, content => oracle.FindFaultOfBackup(content, newest.Lsn.Value));
        Directory.Delete(restored, recursive: true);
        return fault is null ? null : $"backup {newest.Id}: {fault}";
    }

    /// <summary>
    /// <c>verify</c> is satisfied with what the kill has left; two opens, each with options of its own, find the same; after a clean close <c>verify</c> is
    /// satisfied, and the files are those that the database names.
    /// </summary>
    public async Task<string?> FindFaultOfDatabaseAsync(string keys, int cycle)
    {
        if (File.Exists(Path.Combine(database, "identity")) && await VerifyAsync(keys) is { } left)
            return $"before any open, {left}";
        for (var open = 1; open <= 2; open++)
        {
            if (await ReadAsync(database, keys, cycle + (open * 1_000_000), oracle.Accept) is { } fault)
                return $"open {open} in the parent: {fault}";
        }

        return await VerifyAsync(keys) ?? LoopFiles.FindLeak(database, keys != LoopKeys.None) ?? (keys == LoopKeys.None ? null : await FindOpenDoorAsync());
    }

    private async Task<string?> VerifyAsync(string keys)
    {
        using var key = LoopKeys.Open(seed, keys);
        var report = await DatabaseVerifier.VerifyAsync(database, encryption: key);
        return report.IsSound ? null : "verify: " + string.Join("; ", report.Checks.Where(check => !check.Passed).Select(check => $"{check.Name}: {check.Message}"));
    }

    private async Task<string?> ReadAsync(string directory, string keys, int cycle, Func<LoopContent, string?> check)
    {
        using var key = LoopKeys.Open(seed, keys);
        using var warnings = new LoopWarnings();
        string? fault;
        await using (var engine = await HeliosEngine.OpenAsync(directory, LoopOptions.Draw(seed, cycle).Engine(key) with { LoggerFactory = warnings }))
            fault = check(await LoopContent.ReadAsync(engine, (int)LoopWorkload.Mix(seed, cycle)));
        return fault ?? warnings.First;
    }

    /// <summary>A key that was never this database's opens nothing, and neither does none.</summary>
    private async Task<string?> FindOpenDoorAsync()
    {
        foreach (var (keys, code) in new[] { ("1000000", "key_mismatch"), (LoopKeys.None, "key_unavailable") })
        {
            try
            {
                using var key = LoopKeys.Open(seed, keys);
                await using var engine = await HeliosEngine.OpenAsync(database, new HeliosOptions { Encryption = key });
                return $"it opens with {(key is null ? "no key" : "a foreign key")}";
            }
            catch (HeliosException error) when (error.Code == code)
            {
                // as it should be
            }
        }

        return null;
    }
}
