using Helios.Pipeline.Storage;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Records <see cref="BackupHost"/>.</summary>
internal sealed class BackupRecordingRun(ITestOutputHelper output) : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly Workload _workload = new(Settings.Seed(), SafetyLevel.Full);

    public async Task<BackupRecording> RecordAsync(PlantedBug bug)
    {
        output.WriteLine($"HELIOS_SEED={_workload.Seed}");
        var tools = await PowerTools.BuildAsync();
        (await tools.RecordAsync(_scratch["all"], _scratch["all.pls"], ["backup", _scratch["all"], $"{_workload.Seed}", $"{bug}"])).MustSucceed();
        var source = await SourceDigests.ReadAsync(BackupHost.Database(_scratch["all"]));
        _scratch.Keep = true; // until it is looked through: what goes wrong there can be looked at
        return new BackupRecording(tools, _scratch, _scratch["all.pls"], _workload, source, output);
    }

    /// <summary>Nothing may have been found; what a message names stays for a look.</summary>
    public void MustBeSound(string? fault)
    {
        _scratch.Keep = fault is not null;
        Assert.True(fault is null, fault);
    }

    /// <summary>A fault must have been found, and be told in one of these ways.</summary>
    public void MustBeNoticed(string? fault, params string[] words)
    {
        output.WriteLine(fault ?? "nothing was noticed");
        Assert.NotNull(fault);
        Assert.True(words.Any(text => fault.Contains(text, StringComparison.Ordinal)), fault);
        _scratch.Keep = false;
    }

    public void Dispose() => _scratch.Dispose();
}
