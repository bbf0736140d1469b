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
        using var scratch = new ScratchFolder();
        var seed = Settings.Seed();
        output.WriteLine($"HELIOS_SEED={seed}");
        var recording = await RecordAsync(scratch, seed, PlantedBug.None);

        var fault = await recording.FindFaultAsync(Settings.Number("HELIOS_POWERLOSS_STATES", 60));

        output.WriteLine(recording.Summary);
        scratch.Keep = fault is not null;
        Assert.True(fault is null, fault);
    }

    [NeedsToolsFact("gcc")]
    public async Task A_power_loss_at_async_leaves_the_first_commits_whole_and_in_order()
    {
        using var scratch = new ScratchFolder();
        var seed = Settings.Seed();
        output.WriteLine($"HELIOS_SEED={seed}");
        var recording = await RecordAsync(scratch, seed, PlantedBug.AnswerBeforeSync);

        var fault = await recording.FindFaultAsync(20, answersHold: false);

        scratch.Keep = fault is not null;
        Assert.True(fault is null, fault);
    }

    [NeedsToolsFact("gcc")]
    public async Task A_log_that_is_never_synced_is_noticed() => await MustBeNoticedAsync(PlantedBug.NoSync);

    [NeedsToolsFact("gcc")]
    public async Task A_directory_that_is_never_synced_is_noticed() => await MustBeNoticedAsync(PlantedBug.NoDirectorySync);

    [NeedsToolsFact("gcc")]
    public async Task An_answer_before_the_sync_is_noticed() => await MustBeNoticedAsync(PlantedBug.AnswerBeforeSync);

    private async Task MustBeNoticedAsync(PlantedBug bug)
    {
        using var scratch = new ScratchFolder();
        var seed = Settings.Seed();
        output.WriteLine($"HELIOS_SEED={seed}");
        var recording = await RecordAsync(scratch, seed, bug);

        var fault = await recording.FindFaultAsync(60);

        output.WriteLine(fault ?? "nothing was noticed");
        Assert.NotNull(fault);
    }

    /// <summary>Two processes: the first is killed in the middle, the second recovers, goes on, and closes.</summary>
    private static async Task<PowerRecording> RecordAsync(ScratchFolder scratch, int seed, PlantedBug bug)
    {
        var tools = await PowerTools.BuildAsync(scratch.Path);
        var killed = await tools.RecordAsync(scratch["db"], scratch["first.pls"], seed, Commits, bug, DieAt);
        Assert.True(killed.ExitCode == 137, $"{killed.ExitCode}: {killed.Errors}");
        (await tools.RecordAsync(scratch["db"], scratch["second.pls"], seed, Commits, bug)).MustSucceed();
        Journal.Join([scratch["first.pls"], scratch["second.pls"]], scratch["both.pls"]);
        return new PowerRecording(tools, scratch, scratch["both.pls"], seed);
    }
}
