using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>A recorded run: draws moments of it and checks what a power loss there leaves.</summary>
internal sealed class PowerRecording(PowerTools tools, ScratchFolder scratch, string journal, Workload workload)
{
    private int _promisedNothing;
    private int _checked;

    /// <summary>LSNs that the check's own opens skip after an unclean end; null for what the engine does by itself.</summary>
    public int? LsnSkip { get; init; }

    /// <summary>What was looked at so far.</summary>
    public string Summary => $"{_checked} states, {_checked - _promisedNothing} of them with promised commits";

    /// <summary>Checks that many states, half of them the harshest legal ones; returns the first fault with the command that shows it, or null.</summary>
    /// <param name="states">How many.</param>
    /// <param name="promisesHold">False where the writer notes promises of a stricter level than it runs at: then the rows must only be those of the first commits, whole.</param>
    public async Task<string?> FindFaultAsync(int states, bool promisesHold = true)
    {
        var random = new Random(workload.Seed);
        var last = await tools.LastMomentAsync(journal);
        for (var i = 0; i < states; i++)
        {
            // One moment in each of equal parts, so that creation, kill, recovery and close are all met.
            var moment = 1 + (last * i / states) + random.NextInt64(Math.Max(1, last / states));
            moment = Math.Min(moment, last);
            if (await FindFaultAsync(moment, i % 2 == 0 ? "synced" : "random", random.Next(1, int.MaxValue), promisesHold) is { } fault)
                return fault;
        }

        return null;
    }

    private async Task<string?> FindFaultAsync(long moment, string mode, int replaySeed, bool promisesHold)
    {
        var state = scratch[$"state-{moment}-{mode}"];
        var promised = promisesHold ? (int)await tools.MarkedAsync(journal, moment, PowerMark.PromisedTag) : 0;
        var told = new Lsn((ulong)await tools.MarkedAsync(journal, moment, PowerMark.ToldTag));
        var command = await tools.ReplayAsync(journal, moment, mode, replaySeed, state);
        _checked++;
        _promisedNothing += promised == 0 ? 1 : 0;
        var fault = await new DatabaseCheck(state, workload) { LsnSkip = LsnSkip }.FindFaultAsync(promised, told);
        Directory.Delete(state, recursive: true);
        return fault is null
            ? null
            : $"{fault}\n{command} && dotnet {typeof(HostProgram).Assembly.Location} check {state} {workload.Level} {workload.Seed} {promised} {told.Value}";
    }
}
