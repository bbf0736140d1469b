using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// <c>helios ingest</c> is killed with SIGKILL again and again; the same command goes on until it ends. Number of kills: HELIOS_KILLS, 20 by default.
/// </summary>
[Collection(CrashTestGroup.Name)]
public sealed class KillTests(ITestOutputHelper output)
{
    private const int KillsOfOneInput = 10;
    private const int Records = 120_000;
    private const int CommitRows = 20;
    private const int LeastOfEach = 3;

    private static readonly RunPhase[] s_wanted = [RunPhase.Recovery, RunPhase.Ingest, RunPhase.Checkpoint];

    private readonly Dictionary<RunPhase, int> _kills = Enum.GetValues<RunPhase>().ToDictionary(p => p, _ => 0);

    [NeedsToolsFact]
    public async Task Killed_at_random_and_run_again_a_file_arrives_once_and_whole()
    {
        var seed = Settings.Seed();
        var random = new Random(seed);
        var wanted = Settings.Number("HELIOS_KILLS", 20);
        output.WriteLine($"HELIOS_SEED={seed} HELIOS_KILLS={wanted}");

        for (var round = 0; !IsEnough(wanted) && round <= wanted; round++)
        {
            using var scratch = new ScratchFolder { Keep = true };
            output.WriteLine($"input {round + 1}: {scratch.Path}");
            var run = new IngestCase(scratch, "run", random.Next(), Records);
            await KillUntilItEndsAsync(run, random, wanted);
            Assert.Null(await run.FindFaultAtEndAsync());
            scratch.Keep = false;
        }

        var summary = string.Join(", ", _kills.Select(k => $"{k.Value} {k.Key}"));
        output.WriteLine($"{_kills.Values.Sum()} kills: {summary}");
        Assert.True(IsEnough(wanted), summary);
    }

    private bool IsEnough(int wanted) => _kills.Values.Sum() >= wanted && s_wanted.All(phase => _kills[phase] >= LeastOfEach);

    private async Task KillUntilItEndsAsync(IngestCase run, Random random, int wanted)
    {
        for (var kills = 0; ; kills++)
        {
            var trace = new PhaseTrace();
            using var child = new ChildProcess(ChildProcess.Dotnet, run.Arguments(CommitRows), onError: trace.Read);
            if (kills < KillsOfOneInput && !IsEnough(wanted))
                await KillSomewhereAsync(child, trace, run, Target(kills, run.Acknowledged()), random);
            var ended = await child.EndAsync();
            if (ended.ExitCode == 0)
                return;

            Assert.True(ended.ExitCode == 137, $"Exit code {ended.ExitCode}: {ended.CommandLine}\n{ended.Errors}");
            var phase = run.Acknowledged() == 0 ? RunPhase.BeforeFirstAnswer : trace.Phase;
            _kills[phase]++;
            output.WriteLine($"kill {_kills.Values.Sum()}: {phase}, record {run.Acknowledged()} of {run.Input.Records.Count} acknowledged");
            var fault = await run.FindFaultAsync();
            Assert.True(fault is null, $"{fault}: {run.Database}, input {run.Input.Path}");
        }
    }

    /// <summary>The first of an input falls before its first answer, the others into the phase that has had the fewest.</summary>
    private RunPhase Target(int kills, long acknowledged) =>
        kills == 0 ? RunPhase.BeforeFirstAnswer
        : acknowledged == 0 ? RunPhase.Ingest // a recovery before any answer proves little
        : s_wanted.MinBy(phase => _kills[phase]);

    /// <summary>Waits until the phase has begun, then a little longer by chance; a run that ends first is left alone.</summary>
    private static async Task KillSomewhereAsync(ChildProcess child, PhaseTrace trace, IngestCase run, RunPhase target, Random random)
    {
        var (begin, longest) = target switch
        {
            RunPhase.BeforeFirstAnswer => (Task.CompletedTask, 500),
            RunPhase.Ingest => (run.AnsweredAsync(run.AcksLength(), child.Ended), 150),
            RunPhase.Checkpoint => (trace.Reached(RunPhase.Checkpoint), 6),
            _ => (trace.Reached(RunPhase.Recovery), 20),
        };
        var delay = random.Next(longest + 1);
        await Task.WhenAny(begin, child.Ended);
        if (!child.Ended.IsCompleted && delay > 0)
            await Task.WhenAny(Task.Delay(delay), child.Ended);
        if (!child.Ended.IsCompleted)
            child.Kill();
    }
}
