using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// Records two processes: the first is killed in the middle, the second recovers, goes on, and closes. Without a log there is one between them that has a log
/// and is killed too, so that the recording has the way from none to a log and the way back.
/// </summary>
internal sealed class PowerRun : IDisposable
{
    private const int StatesOfARecording = 1_000;

    private readonly ITestOutputHelper _output;
    private readonly ScratchFolder _scratch = new();
    private readonly Workload _workload;

    public PowerRun(ITestOutputHelper output, SafetyLevel level, int? seed = null, bool withoutLog = false)
    {
        _output = output;
        _workload = new Workload(seed ?? Settings.Seed(), level, withoutLog);
        output.WriteLine($"HELIOS_SEED={_workload.Seed}");
    }

    /// <summary>A percentage of the states that are asked for must be sound; so many states of one recording at most, then another one with the next seed.</summary>
    public static async Task MustHoldAsync(ITestOutputHelper output, SafetyLevel level, int percent, int commits, int dieAt, bool withoutLog = false)
    {
        var states = Settings.PowerLossStates(percent);
        var seed = Settings.Seed();
        for (; states > 0; states -= StatesOfARecording, seed++)
        {
            using var run = new PowerRun(output, level, seed, withoutLog);
            var recording = await run.RecordAsync(commits, dieAt, PlantedBug.None);
            var fault = await recording.FindFaultAsync(Math.Min(states, StatesOfARecording));
            output.WriteLine(recording.Summary);
            run.MustBeSound(fault);
        }
    }

    /// <summary>Records them; a fault of the recorder (see native/plshim.c) holds for the first.</summary>
    /// <param name="refusal">Words with which the last may refuse to open, where the defect is such that not even the kill is survived.</param>
    public async Task<PowerRecording> RecordAsync(int commits, int dieAt, PlantedBug bug, int? lsnSkip = null, string fault = "", string? refusal = null)
    {
        var tools = await PowerTools.BuildAsync();
        var journals = new List<string> { _scratch["first.pls"] };
        MustBeKilled(await tools.RecordAsync(_scratch["db"], journals[0], _workload, commits, bug, dieAt, fault));
        if (_workload.WithoutLog && bug == PlantedBug.None && fault.Length == 0)
        {
            journals.Add(_scratch["between.pls"]);
            MustBeKilled(await tools.RecordAsync(_scratch["db"], journals[1], new Workload(_workload.Seed, _workload.Level), commits, bug, 2 * dieAt));
        }

        journals.Add(_scratch["second.pls"]);
        var ended = await tools.RecordAsync(_scratch["db"], _scratch["second.pls"], _workload, commits, bug);
        if (refusal is null || !ended.Errors.Contains(refusal, StringComparison.Ordinal))
            ended.MustSucceed();
        Journal.Join(journals, _scratch["both.pls"]);
        _scratch.Keep = true; // until it is looked through: what goes wrong there can be looked at
        return new PowerRecording(tools, _scratch, _scratch["both.pls"], _workload) { LsnSkip = lsnSkip };
    }

    /// <summary>Records two processes: the first meets a fault and must end by it, the second recovers, goes on and closes.</summary>
    public async Task<PowerRecording> RecordFailureAsync(int commits, string fault)
    {
        var tools = await PowerTools.BuildAsync();
        var failed = await tools.RecordAsync(_scratch["db"], _scratch["first.pls"], _workload, commits, PlantedBug.None, fault: fault);
        Assert.Contains("no more writes since a sync failed", failed.Errors, StringComparison.Ordinal);
        (await tools.RecordAsync(_scratch["db"], _scratch["second.pls"], _workload, commits, PlantedBug.None)).MustSucceed();
        Journal.Join([_scratch["first.pls"], _scratch["second.pls"]], _scratch["both.pls"]);
        _scratch.Keep = true;
        return new PowerRecording(tools, _scratch, _scratch["both.pls"], _workload);
    }

    /// <summary>Records the first process alone; returns what the kill left, and what the replayer makes of the recording.</summary>
    public async Task<(string Left, string Made)> RecordKillAsync(int commits, int dieAt)
    {
        var tools = await PowerTools.BuildAsync();
        MustBeKilled(await tools.RecordAsync(_scratch["db"], _scratch["first.pls"], _workload, commits, PlantedBug.None, dieAt));
        using var replayer = tools.Replayer(_scratch["first.pls"]);
        await replayer.MakeAsync(new PowerMoment(new JournalIndex(_scratch["first.pls"]).Last, LossMode.Kill, NameRule.Strict, 1), _scratch["made"]);
        return (_scratch["db"], _scratch["made"]);
    }

    /// <summary>A check of a directory that this run has left.</summary>
    public DatabaseCheck Check(string directory) => new(directory, _workload) { OpensUnlogged = _workload.WithoutLog };

    /// <summary>Nothing may have been found; what a message names stays for a look.</summary>
    public void MustBeSound(string? fault)
    {
        _scratch.Keep = fault is not null;
        Assert.True(fault is null, fault);
    }

    /// <summary>A fault must have been found, and be told in one of these ways.</summary>
    public void MustBeNoticed(string? fault, params string[] words)
    {
        _output.WriteLine(fault ?? "nothing was noticed");
        Assert.NotNull(fault);
        Assert.True(words.Any(text => fault.Contains(text, StringComparison.Ordinal)), fault);
        _scratch.Keep = false;
    }

    public void Dispose() => _scratch.Dispose();

    private static void MustBeKilled(ProcessResult ended) => Assert.True(ended.ExitCode == 137, $"{ended.ExitCode}: {ended.Errors}");
}
