using System.Diagnostics;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// Databases that are killed with SIGKILL again and again, opened with other options every time: a plain and an encrypted one side by side. Number of cycles:
/// HELIOS_CRASH_CYCLES, 100 by default; a database lives through 100, or twice as many where a phase has had too few kills.
/// </summary>
[Collection(CrashTestGroup.Name)]
public sealed class CrashLoopTests(ITestOutputHelper output)
{
    private const int LongestLife = 100;
    private const int LeastOfEach = 3;
    private const int EnoughForEach = 80; // cycles in which every phase has its kills, however they fall

    private static readonly LoopPhase[] s_wanted = [LoopPhase.Recovery, LoopPhase.Ingest, LoopPhase.Checkpoint, LoopPhase.Backup, LoopPhase.Rotation, LoopPhase.Vacuum, LoopPhase.Rewrite];

    private const int PlantedSeed = 20;
    private const int PlantedCycles = 12;

    [Fact]
    public async Task Killed_again_and_again_with_other_options_each_time_a_database_keeps_what_it_acknowledged()
    {
        var seed = Settings.Seed();
        var cycles = Settings.Number("HELIOS_CRASH_CYCLES", 100);
        using var scratch = new ScratchFolder { Keep = true };
        output.WriteLine($"HELIOS_SEED={seed} HELIOS_CRASH_CYCLES={cycles}, {scratch.Path}");
        var watch = Stopwatch.StartNew();
        var summary = new LoopSummary();
        var pairs = Math.Max(1, (cycles + (2 * LongestLife) - 1) / (2 * LongestLife));
        for (var pair = 0; pair < pairs; pair++)
        {
            var life = (cycles + (2 * pairs) - 1) / (2 * pairs);
            var faults = await Task.WhenAll(Loop(encrypted: false).RunAsync(life), Loop(encrypted: true).RunAsync(life));
            Assert.True(faults.All(fault => fault is null), $"HELIOS_SEED={seed}\n{string.Join("\n\n", faults.Where(fault => fault is not null))}");

            CrashLoop Loop(bool encrypted) => new(scratch, seed + (2 * pair) + (encrypted ? 1 : 0), encrypted, summary) { Print = output.WriteLine, IsEnough = () => pair < pairs - 1 || HasEnough() };
        }

        output.WriteLine($"{summary}; {watch.Elapsed.TotalSeconds:F0} s");
        Assert.True(HasEnough(), summary.ToString());
        scratch.Keep = false;

        // Where a kill falls is not quite in the plan's hands: a long enough run goes on until each phase has had some.
        bool HasEnough() => cycles < EnoughForEach || s_wanted.All(phase => summary.KillsIn(phase) >= LeastOfEach);
    }

    [Theory]
    [InlineData(nameof(LoopBug.AnswerBeforeCommit), "were acknowledged or seen")]
    [InlineData(nameof(LoopBug.LostSegment), "corrupt: ", "were acknowledged or seen")]
    [InlineData(nameof(LoopBug.FlushToldEarly), "were acknowledged or seen")]
    [InlineData(nameof(LoopBug.WrongCount), "the counter of trips says")]
    [InlineData(nameof(LoopBug.LostRow), "of trips is")]
    [InlineData(nameof(LoopBug.WrongEntry), "no such row has that key")]
    [InlineData(nameof(LoopBug.ReadableText), "is readable in")]
    [InlineData(nameof(LoopBug.ForgottenConstraint), "the added constraints are [")]
    [InlineData(nameof(LoopBug.LostFilledEntry), "index more of table")]
    public async Task A_planted_defect_is_noticed(string bug, params string[] words)
    {
        using var scratch = new ScratchFolder();
        var fault = await new CrashLoop(scratch, PlantedSeed, encrypted: bug == nameof(LoopBug.ReadableText), new LoopSummary(), Enum.Parse<LoopBug>(bug)) { Print = output.WriteLine }.RunAsync(PlantedCycles);
        output.WriteLine(fault ?? "nothing was noticed");
        Assert.Contains(words, word => fault?.Contains(word, StringComparison.Ordinal) == true);
    }
}
