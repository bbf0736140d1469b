using Helios.Pipeline.Ingestion;
using RocksDbSharp;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Makes what commands of the tool are then run on, while calls of the system fail.</summary>
internal sealed class PreparingHost(string directory, Workload workload)
{
    /// <summary>Commits that were answered, in each database.</summary>
    public const int Commits = 120;

    /// <summary>So many of them are in the backup.</summary>
    public const int BackedUp = 60;

    private const int Layers = 6; // two more than RocksDB wants before it compacts

    /// <summary>The key of the encrypted database, by its number in <see cref="RotatingHost.Key"/>.</summary>
    public const int SealedKey = 1;

    public static string Database(string directory) => Path.Combine(directory, "db");

    public static string Backups(string directory) => Path.Combine(directory, "backups");

    public static string Sealed(string directory) => Path.Combine(directory, "sealed");

    /// <summary>Leaves what a kill leaves: a database with a backup of its first half, the second half partly in the log alone; and an encrypted one.</summary>
    public async Task LeaveKilledAsync()
    {
        await using var plain = await HeliosEngine.OpenAsync(Database(directory), WriterHost.Options());
        await WriteAsync(plain, 0, BackedUp);
        await plain.BackupAsync(Backups(directory));
        await WriteAsync(plain, BackedUp, Commits);

        await using var locked = await HeliosEngine.OpenAsync(Sealed(directory), WriterHost.Options() with { Encryption = RotatingHost.Key(SealedKey) });
        await WriteAsync(locked, 0, Commits);
        PowerMark.KillProcess();
    }

    /// <summary>Leaves a closed database whose store has more files of the first level than RocksDB lets be: the next open compacts them.</summary>
    public async Task LeaveLayersAsync()
    {
        await using var engine = await HeliosEngine.OpenAsync(directory, WriterHost.Options() with { TuneFamilies = DoNotCompact });
        var second = await engine.TableAsync("second", RotatingHost.Schema);
        for (var layer = 0; layer < Layers; layer++)
        {
            // Two tables, so that the files overlap: those that do not would be moved to the next level as they are.
            await WriteAsync(engine, layer * Commits / Layers, (layer + 1) * Commits / Layers);
            await second.InsertAsync(RotatingHost.Row(second, layer));
            await engine.CheckpointAsync();
        }
    }

    private static void DoNotCompact(nint family) => Native.Instance.rocksdb_options_set_disable_auto_compactions(family, 1);

    private async Task WriteAsync(HeliosEngine engine, int from, int to)
    {
        var table = await engine.TableAsync(Workload.Table, Workload.Schema);
        for (var commit = from; commit < to; commit++)
            await table.InsertAsync(workload.Rows(commit));
    }
}
