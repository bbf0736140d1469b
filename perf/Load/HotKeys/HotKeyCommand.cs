using System.Globalization;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Load;

/// <summary>Compares eight producers that upsert one key with eight that upsert a key each.</summary>
internal sealed class HotKeyCommand
{
    public const string Name = "hot-keys";

    public const string Usage = """
        dotnet run -c Release --project perf/Load -- hot-keys [options]

          --rounds N        default 5
          --seconds S       of each run; default 5
          --levels LIST     of full, batched, async, unsafe; default full,unsafe
          --dir DIR         where databases are made and deleted; default a directory of the system's temporary one
          --out FILE        the report; default the terminal
          --commit NAME     the commit in the report; default what git says
        """;

    /// <summary>The least that one key must give of what a key each gives.</summary>
    private const double Goal = 0.5;

    private int _rounds = 5;
    private int _seconds = 5;
    private SafetyLevel[] _levels = [SafetyLevel.Full, SafetyLevel.Unsafe];
    private string _directory = Path.Combine(Path.GetTempPath(), "helios-hot-keys");
    private string? _out;
    private string? _commit;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var command = new HotKeyCommand();
        command.Parse(arguments);
        command._commit ??= Machine.Commit();
        return await command.MeasureAsync().ConfigureAwait(false);
    }

    private void Parse(ReadOnlySpan<string> arguments)
    {
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : throw new UsageException($"{arguments[i]} needs a value.");
            switch (arguments[i])
            {
                case "--rounds": _rounds = Number(value); break;
                case "--seconds": _seconds = Number(value); break;
                case "--levels": _levels = [.. value.Split(',').Select(Level)]; break;
                case "--dir": _directory = Path.Combine(Path.GetFullPath(value), "helios-hot-keys"); break;
                case "--out": _out = value; break;
                case "--commit": _commit = value; break;
                default: throw new UsageException($"{arguments[i]} is no option of {Name}.");
            }
        }
    }

    private async Task<int> MeasureAsync()
    {
        var figures = new List<HotKeyFigures>();
        for (var round = 0; round < _rounds; round++)
        {
            foreach (var level in _levels)
            {
                // The one that begins may find another machine than the one that follows.
                int[] order = round % 2 == 0 ? [1, HotKeyRun.Producers] : [HotKeyRun.Producers, 1];
                foreach (var keys in order)
                {
                    var run = await HotKeyRun.RunAsync(_directory, level, keys, round, TimeSpan.FromSeconds(_seconds)).ConfigureAwait(false);
                    figures.Add(run);
                    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round + 1}  {level}, {keys} keys: {run.RowsPerSecond:#,0} rows/s"));
                }
            }
        }

        var report = Report(figures);
        if (_out is null)
            Console.Write(report);
        else
            await File.WriteAllTextAsync(_out, report).ConfigureAwait(false);
        return _levels.All(level => Ratio(figures, level).Median >= Goal) ? ExitCodes.Done : ExitCodes.FloorMissed;
    }

    private string Report(List<HotKeyFigures> figures)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Hot keys

            {HotKeyRun.Producers} producers upsert rows of two numbers, one a commit, and await each answer: all of them one key, or a key each. Commit {_commit}; {DateTime.UtcNow:yyyy-MM-dd}.

            {Machine.Processor} ({Machine.ProcessorDetail}), {Environment.ProcessorCount} processors, {Machine.MemoryGiB:0.0} GiB; Linux {Machine.Kernel}; {Machine.FileSystem(_directory)}; {Machine.Runtime}.

            {_rounds} rounds of {_seconds} s a run behind a second that warms up; each run has a database of its own, and they take turns. Median (least..most); ratios are taken inside a round.

            | level | one key, rows/s | {HotKeyRun.Producers} keys, rows/s | one key / {HotKeyRun.Producers} keys |
            | --- | ---: | ---: | ---: |

            """);
        foreach (var level in _levels)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| {level} | {Cells.Range(Rows(figures, level, 1))} | {Cells.Range(Rows(figures, level, HotKeyRun.Producers))} | {Cells.Range(Ratio(figures, level))} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"""

            The goal is a ratio of {Goal} at least.

            ```
            dotnet run -c Release --project perf/Load -- hot-keys --rounds {_rounds} --seconds {_seconds} --out FILE
            ```

            """);
        return text.ToString();
    }

    private static Spread? Rows(List<HotKeyFigures> figures, SafetyLevel level, int keys) =>
        Spread.Of(figures.Where(run => run.Level == level && run.Keys == keys).Select(static run => run.RowsPerSecond));

    private static Spread Ratio(List<HotKeyFigures> figures, SafetyLevel level) =>
        Spread.Of(from one in figures
                  from each in figures
                  where one.Level == level && each.Level == level && one.Round == each.Round && one.Keys == 1 && each.Keys == HotKeyRun.Producers
                  select one.RowsPerSecond / each.RowsPerSecond)!.Value;

    private static SafetyLevel Level(string value) =>
        Enum.TryParse<SafetyLevel>(value, ignoreCase: true, out var level) && Enum.IsDefined(level) ? level : throw new UsageException($"{value} is no level.");

    private static int Number(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw new UsageException($"{value} is no number from 1.");
}
