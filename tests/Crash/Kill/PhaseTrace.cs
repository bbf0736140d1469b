namespace Helios.Pipeline.Crash.Tests;

/// <summary>Where a process was when it was killed.</summary>
internal enum RunPhase
{
    /// <summary>Before the database was opened.</summary>
    Starting,

    /// <summary>Nothing had ever been acknowledged.</summary>
    BeforeFirstAnswer,
    Recovery,
    Ingest,
    Checkpoint,
}

/// <summary>Follows a run by what <c>--debug</c> says on stderr. Thread-safe.</summary>
internal sealed class PhaseTrace
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource[] _reached = [.. Enum.GetValues<RunPhase>().Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
    private RunPhase _phase;

    public RunPhase Phase
    {
        get
        {
            lock (_gate)
                return _phase;
        }
    }

    /// <summary>Completes when the run is in a phase for the first time.</summary>
    public Task Reached(RunPhase phase) => _reached[(int)phase].Task;

    public void Read(string line)
    {
        RunPhase? phase =
            line.Contains("RecoveryBegan", StringComparison.Ordinal) ? RunPhase.Recovery
            : line.Contains("RecoveryEnded", StringComparison.Ordinal) ? RunPhase.Ingest
            : line.Contains("CheckpointBegan", StringComparison.Ordinal) ? RunPhase.Checkpoint
            : line.Contains("CheckpointEnded", StringComparison.Ordinal) ? RunPhase.Ingest
            : null;
        if (phase is not { } now)
            return;
        lock (_gate)
            _phase = now;
        _reached[(int)now].TrySetResult();
    }
}
