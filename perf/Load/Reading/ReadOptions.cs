using System.Globalization;

namespace Helios.Pipeline.Load;

/// <summary>The command line of the reading benchmark. Immutable.</summary>
internal sealed record ReadOptions
{
    public const string Usage = """
        dotnet run -c Release --project perf/Load -- read [options]

          --rows N       default 1000000
          --rounds N     processes that read each candidate; default 3
          --points N     keys looked up; default 20000
          --ranges N     ranges read; default 2000
          --only LIST    of rocks, sqlite, zonetree, duckdb, helios; default all
          --dir DIR      where databases are made and deleted; default a directory of the system's temporary one
          --out FILE     the report; default the terminal
          --commit NAME  the commit in the report; default what git says
        """;

    public long Rows { get; init; } = 1_000_000;

    public int Rounds { get; init; } = 3;

    public int Points { get; init; } = 20_000;

    public int Ranges { get; init; } = 2_000;

    public IReadOnlyList<ReadEntry> Entries { get; init; } = ReadCatalogue.All;

    public string Directory { get; init; } = Path.Combine(Path.GetTempPath(), "helios-read");

    public string? Report { get; init; }

    public string? Commit { get; init; }

    /// <exception cref="UsageException">An option is unknown or its value is wrong.</exception>
    public static ReadOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new ReadOptions();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var name = arguments[i];
            var value = i + 1 < arguments.Length ? arguments[i + 1] : throw new UsageException($"{name} needs a value.");
            options = name switch
            {
                "--rows" => options with { Rows = Number(name, value, Questions.Selective, 10_000_000) },
                "--rounds" => options with { Rounds = Number(name, value, 1, 1_000) },
                "--points" => options with { Points = Number(name, value, 1, 10_000_000) },
                "--ranges" => options with { Ranges = Number(name, value, 1, 1_000_000) },
                "--only" => options with { Entries = Entry(value) },
                "--dir" => options with { Directory = Path.Combine(Path.GetFullPath(value), "helios-read") },
                "--out" => options with { Report = value },
                "--commit" => options with { Commit = value },
                _ => throw new UsageException($"{name} is no option of {ReadCommand.Name}."),
            };
        }

        return options with { Commit = options.Commit ?? Machine.Commit() };
    }

    private static ReadEntry[] Entry(string value) =>
        [.. value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(ReadCatalogue.Find)];

    private static int Number(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new UsageException($"{name} is {least} to {most}, not {value}.");
}
