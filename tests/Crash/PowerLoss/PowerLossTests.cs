using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// What a power loss can leave at any moment, made from a recording of every write and sync: the database opens, and what was
/// acknowledged by then is there. Number of moments: HELIOS_POWERLOSS_STATES, 60 by default.
/// </summary>
[Collection(CrashTestGroup.Name)]
public sealed class PowerLossTests(ITestOutputHelper output)
{
    private const int Commits = 400;
    private const int DieAt = 150;

    [NeedsToolsFact("gcc")]
    public async Task A_power_loss_at_any_moment_leaves_every_acknowledged_commit_whole_and_once()
    {
        using var run = new PowerRun(output, SafetyLevel.Full);
        var recording = await run.RecordAsync(Commits, DieAt, PlantedBug.None);

        var fault = await recording.FindFaultAsync(Settings.Number("HELIOS_POWERLOSS_STATES", 60));

        output.WriteLine(recording.Summary);
        run.MustBeSound(fault);
    }

    [NeedsToolsFact("gcc")]
    public async Task A_power_loss_at_async_among_checkpoints_leaves_the_first_commits_whole_and_in_order()
    {
        using var run = new PowerRun(output, SafetyLevel.Full);
        var recording = await run.RecordAsync(Commits, DieAt, PlantedBug.AnswerBeforeSync);
        run.MustBeSound(await recording.FindFaultAsync(20, promisesHold: false));
    }

    [NeedsToolsFact("gcc")]
    public async Task A_log_that_is_never_synced_is_noticed() => await MustBeNoticedAsync(PlantedBug.NoSync);

    [NeedsToolsFact("gcc")]
    public async Task A_directory_that_is_never_synced_is_noticed() => await MustBeNoticedAsync(PlantedBug.NoDirectorySync);

    [NeedsToolsFact("gcc")]
    public async Task An_answer_before_the_sync_is_noticed() => await MustBeNoticedAsync(PlantedBug.AnswerBeforeSync);

    private async Task MustBeNoticedAsync(PlantedBug bug)
    {
        using var run = new PowerRun(output, SafetyLevel.Full);
        var recording = await run.RecordAsync(Commits, DieAt, bug);
        run.MustBeNoticed(await recording.FindFaultAsync(60));
    }
}
