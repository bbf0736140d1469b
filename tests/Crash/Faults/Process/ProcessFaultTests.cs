using System.Collections.Concurrent;
using System.Globalization;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// Calls of the system fail under the real tool, on the log, on RocksDB's files, on manifest, identity and locks. A quarter of the
/// cells, chosen by the seed; all with HELIOS_FAULT_CELLS=all; those whose name holds the text in HELIOS_FAULT_CELL.
/// </summary>
[Collection(CrashTestGroup.Name)]
public sealed class ProcessFaultTests(ITestOutputHelper output)
{
    [NeedsToolsFact("gcc")]
    public async Task Whatever_call_fails_under_the_tool_nothing_acknowledged_is_lost_and_the_next_run_ends()
    {
        using var scratch = new ScratchFolder();
        var seed = Settings.Seed();
        output.WriteLine($"HELIOS_SEED={seed}");
        var tools = await PowerTools.BuildAsync();
        var cells = Environment.GetEnvironmentVariable("HELIOS_FAULT_CELL") is { Length: > 0 } text
            ? [.. ProcessFault.All.Where(cell => cell.ToString().Contains(text, StringComparison.Ordinal))]
            : FaultSelection.Choose(ProcessFault.All, seed);
        var violations = new ConcurrentQueue<string>();
        var outcomes = new ConcurrentDictionary<string, string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, cells.Count), new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (i, _) =>
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"cell{i}");
            var run = new ProcessFaultRun(tools, scratch, cells[i], name, seed);
            var violation = await run.FindFaultAsync();
            if (run.Outcome is { } outcome)
                outcomes[cells[i].ToString()] = outcome;
            if (violation is not null)
                violations.Enqueue($"{cells[i]}: {violation}");
            else
                scratch.Remove(name);
        });

        foreach (var (cell, outcome) in outcomes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            output.WriteLine($"{cell}: {outcome}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cells.Count} of {ProcessFault.All.Count} cells, {outcomes.Count} of them met their fault"));
        scratch.Keep = !violations.IsEmpty;
        Assert.True(violations.IsEmpty, $"HELIOS_SEED={seed}; {violations.Count} violations:\n{string.Join('\n', violations)}");
        Assert.InRange(outcomes.Count, cells.Count / 3, int.MaxValue);
    }
}
