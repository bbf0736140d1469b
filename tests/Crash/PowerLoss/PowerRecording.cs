using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>A recorded run: draws states of it and checks what each leaves, as many at once as there are processors.</summary>
internal sealed class PowerRecording(PowerTools tools, ScratchFolder scratch, string journal, Workload workload)
{
    /// <summary>Later the log that was lost has been deleted, because the store has its commits.</summary>
    private const int OperationsAfterFailure = 60;

    private readonly JournalIndex _index = new(journal);
    private int _promisedNothing;
    private int _checked;
    private int _torn;

    /// <summary>LSNs that the check's own opens skip after an unclean end; null for what the engine does by itself.</summary>
    public int? LsnSkip { get; init; }

    /// <summary>What was looked at so far.</summary>
    public string Summary => $"{_checked} states, {_checked - _promisedNothing} of them with promised commits, {_torn} refused for a torn manifest; "
        + string.Join(", ", _index.Events.OrderBy(static kind => kind.Key).Select(static kind => $"{kind.Value.Count} {kind.Key}")) + $" among {_index.Last} operations";

    /// <summary>Checks that many states; returns a fault with the command that shows it, or null.</summary>
    /// <param name="states">How many.</param>
    /// <param name="promisesHold">False where the writer notes promises of a stricter level than it runs at: then the rows must only be those of the first commits, whole.</param>
    public Task<string?> FindFaultAsync(int states, bool promisesHold = true) =>
        PowerStates.FindFaultAsync(tools, journal, PowerMoment.Draw(_index, states, workload.Seed), (replayer, moment) => FindFaultAsync(replayer, moment, promisesHold));

    /// <summary>The same for the operations behind syncs that failed.</summary>
    public Task<string?> FindFaultAfterFailureAsync(int states)
    {
        var failed = _index.Events[JournalOperation.FailedSync];
        return PowerStates.FindFaultAsync(tools, journal, PowerMoment.Draw(_index, states, workload.Seed, failed[0], failed[^1] + OperationsAfterFailure), (replayer, moment) => FindFaultAsync(replayer, moment, promisesHold: true));
    }

    private async Task<string?> FindFaultAsync(Replayer replayer, PowerMoment moment, bool promisesHold)
    {
        var state = scratch[moment.Folder];
        var promise = PromiseAt(moment, promisesHold);
        var command = await replayer.MakeAsync(moment, state);
        Interlocked.Increment(ref _checked);
        if (promise.Commits == 0)
            Interlocked.Increment(ref _promisedNothing);
        var check = new DatabaseCheck(state, workload) { LsnSkip = LsnSkip, OpensUnlogged = moment.Seed % 3 == 0 };
        var fault = await check.FindFaultAsync(promise, opensAgain: moment.Seed % 4 == 0);
        if (check.WasRefusedAsTorn)
            Interlocked.Increment(ref _torn);
        Directory.Delete(state, recursive: true);
        return fault is null
            ? null
            : $"{fault}\n{command} && dotnet {typeof(HostProgram).Assembly.Location} check {state} {workload.LevelName} {workload.Seed} {promise} {check.OpensUnlogged}";
    }

    /// <summary>A kill takes nothing that was answered, at any level that has a log; a power loss nothing that was answered at full, and at other levels nothing that the level promises.</summary>
    private Promise PromiseAt(PowerMoment moment, bool promisesHold)
    {
        // An LSN that a reader saw was told too, whether its commit was answered by then or not.
        var told = new Lsn(Math.Max(Marked(PowerMark.ToldTag), Marked(PowerMark.PublishedTag)));
        if ((moment.Mode == LossMode.Kill && !workload.WithoutLog) || (workload.Level == SafetyLevel.Full && promisesHold))
            return new Promise((int)Marked(PowerMark.AnsweredTag), (int)Marked(PowerMark.RefusedTag), (long)Marked(PowerMark.CountedTag), new Lsn(Marked(PowerMark.PublishedTag)), told);
        return Promise.None with { Told = told, Commits = promisesHold ? (int)Marked(PowerMark.PromisedTag) : 0 };

        ulong Marked(string tag) => _index.Marked(tag, moment.At);
    }
}
