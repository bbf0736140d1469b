using System.Globalization;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Checkpoints, backups or key rotations beside the writing, one at each turn that the writer gives.</summary>
internal sealed class LoopSideWork(HeliosEngine engine, LoopWriter writer, LoopVoice voice, int seed, string backups, int nextKey) : IDisposable
{
    private readonly SemaphoreSlim _turns = new(0);
    private volatile bool _stopped;
    private int _nextKey = nextKey;

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
            switch (target)
            {
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

    private async Task RotateAsync(int number)
    {
        using var key = LoopKeys.Make(seed, number);
        voice.Say(string.Create(CultureInfo.InvariantCulture, $"key {number}"));
        voice.Enter(LoopPhase.Rotation);
        await engine.RotateKeyAsync(key);
        voice.Leave(LoopPhase.Rotation);
        voice.Say(string.Create(CultureInfo.InvariantCulture, $"key-is {number}"));
    }
}
