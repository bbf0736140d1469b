using System.Security.Cryptography;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// What a power loss can leave at any moment, made from a recording of every write and sync: the database opens, and what was
/// acknowledged by then is there. HELIOS_POWERLOSS_STATES is the number of states of all tests together, 400 by default: 64 % of them here.
/// </summary>
[Collection(CrashTestGroup.Name)]
public sealed class PowerLossTests(ITestOutputHelper output)
{
    private const int Commits = 400;
    private const int DieAt = 150;

    // Behind the syncs of the creation, and before the kill. More than one, for one may be the sync of a spare segment's zeros, which nobody misses.
    private static readonly string s_failingSyncs = string.Join(';', new[] { 15, 19, 23, 27 }.Select(static nth => $"fdatasync:EIO:path=log/*.wal:from={nth}:count=1"));

    // What was told is gone: commits, the row that a duplicate rests on, or what a reader saw.
    private static readonly string[] s_lost = ["commits were promised", "a duplicate was told", "rows had been counted", "was visible, now"];

    // The log is damaged where something proves that it had been durable.
    private static readonly string[] s_damaged = ["states that everything up to LSN", "was begun later", "is ahead of the log"];

    [NeedsToolsFact("gcc")]
    public async Task A_power_loss_at_any_moment_leaves_every_acknowledged_commit_whole_and_once() =>
        await PowerRun.MustHoldAsync(output, SafetyLevel.Full, percent: 64, Commits, DieAt);

    [NeedsToolsFact("gcc")]
    public async Task A_power_loss_at_async_among_checkpoints_leaves_the_first_commits_whole_and_in_order()
    {
        using var run = new PowerRun(output, SafetyLevel.Full);
        var recording = await run.RecordAsync(Commits, DieAt, PlantedBug.AnswerBeforeSync);
        run.MustBeSound(await recording.FindFaultAsync(20, promisesHold: false));
    }

    [NeedsToolsFact("gcc")]
    public async Task What_the_replayer_makes_of_a_kill_is_what_a_kill_leaves()
    {
        using var run = new PowerRun(output, SafetyLevel.Full);
        var (left, made) = await run.RecordKillAsync(Commits, DieAt);
        Assert.Equal(Contents(left), Contents(made));
    }

    [NeedsToolsFact("gcc")]
    public async Task A_sync_that_fails_takes_nothing_that_was_acknowledged()
    {
        using var run = new PowerRun(output, SafetyLevel.Full);
        var recording = await run.RecordFailureAsync(Commits, s_failingSyncs);
        run.MustBeSound(await recording.FindFaultAfterFailureAsync(20));
    }

    [NeedsToolsFact("gcc")]
    public async Task A_log_that_is_never_synced_is_noticed() => await MustBeNoticedAsync(PlantedBug.NoSync, ["has no intact header", .. s_damaged, .. s_lost]);

    [NeedsToolsFact("gcc")]
    public async Task A_directory_that_is_never_synced_is_noticed() => await MustBeNoticedAsync(PlantedBug.NoDirectorySync, ["the directory holds no segment", "older segments are missing", .. s_damaged, .. s_lost]);

    [NeedsToolsFact("gcc")]
    public async Task An_answer_before_the_sync_is_noticed() => await MustBeNoticedAsync(PlantedBug.AnswerBeforeSync, s_lost);

    [NeedsToolsFact("gcc")]
    public async Task A_failed_sync_that_is_tried_again_and_believed_is_noticed()
    {
        using var run = new PowerRun(output, SafetyLevel.Full);
        var recording = await run.RecordAsync(Commits, DieAt, PlantedBug.RetriedSync, fault: s_failingSyncs);
        run.MustBeNoticed(await recording.FindFaultAfterFailureAsync(60), [.. s_damaged, .. s_lost]);
    }

    [NeedsToolsFact("gcc")]
    public async Task Log_that_is_deleted_before_the_store_has_it_is_noticed() => await MustBeNoticedAsync(PlantedBug.LogDeletedTooEarly, ["older segments are missing"], refusal: "older segments are missing");

    private async Task MustBeNoticedAsync(PlantedBug bug, string[] words, string? refusal = null)
    {
        using var run = new PowerRun(output, SafetyLevel.Full);
        var recording = await run.RecordAsync(Commits, DieAt, bug, refusal: refusal);
        run.MustBeNoticed(await recording.FindFaultAsync(60), words);
    }

    private static string Contents(string folder) => string.Join('\n',
        from file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        select $"{Path.GetRelativePath(folder, file)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}");
}
