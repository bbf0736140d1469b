using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary><c>helios rotate-key</c> of an encrypted database that a kill left.</summary>
internal sealed class RotationFaultRun(PowerTools tools, ScratchFolder scratch, PreparedDirectory prepared, CommandFault fault, string name)
    : CommandFaultRun(tools, scratch, prepared, fault, name)
{
    private const int NewKey = PreparingHost.SealedKey + 1;

    protected override string[] Arguments(string root) => Arguments(root, PreparingHost.SealedKey, NewKey);

    /// <summary>One of the two keys opens it, the new one where the command succeeded, and everything is there.</summary>
    protected override async Task<string?> FaultOfStateAsync(string root, bool told)
    {
        var key = await KeyOfAsync(PreparingHost.Sealed(root));
        return told && key != NewKey
            ? "the old key opens it after a rotation that was told"
            : await FaultOfDatabaseAsync(PreparingHost.Sealed(root), PreparingHost.Commits, RotatingHost.Key(key));
    }

    /// <summary>The same command, or where the database is under the new key already, the one that leads back.</summary>
    protected override async Task<string?> FaultOfNextRunAsync(string root)
    {
        var key = await KeyOfAsync(PreparingHost.Sealed(root));
        var next = key == NewKey ? PreparingHost.SealedKey : NewKey;
        var again = await ToolAsync(Arguments(root, key, next));
        return again.ExitCode == 0
            ? await FaultOfDatabaseAsync(PreparingHost.Sealed(root), PreparingHost.Commits, RotatingHost.Key(next))
            : $"the next rotation: exit code {again.ExitCode}\n{again.Errors}";
    }

    private string[] Arguments(string root, int from, int to) =>
        [Tool, "rotate-key", "--db", PreparingHost.Sealed(root), "--encryption-key-file", KeyFile(from), "--new-key-file", KeyFile(to)];

    /// <summary>The key that the database is under; reads its key file only.</summary>
    private static async Task<int> KeyOfAsync(string database)
    {
        var (old, rotated) = (await OpensAsync(database, PreparingHost.SealedKey), await OpensAsync(database, NewKey));
        InvariantException.Require(old != rotated, "I1", old ? "both keys open it" : "neither the old key nor the new one opens it");
        return old ? PreparingHost.SealedKey : NewKey;
    }

    private static async Task<bool> OpensAsync(string database, int key)
    {
        try
        {
            await DatabaseVerifier.VerifyAsync(database, encryption: RotatingHost.Key(key));
            return true;
        }
        catch (HeliosException error) when (error.Code == "key_mismatch")
        {
            return false;
        }
    }

    private string KeyFile(int number)
    {
        var path = Beside($"{number}.key");
        if (!File.Exists(path))
        {
            File.WriteAllBytes(path, RotatingHost.KeyBytes(number));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite); // or the tool refuses it
        }

        return path;
    }
}
