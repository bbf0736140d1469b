using System.Globalization;
using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary><c>helios ingest --durability unsafe --no-log</c> is killed with SIGKILL; the same command ends with everything once, whatever the kills took.</summary>
[Collection(CrashTestGroup.Name)]
public sealed partial class UnloggedKillTests(ITestOutputHelper output)
{
    private const int Kills = 5;
    private const int Records = 400_000; // more than a fast machine takes before its first checkpoint has ended
    private const int CommitRows = 20;

    [NeedsToolsFact]
    public async Task Killed_without_a_log_it_has_what_was_flushed_and_run_again_the_file_arrives_once_and_whole()
    {
        var seed = Settings.Seed();
        var random = new Random(seed);
        output.WriteLine($"HELIOS_SEED={seed}");
        using var scratch = new ScratchFolder { Keep = true };
        var run = new IngestCase(scratch, "run", random.Next(), Records) { WithoutLog = true };
        var (flushed, kept, lost) = (0UL, 0, 0);
        for (var kills = 0; ; kills++)
        {
            var trace = new PhaseTrace();
            var before = run.AcksLength();
            var checkpointed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var child = new ChildProcess(ChildProcess.Dotnet, run.Arguments(CommitRows), onError: line =>
            {
                trace.Read(line);
                if (!line.Contains("CheckpointEnded", StringComparison.Ordinal) || UpTo().Match(line) is not { Success: true } match)
                    return;
                flushed = Math.Max(flushed, ulong.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
                checkpointed.TrySetResult();
            });
            if (kills < Kills)
            {
                var (begin, longest) = (kills % 4) switch
                {
                    0 => (checkpointed.Task, 100),
                    1 => (trace.Reached(RunPhase.Checkpoint), 60),
                    2 => (trace.Reached(RunPhase.Recovery), 40),
                    _ => (run.AnsweredAsync(before, child.Ended), 200),
                };
                await KillAsync(child, begin, random.Next(longest + 1));
            }

            var ended = await child.EndAsync();
            if (ended.ExitCode == 0)
                break;

            Assert.True(ended.ExitCode == 137, $"Exit code {ended.ExitCode}: {ended.CommandLine}\n{ended.Errors}");
            var acks = run.Acks();
            var promised = acks.LastOrDefault(ack => ack.Lsn <= flushed).Record; // later ones may be gone
            var fault = await run.FindFaultAsync(promised);
            Assert.True(fault is null, $"{fault}: {run.Database}, input {run.Input.Path}");
            lost += run.Acknowledged() > promised ? 1 : 0;
            kept += promised > 0 ? 1 : 0;
            output.WriteLine($"kill {kills + 1}: {trace.Phase}, record {run.Acknowledged()} acknowledged, {promised} flushed");
        }

        Assert.True(kept > 0, "no kill fell where something was flushed");
        Assert.True(lost > 0, "no kill fell where something was acknowledged and not flushed");
        Assert.Null(await run.FindFaultAtEndAsync()); // no LSN twice, among others
        scratch.Keep = false;
    }

    [GeneratedRegex(@"up to LSN (\d+)")]
    private static partial Regex UpTo();

    private static async Task KillAsync(ChildProcess child, Task begin, int delayMs)
    {
        await Task.WhenAny(begin, child.Ended);
        if (!child.Ended.IsCompleted && delayMs > 0)
            await Task.WhenAny(Task.Delay(delayMs), child.Ended);
        if (!child.Ended.IsCompleted)
            child.Kill();
    }
}
