using Helios.Pipeline.Storage;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// What a power loss leaves of backups and restores: every backup that is listed restores to what the source had at its LSN, and at a target there is no database
/// or a whole one. 5 % of HELIOS_POWERLOSS_STATES for each, 20 by default.
/// </summary>
[Collection(CrashTestGroup.Name)]
public sealed class BackupLossTests(ITestOutputHelper output)
{
    private const int Percent = 5;
    private const int StatesOfPlanted = 60;

    [NeedsToolsFact("gcc")]
    public async Task A_power_loss_while_a_backup_is_made_lists_only_backups_that_restore_to_what_the_source_had()
    {
        using var run = new BackupRecordingRun(output);
        var recording = await run.RecordAsync(PlantedBug.None);
        run.MustBeSound(await recording.FindFaultOfBackupsAsync(Settings.PowerLossStates(Percent)));
    }

    [NeedsToolsFact("gcc")]
    public async Task A_power_loss_while_a_backup_is_restored_leaves_no_database_or_a_whole_one()
    {
        using var run = new BackupRecordingRun(output);
        var recording = await run.RecordAsync(PlantedBug.None);
        run.MustBeSound(await recording.FindFaultOfRestoresAsync(Settings.PowerLossStates(Percent)));
    }

    [NeedsToolsFact("gcc")]
    public async Task A_manifest_whose_directory_is_not_synced_is_noticed() => await BackupBugMustBeNoticedAsync(PlantedBug.BackupNameUnsynced, "was told to be there");

    [NeedsToolsFact("gcc")]
    public async Task A_content_that_is_named_before_it_is_synced_is_noticed() => await BackupBugMustBeNoticedAsync(PlantedBug.BackupContentUnsynced, "was told to be there", "a backup is damaged");

    [NeedsToolsFact("gcc")]
    public async Task A_restored_database_whose_name_is_not_synced_is_noticed() => await RestoreBugMustBeNoticedAsync(PlantedBug.RestoreNameUnsynced, "there is no database");

    [NeedsToolsFact("gcc")]
    public async Task A_restored_file_that_is_not_synced_is_noticed() => await RestoreBugMustBeNoticedAsync(PlantedBug.RestoreContentUnsynced, "Cannot open the store in", "half a database at");

    private async Task BackupBugMustBeNoticedAsync(PlantedBug bug, params string[] words)
    {
        using var run = new BackupRecordingRun(output);
        run.MustBeNoticed(await (await run.RecordAsync(bug)).FindFaultOfBackupsAsync(StatesOfPlanted), words);
    }

    private async Task RestoreBugMustBeNoticedAsync(PlantedBug bug, params string[] words)
    {
        using var run = new BackupRecordingRun(output);
        run.MustBeNoticed(await (await run.RecordAsync(bug)).FindFaultOfRestoresAsync(StatesOfPlanted), words);
    }
}
