using System.Globalization;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>The README's table of presets against what they set.</summary>
public sealed class PresetTests
{
    private static readonly HeliosOptions[] s_presets = [new(), HeliosOptions.ForBulkLoad, HeliosOptions.ForMaximumPerformance, HeliosOptions.ForOltp];

    [Fact]
    public void The_readme_says_of_each_preset_what_it_sets()
    {
        var table = ReadTable();
        Assert.Equal(["`new()`", "`ForBulkLoad`", "`ForMaximumPerformance`", "`ForOltp`"], table["`HeliosOptions`"]);
        Assert.Equal(s_presets.Select(static o => $"{o.SafetyLevel.ToString().ToLowerInvariant()}{(o.WithoutLog ? " without a log" : "")}"), table["level"]);
        Assert.Equal(s_presets.Select(static o => o.WithoutLog ? "everything since the last flush" : "nothing acknowledged"), table["a killed process loses"]);
        Assert.Equal(s_presets.Select(static o => Size(o.CheckpointBytes) + (o.CheckpointInterval == TimeSpan.Zero ? "" : $" or {o.CheckpointInterval.TotalSeconds} s")), table["checkpoint after"]);
        Assert.Equal(s_presets.Select(static o => string.Create(CultureInfo.InvariantCulture, $"{Size(o.MaxQueuedBytes)}, {o.MaxQueuedRows:N0} rows")), table["commits queued at most"]);
        Assert.Equal(s_presets.Select(static o => Size(o.FlushBytes)), table["gathered for a file"]);
        Assert.Equal(s_presets.Select(static o => Size(o.RowCacheBytes)), table["rows kept that were read"]);
    }

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20:N0} MiB");

    /// <summary>Each line of the table by its first cell.</summary>
    private static Dictionary<string, string[]> ReadTable()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Helios.Pipeline.sln")))
            directory = Path.GetDirectoryName(directory) ?? throw new DirectoryNotFoundException("The tests do not lie in the repository.");
        return File.ReadLines(Path.Combine(directory, "README.md"))
            .SkipWhile(static line => !line.StartsWith("| `HeliosOptions` |", StringComparison.Ordinal))
            .TakeWhile(static line => line.StartsWith('|'))
            .Select(static line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))
            .ToDictionary(static cells => cells[0], static cells => cells[1..]);
    }
}
