using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Helios.Pipeline.Load;

/// <summary>The processes that load a candidate and that read it. Each prints one line of JSON.</summary>
internal static class ReadChild
{
    public const string Argument = "read-child";

    private const int WarmRows = 5_000;

    /// <summary>The runtime compiles a method for good after 30 calls and a pause, and a scan is few calls.</summary>
    private const int WarmPasses = 6;
    private const int WarmRuns = 10;

    /// <param name="arguments">The word, "load" or "read", the candidate, the directory, rows, points, ranges.</param>
    public static async Task<int> ServeAsync(string[] arguments)
    {
        var culture = CultureInfo.InvariantCulture;
        var entry = ReadCatalogue.Find(arguments[2]);
        var (directory, count) = (arguments[3], long.Parse(arguments[4], culture));
        try
        {
            var figures = arguments[1] == "load"
                ? await LoadAsync(entry, directory, count).ConfigureAwait(false)
                : await ReadAsync(entry, directory, count, int.Parse(arguments[5], culture), int.Parse(arguments[6], culture)).ConfigureAwait(false);
            Console.WriteLine(JsonSerializer.Serialize(figures));
            return ExitCodes.Done;
        }
        catch (WrongAnswerException error)
        {
            await Console.Error.WriteLineAsync($"WRONG ANSWER of {entry.Name}: {error.Message}").ConfigureAwait(false);
            return ExitCodes.WrongCount;
        }
    }

    private static async Task<ReadFigures> LoadAsync(ReadEntry entry, string directory, long count)
    {
        var rows = new BulkRows(checked((int)count));
        _ = rows.Objects; // what a caller would have in hand
        var began = Stopwatch.GetTimestamp();
        await entry.Make().LoadAsync(rows, count, directory).ConfigureAwait(false);
        return new ReadFigures
        {
            Candidate = entry.Name,
            Seconds = Stopwatch.GetElapsedTime(began).TotalSeconds,
            Bytes = Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Sum(static file => new FileInfo(file).Length),
        };
    }

    private static async Task<ReadFigures> ReadAsync(ReadEntry entry, string directory, long count, int points, int ranges)
    {
        await WarmAsync(entry, directory + "-warm").ConfigureAwait(false);
        var questions = Ask(count, points, ranges);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        var resident = ProcessState.ResidentKiB();
        var candidate = entry.Make();
        var began = Stopwatch.GetTimestamp();
        await candidate.OpenAsync(directory).ConfigureAwait(false);
        var opened = Stopwatch.GetElapsedTime(began);
        var rates = await new ReadRun(candidate, questions).RunAsync().ConfigureAwait(false);
        var memory = (ProcessState.ResidentKiB() - resident) / 1024.0;
        await candidate.CloseAsync().ConfigureAwait(false);
        return new ReadFigures { Candidate = entry.Name, Seconds = opened.TotalSeconds, MemoryMiB = memory, Rates = rates };
    }

    /// <summary>Compiles the code over a small database of its own: a cold read has empty caches, not slow code.</summary>
    private static async Task WarmAsync(ReadEntry entry, string directory)
    {
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true); // of a process that was stopped here
        Directory.CreateDirectory(directory);
        await entry.Make().LoadAsync(new BulkRows(WarmRows), WarmRows, directory).ConfigureAwait(false);
        var questions = Ask(WarmRows, points: 200, ranges: 20);
        for (var pass = 0; pass < WarmPasses; pass++)
        {
            var candidate = entry.Make();
            await candidate.OpenAsync(directory).ConfigureAwait(false);
            for (var run = 0; run < WarmRuns; run++)
                await new ReadRun(candidate, questions).RunAsync().ConfigureAwait(false);
            await candidate.CloseAsync().ConfigureAwait(false);
            Child.WaitForCompiler();
        }

        Directory.Delete(directory, recursive: true);
    }

    // A method of its own, so that the rows are garbage when it returns.
    private static Questions Ask(long count, int points, int ranges) => new(new BulkRows(checked((int)count)), count, points, ranges);
}
