using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>The kernel answers a sync with an error, under the real tool: a second opinion beside the injected faults of the other tests.</summary>
[Collection(CrashTestGroup.Name)]
public sealed class SyncErrorTests(ITestOutputHelper output)
{
    /// <summary>Behind the syncs of the creation, within the first checkpoint's worth of log.</summary>
    private const int FailingFrom = 40;

    [NeedsToolsFact("strace")]
    public async Task A_failed_sync_stops_the_tool_and_what_was_acknowledged_is_there_after_the_next_run()
    {
        using var scratch = new ScratchFolder { Keep = true };
        var seed = Settings.Seed();
        output.WriteLine($"HELIOS_SEED={seed}");
        var run = new IngestCase(scratch, "run", seed, records: 20_000);

        var failed = await ChildProcess.RunAsync("strace",
            ["-f", "--seccomp-bpf", "-o", scratch["trace"], "-e", "trace=fdatasync", "-e", $"inject=fdatasync:error=EIO:when={FailingFrom}+", ChildProcess.Dotnet, .. run.Arguments(commitRows: 20)]);

        output.WriteLine(failed.Errors);
        Assert.Equal(4, failed.ExitCode);
        Assert.Contains("fdatasync", failed.Errors, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^helios: \S+: after record [0-9,]+: ", failed.Errors);
        Assert.Contains("what was acknowledged holds", failed.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.InRange(run.Acknowledged(), 1, run.Input.Records.Count - 1);
        Assert.Null(await run.FindFaultAsync());

        (await ChildProcess.RunAsync(ChildProcess.Dotnet, run.Arguments(commitRows: 20))).MustSucceed();
        Assert.Null(await run.FindFaultAtEndAsync());
        scratch.Keep = false;
    }
}
