using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Crash.Tests;

/// <summary><c>helios restore</c> of the backup of a database's first half.</summary>
internal sealed class RestoreFaultRun(PowerTools tools, ScratchFolder scratch, PreparedDirectory prepared, CommandFault fault, string name)
    : CommandFaultRun(tools, scratch, prepared, fault, name)
{
    protected override string[] Arguments(string root) => [Tool, "restore", "--from", PreparingHost.Backups(root), "--db", Target(root)];

    /// <summary>There is no database or a whole one, a whole one where the command succeeded; and the backup is as it was.</summary>
    protected override async Task<string?> FaultOfStateAsync(string root, bool told)
    {
        if (!(await BackupStore.VerifyAsync(PreparingHost.Backups(root))).IsSound)
            return "the backup is damaged";
        if (!Directory.Exists(Target(root)))
            return told ? "there is no database" : null;
        return await FaultOfTargetAsync(root);
    }

    protected override async Task<string?> FaultOfNextRunAsync(string root)
    {
        if (Directory.Exists(Target(root)))
            Directory.Delete(Target(root), recursive: true); // a whole one, which no restore replaces
        var again = await ToolAsync(Arguments(root));
        return again.ExitCode == 0 ? await FaultOfTargetAsync(root) : $"the same command, run again: exit code {again.ExitCode}\n{again.Errors}";
    }

    private async Task<string?> FaultOfTargetAsync(string root)
    {
        var verified = await DatabaseVerifier.VerifyAsync(Target(root));
        return verified.IsSound
            ? await FaultOfDatabaseAsync(Target(root), PreparingHost.BackedUp)
            : $"half a database: {string.Join("; ", verified.Checks.Where(static check => !check.Passed))}";
    }

    private static string Target(string root) => Path.Combine(root, "restored");
}
