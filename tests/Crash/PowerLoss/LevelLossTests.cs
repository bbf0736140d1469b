using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// What a power loss may take at the levels that answer before the sync: at batched less than 1,000 commits and those in flight,
/// and nothing from before the last 100 ms; at async nothing from before the last second. 10 % of HELIOS_POWERLOSS_STATES at each.
/// </summary>
[Collection(CrashTestGroup.Name)]
public sealed class LevelLossTests(ITestOutputHelper output)
{
    // By count in the first half, by the clock in the second; the kill comes when more than 1,000 commits were promised by count.
    private const int Commits = 4_500;
    private const int DieAt = 2_200;
    private const int StatesOfPlanted = 20;

    [NeedsToolsFact("gcc")]
    public async Task A_power_loss_at_batched_takes_at_most_what_the_level_says() => await MustHoldAsync(SafetyLevel.Batched);

    [NeedsToolsFact("gcc")]
    public async Task A_power_loss_at_async_takes_at_most_what_the_level_says() => await MustHoldAsync(SafetyLevel.Async);

    [NeedsToolsFact("gcc")]
    public async Task A_log_that_is_synced_once_for_5000_commits_is_noticed()
    {
        using var run = new PowerRun(output, SafetyLevel.Batched);
        var recording = await run.RecordAsync(Commits, DieAt, PlantedBug.RareSync);
        // A frame may also have survived that says of lost ones that they were durable, or the store's files have what the log has not, for the sync before their flush is one of those left out.
        run.MustBeNoticed(await recording.FindFaultAsync(StatesOfPlanted), "commits were promised", "was durable", "is ahead of the log");
    }

    [NeedsToolsFact("gcc")]
    public async Task An_engine_that_forgets_the_time_is_noticed()
    {
        using var run = new PowerRun(output, SafetyLevel.Batched);
        var recording = await run.RecordAsync(Commits, DieAt, PlantedBug.NoClock);
        run.MustBeNoticed(await recording.FindFaultAsync(StatesOfPlanted), "commits were promised");
    }

    [NeedsToolsFact("gcc")]
    public async Task An_lsn_that_was_told_and_is_given_again_is_noticed()
    {
        using var run = new PowerRun(output, SafetyLevel.Batched);
        var recording = await run.RecordAsync(Commits, DieAt, PlantedBug.None, lsnSkip: 1);
        run.MustBeNoticed(await recording.FindFaultAsync(StatesOfPlanted), "was told of another");
    }

    private Task MustHoldAsync(SafetyLevel level) => PowerRun.MustHoldAsync(output, level, percent: 10, Commits, DieAt);
}
