using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Helios.Pipeline.Load;

/// <summary>Measures how long an open takes after a kill, with an index snapshot and without.</summary>
/// <remarks>A process loads the rows and kills itself. Then each open is a process of its own, which kills itself as soon as it has answered, so that all of them find the same database.</remarks>
internal sealed class OpenCommand
{
    public const string Name = "open";

    public const string Usage = """
        dotnet run -c Release --project perf/Load -- open [options]

          --rows N              default 10000000
          --rounds N            opens of each sort; default 3
          --snapshot-bytes N    log between two snapshots; default 268435456, as the engine's
          --rest S              seconds without a write before the last hundredth of the rows, at most; it ends with the engine's next snapshot; default 120
          --dir DIR             where the database is made and deleted; default a directory of the system's temporary one
          --out FILE            the report; default the terminal
          --commit NAME         the commit in the report; default what git says
        """;

    /// <summary>The most that an open with a snapshot may take of one without.</summary>
    private const double Limit = 0.1;

    private long _rows = 10_000_000;
    private long _bytes = 256 << 20;
    private int _rounds = 3;
    private long _rest = 120;
    private string _directory = Path.Combine(Path.GetTempPath(), "helios-open");
    private string? _out;
    private string? _commit;

    public static int Run(ReadOnlySpan<string> arguments)
    {
        var command = new OpenCommand();
        command.Parse(arguments);
        command._commit ??= Machine.Commit();
        return command.Measure();
    }

    private void Parse(ReadOnlySpan<string> arguments)
    {
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : throw new UsageException($"{arguments[i]} needs a value.");
            switch (arguments[i])
            {
                case "--rows": _rows = Number(value); break;
                case "--rounds": _rounds = (int)Number(value); break;
                case "--snapshot-bytes": _bytes = Number(value); break;
                case "--rest": _rest = Number(value); break;
                case "--dir": _directory = Path.Combine(value, "helios-open"); break;
                case "--out": _out = value; break;
                case "--commit": _commit = value; break;
                default: throw new UsageException($"{arguments[i]} is no option of {Name}.");
            }
        }
    }

    private int Measure()
    {
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
        try
        {
            var began = Stopwatch.GetTimestamp();
            var built = Child("build");
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"built and killed after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s; the snapshot has {built.SnapshotBytes} bytes"));
            if (built.SnapshotBytes == 0)
                throw new UsageException("No snapshot was made: more rows are needed, or fewer --snapshot-bytes.");
            var first = Open("first after the load");
            var (with, without) = (new List<OpenFigures>(), new List<OpenFigures>());
            for (var round = 0; round < _rounds; round++)
            {
                with.Add(Open("with a snapshot"));
                var indexes = Path.GetDirectoryName(OpenChild.Snapshot(_directory))!;
                Directory.Move(indexes, indexes + "-away");
                without.Add(Open("without"));
                if (Directory.Exists(indexes))
                    Directory.Delete(indexes, recursive: true);
                Directory.Move(indexes + "-away", indexes);
            }

            var log = Directory.GetFiles(Path.Combine(_directory, "log")).Sum(static file => new FileInfo(file).Length);
            var report = Report(first, with, without, log);
            if (_out is null)
                Console.Write(report);
            else
                File.WriteAllText(_out, report);
            return Median(with, without, static figures => figures.Seconds) <= Limit ? ExitCodes.Done : ExitCodes.FloorMissed;
        }
        finally
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private OpenFigures Open(string what)
    {
        var figures = Child("open");
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {figures.Seconds:0.00} s, {figures.IndexSeconds:0.00} s of it for {figures.Keys} keys, snapshot {figures.Snapshot} {figures.Refused}, {figures.Completed} commits completed, {figures.Applied} applied"));
        return figures;
    }

    private OpenFigures Child(string what)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(OpenCommand).Assembly.Location);
        foreach (var argument in new[] { OpenChild.Argument, what, _directory, _rows.ToString(CultureInfo.InvariantCulture), _bytes.ToString(CultureInfo.InvariantCulture), _rest.ToString(CultureInfo.InvariantCulture) })
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var line = process.StandardOutput.ReadLine();
        process.WaitForExit();
        return line is null ? throw new RunFailedException($"The process that was to {what} the database ended before it had.", ExitCodes.Failed) : JsonSerializer.Deserialize<OpenFigures>(line)!;
    }

    private string Report(OpenFigures first, List<OpenFigures> with, List<OpenFigures> without, long log)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Open after a kill

            {_rows:#,0} rows: id (8 bytes, ascending, primary key), name (16 random hex digits, unique), value (4 bytes). Commit {_commit}; {DateTime.UtcNow:yyyy-MM-dd}.

            {Machine.Processor} ({Machine.ProcessorDetail}), {Environment.ProcessorCount} processors, {Machine.MemoryGiB:0.0} GiB; Linux {Machine.Kernel}; {Machine.FileSystem(_directory)}; {Machine.Runtime}.

            A process loads the rows, rests for {_rest} s at most before the last hundredth of them, and gets SIGKILL behind the last answer. Each open is a process of its own, and is killed when it has found 1,000 rows by both keys. The system's cache is warm for all of them.
            The snapshot is the one that the engine made by itself; it has {first.SnapshotBytes:#,0} bytes, and the log {log:#,0}.

            | open | whole open, s | indexes, s | keys loaded | completed from the log, commits | applied from the log, commits |
            | --- | ---: | ---: | ---: | ---: | ---: |

            """);
        Row("the first after the load", first);
        foreach (var figures in with)
            Row("with the snapshot", figures);
        foreach (var figures in without)
            Row("without: every row is read", figures);
        text.Append(CultureInfo.InvariantCulture, $"""

            With the snapshot an open took **{Median(with, without, static f => f.Seconds):0.000}** of the time without, the indexes alone {Median(with, without, static f => f.IndexSeconds):0.000} (medians); the goal is at most {Limit}.

            ```
            dotnet run -c Release --project perf/Load -- open --rows {_rows} --snapshot-bytes {_bytes} --rest {_rest} --out FILE
            ```

            """);
        return text.ToString();

        void Row(string what, OpenFigures figures) => text.Append(CultureInfo.InvariantCulture,
            $"| {what} | {figures.Seconds:0.00} | {figures.IndexSeconds:0.00} | {figures.Keys:#,0} | {figures.Completed:#,0} | {figures.Applied:#,0} |\n");
    }

    private static double Median(List<OpenFigures> with, List<OpenFigures> without, Func<OpenFigures, double> of)
    {
        return Middle(with) / Middle(without);

        double Middle(List<OpenFigures> figures) => figures.Select(of).Order().ElementAt(figures.Count / 2);
    }

    private static long Number(string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new UsageException($"{value} is no number.");
}
