using System.Globalization;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>The disk is full below RocksDB or below the log, in a process of its own; then there is room, and the engine resumes.</summary>
[Collection(CrashTestGroup.Name)]
public sealed class ResumeTests(ITestOutputHelper output)
{
    private const int Commits = 400;

    [NeedsToolsTheory("gcc")]
    [InlineData("write:ENOSPC:path=*.sst")]
    [InlineData("write:ENOSPC:path=store/MANIFEST*")]
    [InlineData("write:ENOSPC:path=*.wal")]
    [InlineData("open:ENOSPC:path=*.wal")]
    [InlineData("write:ENOSPC")]
    public async Task Where_there_is_room_again_the_engine_resumes_with_everything_acknowledged(string rule)
    {
        using var scratch = new ScratchFolder();
        var workload = new Workload(Settings.Seed(), SafetyLevel.Full);
        output.WriteLine($"HELIOS_SEED={workload.Seed}");
        var tools = await PowerTools.BuildAsync();
        var run = await tools.RecordAsync(scratch["database"], scratch["journal.pls"], ["resume", scratch["database"], workload.Seed.ToString(CultureInfo.InvariantCulture), Commits.ToString(CultureInfo.InvariantCulture), rule]);
        output.WriteLine(run.Output + run.Errors);
        scratch.Keep = true;
        Assert.True(run.ExitCode == 0, $"exit code {run.ExitCode}\n{run.Output}\n{run.Errors}");
        Assert.Null(await new DatabaseCheck(scratch["database"], workload).FindFaultAsync(Promise.None with { Commits = Commits }));
        scratch.Keep = false;
    }
}
