using System.CommandLine;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Cli;

/// <summary>The options that name a database and a table, and how they are opened.</summary>
internal static class Database
{
    public static Option<string> PathOption() => new("--db") { Description = "Directory of the database.", HelpName = "DIR", Required = true };

    public static Option<string> TableOption() => new("--table") { Description = "Name of the table.", HelpName = "NAME", Required = true };

    public static Option<bool> JsonOption(string what) => new("--json") { Description = what, Arity = ArgumentArity.Zero };

    /// <summary>Opens a database that is there.</summary>
    public static async Task<HeliosEngine> OpenAsync(string path, CommandIo io)
    {
        CheckPath(path);
        try
        {
            return await HeliosEngine.OpenAsync(path, new HeliosOptions { CreateIfMissing = false, Encryption = io.Encryption, TimeProvider = io.Time, LoggerFactory = io.Loggers }, io.Stop.Token).ConfigureAwait(false);
        }
        catch (HeliosException error) when (error.Code == "no_database")
        {
            throw NotThere(path); // by the name that the user knows it by
        }
    }

    /// <summary>Opens a database, or creates it.</summary>
    public static async Task<HeliosEngine> OpenOrCreateAsync(IngestArguments arguments, CommandIo io)
    {
        var path = arguments.Db;
        CheckPath(path);
        // Hardly anything is read back while a file is taken: a small cache, and files written early, keep the tool's memory low and flat.
        var options = new HeliosOptions
        {
            SafetyLevel = arguments.Level,
            WithoutLog = arguments.WithoutLog,
            LogRingBytes = 0, // there is no feed
            CacheBytes = 32 << 20,
            RowCacheBytes = 0,
            FlushBytes = 16 << 20,
            Encryption = io.Encryption,
            TimeProvider = io.Time,
            LoggerFactory = io.Loggers,
        };
        if (arguments.CheckpointBytes is { } bytes)
            options = options with { CheckpointBytes = bytes };
        if (arguments.FreeSpaceFloor is { } floor)
            options = options with { FreeSpaceFloor = floor };
        try
        {
            return await HeliosEngine.OpenAsync(path, options, io.Stop.Token).ConfigureAwait(false);
        }
        catch (HeliosException error) when (error.Code == "io_error" && IsWrongPlace(error.InnerException))
        {
            throw new UsageException($"{path}: no database can be written here: {error.InnerException!.Message.TrimEnd('.')}; nothing was changed; name another directory");
        }
    }

    public static Table Table(HeliosEngine engine, string path, string name)
    {
        if (engine.FindTable(name) is { } table)
            return table;
        var names = string.Join(", ", engine.Tables.Select(t => t.Name));
        throw new UsageException($"no table {name} in {path}; {(names.Length > 0 ? $"there are: {names}" : "it has no tables yet")}");
    }

    /// <summary>A table that statistics may be had of.</summary>
    public static Table UserTable(HeliosEngine engine, string path, string name)
    {
        var table = Table(engine, path, name);
        return engine.Tables.Any(t => t.Name == name) ? table
            : throw new UsageException($"{name} is a table of the engine, of which there are no statistics; count, scan and explain read it");
    }

    public static UsageException NotThere(string path) => new($"no database at {path}");

    public static void CheckPath(string path)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal))
            throw new UsageException("--db: name a directory");
    }

    /// <summary>Permissions, paths and read-only file systems do not mend themselves; a full disk may.</summary>
    private static bool IsWrongPlace(Exception? cause) =>
        // errno EPERM, ENOENT, EACCES, ENOTDIR, EROFS, ENAMETOOLONG on Linux
        cause is UnauthorizedAccessException or DirectoryNotFoundException or PathTooLongException or IOException { HResult: 1 or 2 or 13 or 20 or 30 or 36 };
}
