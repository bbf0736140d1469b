using System.Globalization;

namespace Helios.Pipeline.Load;

/// <summary>The command line. Immutable.</summary>
internal sealed record LoadOptions
{
    public const string Usage = """
        dotnet run -c Release --project perf/Load -- [options]

          --workload LIST    w1, w3, overload; default w1,w3
          --only LIST        candidates to run; default all but the encrypted ones
          --rows N           rows of w1; default 1000000
          --commits N        commits of w3; default 20000, and a quarter of it at one producer
          --producers LIST   producers of w3; default 1,8,64
          --seconds S        how long overload offers commits; default 20
          --rounds N         default 5
          --dir DIR          where databases are made and deleted; default a directory of the system's temporary one
          --out FILE         the report; default the terminal
          --json FILE        every figure of every run
          --date DATE        the date in the report; default today, UTC
          --commit NAME      the commit in the report; default what git says
        """;

    public IReadOnlyList<string> Workloads { get; init; } = [Workload.Bulk, Workload.Single];

    public IReadOnlyList<string> Only { get; init; } = [];

    public long Rows { get; init; } = 1_000_000;

    public long Commits { get; init; } = 20_000;

    public IReadOnlyList<int> Producers { get; init; } = [1, 8, 64];

    public double Seconds { get; init; } = 20;

    public int Rounds { get; init; } = 5;

    public string Directory { get; init; } = Path.Combine(Path.GetTempPath(), "helios-load");

    public string? Report { get; init; }

    public string? Json { get; init; }

    public string? Date { get; init; }

    public string? Commit { get; init; }

    /// <exception cref="UsageException">An option is unknown or its value is wrong.</exception>
    public static LoadOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new LoadOptions();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var name = arguments[i];
            var value = i + 1 < arguments.Length ? arguments[i + 1] : throw new UsageException($"{name} needs a value.");
            options = name switch
            {
                "--workload" => options with { Workloads = Names(value, [Workload.Bulk, Workload.Single, Workload.Overload]) },
                "--only" => options with { Only = Names(value, Catalogue.All.Select(entry => entry.Name)) },
                "--rows" => options with { Rows = Number(name, value, 1, 10_000_000) },
                "--commits" => options with { Commits = Number(name, value, 4, 10_000_000) },
                "--producers" => options with { Producers = [.. Split(value).Select(part => (int)Number(name, part, 1, 1_024))] },
                "--seconds" => options with { Seconds = Number(name, value, 1, 3_600) },
                "--rounds" => options with { Rounds = (int)Number(name, value, 1, 1_000) },
                "--dir" => options with { Directory = Path.GetFullPath(value) },
                "--out" => options with { Report = value },
                "--json" => options with { Json = value },
                "--date" => options with { Date = value },
                "--commit" => options with { Commit = value },
                _ => throw new UsageException($"There is no option {name}."),
            };
        }

        return options;
    }

    /// <summary>The workloads to run, in order.</summary>
    public IEnumerable<Workload> Plan()
    {
        const int commitRows = 1_000;
        const int overloadProducers = 64;
        foreach (var name in Workloads)
        {
            switch (name)
            {
                case Workload.Bulk:
                    yield return new Workload(name, Producers: 1, Rows, commitRows);
                    break;
                case Workload.Single:
                    foreach (var producers in Producers)
                        yield return new Workload(name, producers, producers == 1 ? Commits / 4 : Commits, CommitRows: 1);
                    break;
                default:
                    yield return new Workload(name, overloadProducers, Rows: 0, commitRows, Seconds);
                    break;
            }
        }
    }

    /// <summary>The candidates of a workload, the reference first.</summary>
    public IReadOnlyList<Entry> Entries(Workload workload) =>
        [.. Catalogue.All.Where(entry => entry.Workload == workload.Name && (Only.Count == 0 ? !entry.ByName : Only.Contains(entry.Name)))];

    private static string[] Split(string value) => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string[] Names(string value, IEnumerable<string> known)
    {
        var names = Split(value);
        if (names.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
            throw new UsageException($"{unknown} is not one of {string.Join(", ", known.Distinct())}.");
        return names;
    }

    private static long Number(string name, string value, long least, long most) =>
        long.TryParse(value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new UsageException($"{name} is {least} to {most}, not {value}.");
}
