using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Makes a chain of backups of a database while it is written to, restores each, and notes in the journal when each began and when it was told to be there.</summary>
internal sealed class BackupHost(string directory, Workload workload, PlantedBug bug)
{
    /// <summary>Backups in the chain, and restores.</summary>
    public const int Chain = 4;

    /// <summary>The LSN that was visible when a backup began.</summary>
    public const string BackupBegunTag = "backup-begun";

    /// <summary>The number of a backup that has ended.</summary>
    public const string BackupEndedTag = "backup-ended";

    /// <summary>The number of the backup that a restore begins with.</summary>
    public const string RestoreBegunTag = "restore-begun";

    /// <summary>The number of the backup that has been restored.</summary>
    public const string RestoreEndedTag = "restore-ended";

    private const int CommitsPerBackup = 50;
    private const int InFlight = 8;

    private readonly Queue<Task<CommitReceipt>> _answers = new();
    private readonly PlantedFiles _files = new(PhysicalFiles.Instance, bug);
    private int _answered;

    public static string Database(string directory) => Path.Combine(directory, "db");

    public static string Backups(string directory) => Path.Combine(directory, "backups");

    public static string Restored(string directory, long backup) => Path.Combine(directory, $"restored-{backup}");

    public async Task RunAsync()
    {
        await using var engine = await HeliosEngine.OpenAsync(Database(directory), WriterHost.Options() with { Files = _files });
        await WriteAsync(engine);
        for (var backup = 1; backup <= Chain; backup++)
        {
            PowerMark.Mark(RestoreBegunTag, (ulong)backup);
            BackupStore.Restore(_files, Backups(directory), Restored(directory, backup), backup, null, CancellationToken.None);
            PowerMark.Mark(RestoreEndedTag, (ulong)backup);
        }
    }

    private async Task WriteAsync(HeliosEngine engine)
    {
        var table = await engine.TableAsync(Workload.Table, Workload.Schema);
        using var session = engine.OpenSession();
        var backup = Task.CompletedTask;
        for (var commit = 0; commit < (Chain + 1) * CommitsPerBackup; commit++)
        {
            if (commit % CommitsPerBackup == 0 && commit > 0)
            {
                await backup;
                backup = BackUpAsync(engine);
            }

            foreach (var row in workload.Rows(commit))
                session.Insert(table, row);
            _answers.Enqueue(session.CommitAsync().AsTask());
            if (_answers.Count > InFlight)
                await TakeAnswerAsync();
        }

        while (_answers.Count > 0)
            await TakeAnswerAsync();
        await backup;
    }

    private async Task BackUpAsync(HeliosEngine engine)
    {
        PowerMark.Mark(BackupBegunTag, engine.Visible.Value);
        var report = await engine.BackupAsync(Backups(directory));
        PowerMark.Mark(BackupEndedTag, (ulong)report.Id);
    }

    private async Task TakeAnswerAsync()
    {
        PowerMark.Told((await _answers.Dequeue()).Lsn);
        PowerMark.Mark(PowerMark.AnsweredTag, (ulong)++_answered);
    }
}
