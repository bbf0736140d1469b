using System.Collections.Concurrent;
using System.Globalization;
using Xunit.Abstractions;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>The tool, run once with a fault.</summary>
internal interface IFaultRun
{
    /// <summary>How the tool ended, in a few words; null where the fault was not met.</summary>
    string? Outcome { get; }

    /// <summary>What is not as promised, or null.</summary>
    Task<string?> FindFaultAsync();
}

/// <summary>Runs cells of a matrix, two at once, and tells how each ended.</summary>
internal static class FaultMatrix
{
    /// <summary>A quarter of the cells, chosen by the seed; all with HELIOS_FAULT_CELLS=all; those whose name holds the text in HELIOS_FAULT_CELL.</summary>
    public static IReadOnlyList<T> Choose<T>(IReadOnlyList<T> cells, int seed)
        where T : notnull =>
        Environment.GetEnvironmentVariable("HELIOS_FAULT_CELL") is { Length: > 0 } text
            ? [.. cells.Where(cell => cell.ToString()!.Contains(text, StringComparison.Ordinal))]
            : FaultSelection.Choose(cells, seed);

    /// <summary>Fails where something is not as promised, and where a cell does not meet its fault: it would test nothing any more.</summary>
    /// <param name="make">Makes the run of a cell, with a name that no other has.</param>
    public static async Task MustHoldAsync<T>(ITestOutputHelper output, ScratchFolder scratch, int seed, IReadOnlyList<T> cells, Func<T, string, IFaultRun> make)
        where T : notnull
    {
        var violations = new ConcurrentQueue<string>();
        var outcomes = new ConcurrentDictionary<string, string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, cells.Count), new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (i, _) =>
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"cell{i}");
            var run = make(cells[i], name);
            var violation = await run.FindFaultAsync();
            if (run.Outcome is { } outcome)
                outcomes[cells[i].ToString()!] = outcome;
            if (violation is not null)
                violations.Enqueue($"{cells[i]}: {violation}");
            else
                scratch.Remove(name);
        });

        foreach (var (cell, outcome) in outcomes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            output.WriteLine($"{cell}: {outcome}");
        var unmet = cells.Select(static cell => cell.ToString()!).Where(cell => !outcomes.ContainsKey(cell)).Order(StringComparer.Ordinal).ToArray();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cells.Count} cells, {outcomes.Count} of them met their fault"));
        scratch.Keep = !violations.IsEmpty;
        Assert.True(violations.IsEmpty, $"HELIOS_SEED={seed}; {violations.Count} violations:\n{string.Join('\n', violations)}");
        Assert.True(unmet.Length == 0, $"HELIOS_SEED={seed}; these cells do not meet their fault:\n{string.Join('\n', unmet)}");
    }
}
