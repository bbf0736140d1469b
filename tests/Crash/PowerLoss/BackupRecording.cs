using Helios.Pipeline.Storage;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>A recorded run with backups and restores: draws states of it and checks what each leaves.</summary>
internal sealed class BackupRecording(PowerTools tools, ScratchFolder scratch, string journal, Workload workload, SourceDigests source, ITestOutputHelper output)
{
    private readonly JournalIndex _index = new(journal);

    /// <summary>Checks states from the begin of the first backup to the end of the last one.</summary>
    public Task<string?> FindFaultOfBackupsAsync(int states) => FindFaultAsync(states, BackupHost.BackupBegunTag, BackupHost.BackupEndedTag, async (check, moment) =>
    {
        var begun = _index.All(BackupHost.BackupBegunTag).Select(static mark => new Lsn(mark.Value)).ToArray();
        await check.CheckBackupsAsync(Marked(moment, BackupHost.BackupEndedTag), begun);
        if (moment.Seed % 4 == 0)
            await check.CheckSourceAsync((int)Marked(moment, PowerMark.AnsweredTag));
    });

    /// <summary>The same from the begin of the first restore to the end of the last one.</summary>
    public Task<string?> FindFaultOfRestoresAsync(int states) => FindFaultAsync(states, BackupHost.RestoreBegunTag, BackupHost.RestoreEndedTag,
        (check, moment) => check.CheckTargetsAsync(Marked(moment, BackupHost.RestoreEndedTag)));

    private async Task<string?> FindFaultAsync(int states, string firstTag, string lastTag, Func<BackupStateCheck, PowerMoment, Task> look)
    {
        var (from, to) = (_index.All(firstTag)[0].Moment, _index.All(lastTag)[^1].Moment);
        var moments = PowerMoment.Draw(_index, states, workload.Seed, from, to);
        var fault = await PowerStates.FindFaultAsync(tools, journal, moments, (replayer, moment) => FindFaultAsync(replayer, moment, look));
        output.WriteLine($"{moments.Count} states of {to - from + 1} operations");
        return fault;
    }

    private async Task<string?> FindFaultAsync(Replayer replayer, PowerMoment moment, Func<BackupStateCheck, PowerMoment, Task> look)
    {
        var state = scratch[moment.Folder];
        var command = await replayer.MakeAsync(moment, state);
        try
        {
            await look(new BackupStateCheck(state, workload, source), moment);
            Directory.Delete(state, recursive: true);
            return null;
        }
        catch (InvariantException violation)
        {
            return $"{violation.Message}\n{command}";
        }
        catch (HeliosException error)
        {
            return $"{error.Code}: {error.Message}\n{command}";
        }
    }

    private long Marked(PowerMoment moment, string tag) => (long)_index.Marked(tag, moment.At);
}
