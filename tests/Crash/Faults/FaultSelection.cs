namespace Helios.Pipeline.Crash.Tests;

/// <summary>Which cells of a matrix run: all with HELIOS_FAULT_CELLS=all, else a quarter that follows from the seed.</summary>
internal static class FaultSelection
{
    public static IReadOnlyList<T> Choose<T>(IReadOnlyList<T> cells, int seed)
    {
        if (Environment.GetEnvironmentVariable("HELIOS_FAULT_CELLS") == "all")
            return cells;
        var shuffled = cells.ToArray();
        new Random(seed).Shuffle(shuffled);
        return shuffled[..((shuffled.Length + 3) / 4)];
    }
}
