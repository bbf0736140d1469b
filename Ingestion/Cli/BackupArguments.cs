using System.CommandLine;

namespace Helios.Pipeline.Cli;

/// <summary>The options that name backups.</summary>
internal static class BackupArguments
{
    public static Option<string> FromOption() => new("--from") { Description = "Directory of the backups.", HelpName = "DIR", Required = true };

    public static Option<string> IdOption(string what) => new("--id") { Description = what, HelpName = "N" };

    public static void CheckPath(string path, string option)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal))
            throw new UsageException($"{option}: name a directory");
    }

    /// <summary>By the names that the user knows.</summary>
    public static UsageException NotThere(string directory, long? id) =>
        new(id is null ? $"no backup in {directory}" : $"no backup {id} in {directory}");
}
