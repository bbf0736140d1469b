using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Helios.Pipeline.Load;

/// <summary>Measures reading beside the rivals: each candidate is loaded once, then read by processes that take turns.</summary>
internal sealed class ReadCommand(ReadOptions options)
{
    public const string Name = "read";

    private readonly List<ReadFigures> _loads = [];
    private readonly List<ReadFigures> _reads = [];

    /// <summary>Runs the command; answers its exit code.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        try
        {
            new ReadCommand(ReadOptions.Parse(arguments)).Measure();
            return ExitCodes.Done;
        }
        catch (UsageException error)
        {
            Console.Error.WriteLine(error.Message);
            Console.Error.WriteLine();
            Console.Error.WriteLine(ReadOptions.Usage);
            return ExitCodes.Usage;
        }
        catch (RunFailedException error)
        {
            Console.Error.WriteLine(error.Message);
            return error.ExitCode;
        }
    }

    private void Measure()
    {
        if (Directory.Exists(options.Directory))
            Directory.Delete(options.Directory, recursive: true);
        try
        {
            foreach (var entry in options.Entries)
                _loads.Add(Child("load", entry, round: 0));
            for (var round = 1; round <= options.Rounds; round++)
            {
                // Each round begins with another one, so that no one always has the quiet moment.
                for (var i = 0; i < options.Entries.Count; i++)
                    _reads.Add(Child("read", options.Entries[(i + round - 1) % options.Entries.Count], round));
            }

            var report = new ReadReport(options, _loads, _reads).ToString();
            if (options.Report is null)
            {
                Console.Write(report);
                return;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(options.Report))!);
            File.WriteAllText(options.Report, report);
        }
        finally
        {
            if (Directory.Exists(options.Directory))
                Directory.Delete(options.Directory, recursive: true);
        }
    }

    private ReadFigures Child(string what, ReadEntry entry, int round)
    {
        var directory = Path.Combine(options.Directory, entry.Name);
        Directory.CreateDirectory(directory);
        NativeMethods.SyncAll(); // what an earlier process left to be written back must not be paid by this one
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(ReadCommand).Assembly.Location);
        var culture = CultureInfo.InvariantCulture;
        foreach (var argument in (string[])[ReadChild.Argument, what, entry.Name, directory, options.Rows.ToString(culture), options.Points.ToString(culture), options.Ranges.ToString(culture)])
            start.ArgumentList.Add(argument);

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        if (process.ExitCode != ExitCodes.Done)
            throw new RunFailedException($"The process that was to {what} {entry.Name} ended with {process.ExitCode}; what it printed: {output}", process.ExitCode == ExitCodes.WrongCount ? ExitCodes.WrongCount : ExitCodes.Failed);

        // A library may print lines of its own before.
        var figures = JsonSerializer.Deserialize<ReadFigures>(output[(output.LastIndexOf('\n') + 1)..])! with { Round = round };
        Console.Error.WriteLine($"round {round}  {what} {entry.Name,-9} {figures.Seconds.ToString("0.00", culture)} s  {string.Join("  ", figures.Rates.Select(rate => $"{rate.Key} {Cells.Number(rate.Value)}"))}");
        return figures;
    }
}
