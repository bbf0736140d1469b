using System.Globalization;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Checkpoints, backups, key rotations or vacuums beside the writing, one at each turn that the writer gives; where commits are the target, a vacuum now and then.</summary>
internal sealed class LoopSideWork(HeliosEngine engine, LoopWriter writer, LoopVoice voice, int seed, string backups, int nextKey) : IDisposable
{
    private const int OneIn = 4; // turns of a process that is to be killed between commits

    private readonly SemaphoreSlim _turns = new(0);
    private volatile bool _stopped;
    private int _nextKey = nextKey;
    private int _taken;

    public void Turn() => _turns.Release();

    public void Stop()
    {
        _stopped = true;
        _turns.Release();
    }

    public async Task RunAsync(LoopPhase target)
    {
        while (true)
        {
            await _turns.WaitAsync();
            if (_stopped)
                return;
            _taken++;
            switch (target)
            {
                case LoopPhase.Vacuum or LoopPhase.Rewrite:
                case LoopPhase.Ingest when _taken % OneIn == 0:
                    await VacuumAsync(_taken % (LoopWorkload.Tables.Count + 1));
                    break;
                case LoopPhase.Checkpoint:
                    await writer.CheckpointAsync();
                    break;
                case LoopPhase.Backup:
                    var made = await engine.BackupAsync(backups);
                    voice.Say(string.Create(CultureInfo.InvariantCulture, $"backup {made.Id} {made.Lsn.Value}"));
                    break;
                case LoopPhase.Rotation:
                    await RotateAsync(_nextKey++);
                    break;
            }
        }
    }

    public void Dispose() => _turns.Dispose();

    /// <summary>Of one table, or of all where there is none with the number.</summary>
    private async Task VacuumAsync(int table)
    {
        voice.Enter(LoopPhase.Vacuum);
        var report = await engine.VacuumAsync(table < LoopWorkload.Tables.Count ? LoopWorkload.Tables[table].Name : null, new Steps(voice));
        voice.Leave(LoopPhase.Vacuum);
        voice.Say(string.Create(CultureInfo.InvariantCulture, $"vacuumed {report.Tables.Sum(static one => one.VersionsRemoved + one.KeysRemoved)}"));
    }

    private async Task RotateAsync(int number)
    {
        using var key = LoopKeys.Make(seed, number);
        voice.Say(string.Create(CultureInfo.InvariantCulture, $"key {number}"));
        voice.Enter(LoopPhase.Rotation);
        await engine.RotateKeyAsync(key);
        voice.Leave(LoopPhase.Rotation);
        voice.Say(string.Create(CultureInfo.InvariantCulture, $"key-is {number}"));
    }

    /// <summary>Tells of each step before it begins: the parent may be about to kill in it.</summary>
    private sealed class Steps(LoopVoice voice) : IProgress<VacuumProgress>
    {
        public void Report(VacuumProgress value)
        {
            if (value.Step == VacuumStep.Rewriting)
                voice.Enter(LoopPhase.Rewrite);
            else if (value.Step == VacuumStep.Done)
                voice.Leave(LoopPhase.Rewrite);
        }
    }
}
