namespace Helios.Pipeline.Crash.Tests;

/// <summary>A recorded run: draws moments of it and checks what a power loss there leaves.</summary>
internal sealed class PowerRecording(PowerTools tools, ScratchFolder scratch, string journal, int seed)
{
    private int _acknowledgedLess;
    private int _checked;

    /// <summary>What was looked at so far.</summary>
    public string Summary => $"{_checked} states, {_checked - _acknowledgedLess} of them with acknowledged commits";

    /// <summary>Checks that many states, half of them the harshest legal ones; returns the first fault with the command that shows it, or null.</summary>
    /// <param name="states">How many.</param>
    /// <param name="answersHold">False where the level promises nothing of what was answered last: then the rows must only be those of the first commits, whole.</param>
    public async Task<string?> FindFaultAsync(int states, bool answersHold = true)
    {
        var random = new Random(seed);
        var last = await tools.LastMomentAsync(journal);
        for (var i = 0; i < states; i++)
        {
            // One moment in each of equal parts, so that creation, kill, recovery and close are all met.
            var moment = 1 + (last * i / states) + random.NextInt64(Math.Max(1, last / states));
            moment = Math.Min(moment, last);
            if (await FindFaultAsync(moment, i % 2 == 0 ? "synced" : "random", random.Next(1, int.MaxValue), answersHold) is { } fault)
                return fault;
        }

        return null;
    }

    private async Task<string?> FindFaultAsync(long moment, string mode, int replaySeed, bool answersHold)
    {
        var state = scratch[$"state-{moment}-{mode}"];
        var acknowledged = answersHold ? await tools.AcknowledgedAsync(journal, moment) : 0;
        var command = await tools.ReplayAsync(journal, moment, mode, replaySeed, state);
        _checked++;
        _acknowledgedLess += acknowledged == 0 ? 1 : 0;
        var fault = await DatabaseCheck.FindFaultAsync(state, new Workload(seed), acknowledged);
        Directory.Delete(state, recursive: true);
        return fault is null
            ? null
            : $"{fault}\n{command} && dotnet {typeof(HostProgram).Assembly.Location} check {state} {seed} {acknowledged}";
    }
}
