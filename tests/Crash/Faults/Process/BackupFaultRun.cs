using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Crash.Tests;

/// <summary><c>helios backup</c> of a database that a kill left, to where a backup of its first half lies.</summary>
internal sealed class BackupFaultRun(PowerTools tools, ScratchFolder scratch, PreparedDirectory prepared, CommandFault fault, string name)
    : CommandFaultRun(tools, scratch, prepared, fault, name)
{
    protected override string[] Arguments(string root) => [Tool, "backup", "--db", PreparingHost.Database(root), "--to", PreparingHost.Backups(root)];

    /// <summary>The source has everything; the earlier backup is listed, that of a command that succeeded too, and all that are listed are sound.</summary>
    protected override async Task<string?> FaultOfStateAsync(string root, bool told)
    {
        var listed = BackupStore.List(PreparingHost.Backups(root)).Count;
        if (listed < (told ? 2 : 1))
            return $"{listed} backups are listed";
        return await FaultOfBackupsAsync(root) ?? await FaultOfDatabaseAsync(PreparingHost.Database(root), PreparingHost.Commits);
    }

    protected override async Task<string?> FaultOfNextRunAsync(string root)
    {
        var again = await ToolAsync(Arguments(root));
        if (again.ExitCode != 0)
            return $"the same command, run again: exit code {again.ExitCode}\n{again.Errors}";
        if (Directory.Exists(Path.Combine(PreparingHost.Database(root), "checkpoint")))
            return "the same command, run again, leaves the links of the store's files";
        if (await FaultOfBackupsAsync(root) is { } damaged)
            return $"after the same command, run again: {damaged}";
        var target = Path.Combine(root, "checked");
        await BackupStore.RestoreAsync(PreparingHost.Backups(root), target);
        return await FaultOfDatabaseAsync(target, PreparingHost.Commits);
    }

    private static async Task<string?> FaultOfBackupsAsync(string root)
    {
        var report = await BackupStore.VerifyAsync(PreparingHost.Backups(root));
        return report.IsSound ? null : $"a backup is damaged: {string.Join("; ", report.Backups.SelectMany(static backup => backup.Problems))}";
    }
}
