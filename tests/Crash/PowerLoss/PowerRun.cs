using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Records two processes: the first is killed in the middle, the second recovers, goes on, and closes.</summary>
internal sealed class PowerRun : IDisposable
{
    private readonly ITestOutputHelper _output;
    private readonly ScratchFolder _scratch = new();
    private readonly Workload _workload;

    public PowerRun(ITestOutputHelper output, SafetyLevel level)
    {
        _output = output;
        _workload = new Workload(Settings.Seed(), level);
        output.WriteLine($"HELIOS_SEED={_workload.Seed}");
    }

    public async Task<PowerRecording> RecordAsync(int commits, int dieAt, PlantedBug bug, int? lsnSkip = null)
    {
        var tools = await PowerTools.BuildAsync(_scratch.Path);
        var killed = await tools.RecordAsync(_scratch["db"], _scratch["first.pls"], _workload, commits, bug, dieAt);
        Assert.True(killed.ExitCode == 137, $"{killed.ExitCode}: {killed.Errors}");
        (await tools.RecordAsync(_scratch["db"], _scratch["second.pls"], _workload, commits, bug)).MustSucceed();
        Journal.Join([_scratch["first.pls"], _scratch["second.pls"]], _scratch["both.pls"]);
        return new PowerRecording(tools, _scratch, _scratch["both.pls"], _workload) { LsnSkip = lsnSkip };
    }

    /// <summary>Nothing may have been found; what a message names stays for a look.</summary>
    public void MustBeSound(string? fault)
    {
        _scratch.Keep = fault is not null;
        Assert.True(fault is null, fault);
    }

    public void MustBeNoticed(string? fault, string words = "")
    {
        _output.WriteLine(fault ?? "nothing was noticed");
        Assert.NotNull(fault);
        Assert.Contains(words, fault, StringComparison.Ordinal);
    }

    public void Dispose() => _scratch.Dispose();
}
