using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Compatibility.Tests;

/// <summary>The directories that every version writes once, each with what <see cref="GoldenContents"/> says.</summary>
internal static class Golden
{
    /// <summary>Names of the directories of this version. Databases, but for the last: that one holds two backups.</summary>
    public static readonly string[] Names =
    [
        "v1-clean", "v1-unclean", "v1-encrypted-clean", "v1-encrypted-unclean", "v1-rotated", "v1-password", "v1-unlogged", "v1-backup",
    ];

    public static string Root => Path.Combine(AppContext.BaseDirectory, "golden");

    /// <summary>How a directory is opened. The keys are no secret.</summary>
    public static HeliosOptions Options(string name) => new()
    {
        Log = new WalOptions { SegmentBytes = [64 << 10] },
        Encryption = name switch
        {
            _ when name.EndsWith("-rotated", StringComparison.Ordinal) => Key(2),
            _ when name.EndsWith("-password", StringComparison.Ordinal) => KeyProviders.FromPasswordOfDatabase("correct horse", PasswordDerivation.MinIterations),
            _ when name.Contains("-encrypted-", StringComparison.Ordinal) => Key(1),
            _ => null,
        },
    };

    public static HeliosOptions WithoutLog(HeliosOptions options) => options with { SafetyLevel = SafetyLevel.Unsafe, WithoutLog = true, LogRingBytes = 1 << 20 };

    /// <summary>The key that the rotated one had at first, and the encrypted ones have: 1. The one that it has: 2.</summary>
    public static IKeyProvider Key(int number) => KeyProviders.FromBytes([.. Enumerable.Range(number - 1, KekId.KeySize).Select(i => (byte)i)]);

    /// <summary>Writes all of <see cref="Names"/>.</summary>
    public static async Task WriteAsync(string into)
    {
        var work = Directory.CreateTempSubdirectory("helios-golden-").FullName;
        await WritePlainAsync(work, into);
        await WriteEncryptedAsync(work, into);
        await WriteRotatedAsync(work, into);
        await WritePasswordAsync(work, into);
        await WriteUnloggedAsync(work, into);
        Directory.Delete(work, recursive: true);
    }

    private static async Task WritePlainAsync(string work, string into)
    {
        var (database, backups) = (Path.Combine(work, "plain"), Path.Combine(work, "backups"));
        await using (var helios = await HeliosEngine.OpenAsync(database, Options("v1-clean")))
        {
            await GoldenContents.WriteHalfAsync(helios);
            await helios.BackupAsync(backups);
            await GoldenContents.WriteRestAsync(helios);
            Copy(database, Path.Combine(into, "v1-unclean")); // as a kill leaves it: the log is ahead of the store
            await helios.BackupAsync(backups);
        }

        Copy(database, Path.Combine(into, "v1-clean"));
        Copy(backups, Path.Combine(into, "v1-backup"));
    }

    private static async Task WriteEncryptedAsync(string work, string into)
    {
        var database = Path.Combine(work, "encrypted");
        await using (var helios = await HeliosEngine.OpenAsync(database, Options("v1-encrypted-clean")))
        {
            await GoldenContents.WriteHalfAsync(helios);
            await helios.CheckpointAsync();
            await GoldenContents.WriteRestAsync(helios);
            Copy(database, Path.Combine(into, "v1-encrypted-unclean"));
        }

        Copy(database, Path.Combine(into, "v1-encrypted-clean"));
    }

    /// <summary>The first half is in the store under the data key of the first open, the rest in the log under one that only the second key opens.</summary>
    private static async Task WriteRotatedAsync(string work, string into)
    {
        var database = Path.Combine(work, "rotated");
        await using (var helios = await HeliosEngine.OpenAsync(database, Options("v1-rotated") with { Encryption = Key(1) }))
            await GoldenContents.WriteHalfAsync(helios);
        await using (var helios = await HeliosEngine.OpenAsync(database, Options("v1-rotated") with { Encryption = Key(1) }))
        {
            await helios.RotateKeyAsync(Key(2));
            await GoldenContents.WriteRestAsync(helios);
            Copy(database, Path.Combine(into, "v1-rotated"));
        }
    }

    private static async Task WritePasswordAsync(string work, string into)
    {
        var database = Path.Combine(work, "password");
        await using (var helios = await HeliosEngine.OpenAsync(database, Options("v1-password")))
        {
            await GoldenContents.WriteHalfAsync(helios);
            await GoldenContents.WriteRestAsync(helios);
        }

        Copy(database, Path.Combine(into, "v1-password"));
    }

    /// <summary>As a kill leaves it, right after a checkpoint: the marker is there, and the store has everything.</summary>
    private static async Task WriteUnloggedAsync(string work, string into)
    {
        var database = Path.Combine(work, "unlogged");
        await using var helios = await HeliosEngine.OpenAsync(database, WithoutLog(Options("v1-unlogged")));
        await GoldenContents.WriteHalfAsync(helios);
        await GoldenContents.WriteRestAsync(helios);
        await helios.CheckpointAsync();
        Copy(database, Path.Combine(into, "v1-unlogged"));
    }

    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            // Locks are handles, not files; RocksDB's own log and options say where they were written, and it opens without them.
            var name = Path.GetFileName(file);
            if (name is "lock" or "LOCK" || name.StartsWith("LOG", StringComparison.Ordinal) || name.StartsWith("OPTIONS", StringComparison.Ordinal))
                continue;
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = File.Create(target);
            source.CopyTo(copy);
        }
    }
}
