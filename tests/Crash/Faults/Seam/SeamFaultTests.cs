using System.Globalization;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// Every call to the engine's files fails at its 1st, 2nd, 3rd, … time, once and for ever, in each moment of the engine's life, until
/// it is not made so often. A quarter of the cells, chosen by the seed; all with HELIOS_FAULT_CELLS=all.
/// </summary>
[Collection(CrashTestGroup.Name)]
public sealed class SeamFaultTests(ITestOutputHelper output)
{
    private const int MaxCalls = 80;

    [Fact]
    public async Task Whatever_call_fails_nothing_acknowledged_is_lost_and_the_caller_is_told()
    {
        var seed = Settings.Seed();
        output.WriteLine($"HELIOS_SEED={seed}");
        var cells = FaultSelection.Choose(FaultCell.All, seed);
        var (runs, hits) = (0, 0);
        var violations = new List<string>();
        foreach (var cell in cells)
        {
            var seen = new SortedSet<string>(StringComparer.Ordinal);
            var calls = 0;
            for (var nth = 1; nth <= MaxCalls; nth++)
            {
                await using var run = new FaultRun(cell, nth, unchecked((seed * 31) + nth), PlantedSeam.None);
                await run.RunAsync();
                runs++;
                violations.AddRange(run.Violations.Select(violation => $"{cell}, call {nth}: {violation}"));
                if (!run.Hit)
                    break;
                hits++;
                calls++;
                seen.Add(run.Seen);
            }

            if (calls > 0)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cell}: {calls} calls: {string.Join(" | ", seen)}"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cells.Count} of {FaultCell.All.Count} cells, {runs} runs, {hits} of them with a fault"));
        Assert.True(violations.Count == 0, $"{violations.Count} violations; HELIOS_SEED={seed} repeats them:\n{string.Join('\n', violations.Take(40))}");
        Assert.InRange(hits, cells.Count / 8, int.MaxValue);
    }
}
