using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// Calls of the system fail under the real tool, on the log, on RocksDB's files, on manifest, identity, keys and locks, on backups and what is restored from them.
/// A quarter of the cells, chosen by the seed; all with HELIOS_FAULT_CELLS=all; those whose name holds the text in HELIOS_FAULT_CELL.
/// </summary>
[Collection(CrashTestGroup.Name)]
public sealed class ProcessFaultTests(ITestOutputHelper output)
{
    [NeedsToolsFact("gcc")]
    public async Task Whatever_call_fails_under_the_tool_nothing_acknowledged_is_lost_and_the_next_run_ends()
    {
        using var scratch = new ScratchFolder();
        var seed = NewSeed();
        var tools = await PowerTools.BuildAsync();
        await FaultMatrix.MustHoldAsync(output, scratch, seed, FaultMatrix.Choose(ProcessFault.All, seed), (cell, name) => new ProcessFaultRun(tools, scratch, cell, name, seed));
    }

    [NeedsToolsFact("gcc")]
    public async Task Whatever_call_fails_while_the_store_is_compacted_nothing_acknowledged_is_lost_and_the_next_run_ends()
    {
        using var scratch = new ScratchFolder();
        var seed = NewSeed();
        var tools = await PowerTools.BuildAsync();
        var layers = await PreparedDirectory.LayersAsync(tools, scratch, seed);
        await FaultMatrix.MustHoldAsync(output, scratch, seed, FaultMatrix.Choose(ProcessFault.Compacting, seed), (cell, name) => new ProcessFaultRun(tools, scratch, cell, name, seed, layers));
    }

    [NeedsToolsFact("gcc")]
    public async Task Whatever_call_fails_under_a_backup_the_source_and_the_listed_backups_hold_and_the_next_one_works() =>
        await CommandMustHoldAsync(FaultedCommand.Backup, static (tools, scratch, prepared, cell, name) => new BackupFaultRun(tools, scratch, prepared, cell, name));

    [NeedsToolsFact("gcc")]
    public async Task Whatever_call_fails_under_a_restore_there_is_no_database_or_a_whole_one_and_the_next_one_works() =>
        await CommandMustHoldAsync(FaultedCommand.Restore, static (tools, scratch, prepared, cell, name) => new RestoreFaultRun(tools, scratch, prepared, cell, name));

    [NeedsToolsFact("gcc")]
    public async Task Whatever_call_fails_under_a_key_rotation_the_old_key_or_the_new_one_opens_and_the_next_one_works() =>
        await CommandMustHoldAsync(FaultedCommand.RotateKey, static (tools, scratch, prepared, cell, name) => new RotationFaultRun(tools, scratch, prepared, cell, name));

    private async Task CommandMustHoldAsync(FaultedCommand command, Func<PowerTools, ScratchFolder, PreparedDirectory, CommandFault, string, IFaultRun> make)
    {
        using var scratch = new ScratchFolder();
        var seed = NewSeed();
        var tools = await PowerTools.BuildAsync();
        var prepared = await PreparedDirectory.KilledAsync(tools, scratch, seed);
        await FaultMatrix.MustHoldAsync(output, scratch, seed, FaultMatrix.Choose(CommandFault.All(command), seed), (cell, name) => make(tools, scratch, prepared, cell, name));
    }

    private int NewSeed()
    {
        var seed = Settings.Seed();
        output.WriteLine($"HELIOS_SEED={seed}");
        return seed;
    }
}
