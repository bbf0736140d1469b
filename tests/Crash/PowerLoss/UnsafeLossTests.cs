using Helios.Pipeline.Storage;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// What a power loss may take where only checkpoints make commits durable: what came after the last one that was answered, or after what the engine said is durable.
/// Without a log a kill may take as much. 3 % of HELIOS_POWERLOSS_STATES with a log and without.
/// </summary>
[Collection(CrashTestGroup.Name)]
public sealed class UnsafeLossTests(ITestOutputHelper output)
{
    private const int Percent = 3;
    private const int Commits = 400;
    private const int DieAt = 150;
    private const int StatesOfPlanted = 40;

    [NeedsToolsFact("gcc")]
    public async Task A_power_loss_at_unsafe_takes_nothing_from_before_the_last_checkpoint() =>
        await PowerRun.MustHoldAsync(output, SafetyLevel.Unsafe, Percent, Commits, DieAt);

    [NeedsToolsFact("gcc")]
    public async Task A_power_loss_or_a_kill_without_a_log_takes_nothing_from_before_the_last_flush() =>
        await PowerRun.MustHoldAsync(output, SafetyLevel.Unsafe, Percent, Commits, DieAt, withoutLog: true);

    [NeedsToolsFact("gcc")]
    public async Task A_checkpoint_at_unsafe_that_does_not_sync_the_log_is_noticed() =>
        await MustBeNoticedAsync(withoutLog: false, PlantedBug.RareSync, "", "corrupt: ", "commits were promised");

    [NeedsToolsFact("gcc")]
    public async Task A_checkpoint_without_a_log_that_is_answered_without_a_flush_is_noticed() =>
        await MustBeNoticedAsync(withoutLog: true, PlantedBug.CheckpointWithoutFlush, "", "commits were promised");

    [NeedsToolsFact("gcc")]
    public async Task A_flush_without_a_log_whose_files_are_not_synced_is_noticed() =>
        await MustBeNoticedAsync(withoutLog: true, PlantedBug.None, "sync:DROP:path=store/*.sst", "corrupt: ");

    [NeedsToolsFact("gcc")]
    public async Task A_torn_manifest_may_be_refused_without_a_log_and_only_there()
    {
        foreach (var withoutLog in new[] { true, false })
        {
            using var run = new PowerRun(output, SafetyLevel.Unsafe, withoutLog: withoutLog);
            var (left, made) = await run.RecordKillAsync(Commits, DieAt);
            Tear(made);
            if (!withoutLog)
                Array.ForEach(Directory.GetFiles(Path.Combine(made, "log")), File.Delete); // else the log makes it good
            var check = run.Check(made);
            var fault = await check.FindFaultAsync(Promise.None);
            output.WriteLine(fault ?? "accepted");
            Assert.Equal(withoutLog, check.WasRefusedAsTorn);
            Assert.Equal(!withoutLog, fault?.Contains("MANIFEST-", StringComparison.Ordinal) == true);

            Array.ForEach(Directory.GetFiles(Path.Combine(left, "store"), "*.sst"), File.Delete); // all: the kill may leave some that the manifest does not name
            Assert.NotNull(await run.Check(left).FindFaultAsync(Promise.None)); // damage of another kind is no excuse
        }
    }

    private async Task MustBeNoticedAsync(bool withoutLog, PlantedBug bug, string fault, params string[] words)
    {
        using var run = new PowerRun(output, SafetyLevel.Unsafe, withoutLog: withoutLog);
        var recording = await run.RecordAsync(Commits, DieAt, bug, fault: fault);
        run.MustBeNoticed(await recording.FindFaultAsync(StatesOfPlanted), words);
    }

    /// <summary>Damages the last record of the manifest.</summary>
    private static void Tear(string database)
    {
        var manifest = Directory.GetFiles(Path.Combine(database, "store"), "MANIFEST-*").Single();
        var bytes = File.ReadAllBytes(manifest);
        bytes[^12] ^= 0xFF;
        File.WriteAllBytes(manifest, bytes);
    }
}
