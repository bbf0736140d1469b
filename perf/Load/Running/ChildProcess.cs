using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Helios.Pipeline.Load;

/// <summary>Starts this program again for one run, and reads its line.</summary>
internal static class ChildProcess
{
    public const string Argument = "--child";

    /// <summary>Runs one candidate once, in a directory of its own that is gone afterwards.</summary>
    /// <exception cref="RunFailedException">The process failed, or its count was wrong.</exception>
    public static async Task<Figures> RunAsync(Entry entry, Workload workload, string directory)
    {
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
        Directory.CreateDirectory(directory);
        try
        {
            // What an earlier run left to be written back must not be paid by this one.
            NativeMethods.SyncAll();
            var (line, code) = await StartAsync(entry, workload, directory).ConfigureAwait(false);
            if (code != ExitCodes.Done)
                throw new RunFailedException($"{entry.Name} in {workload.Label} ended with {code}; what it printed: {line}", code == ExitCodes.WrongCount ? code : ExitCodes.Failed);
            return JsonSerializer.Deserialize<Figures>(line)!;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>The other end: what the parent's arguments mean.</summary>
    public static async Task<int> ServeAsync(string[] arguments)
    {
        var culture = CultureInfo.InvariantCulture;
        var workload = new Workload(arguments[1], int.Parse(arguments[3], culture), long.Parse(arguments[4], culture), int.Parse(arguments[5], culture), double.Parse(arguments[6], culture));
        return await Child.RunAsync(Catalogue.Find(workload.Name, arguments[2]), workload, arguments[7]).ConfigureAwait(false);
    }

    private static async Task<(string Line, int Code)> StartAsync(Entry entry, Workload workload, string directory)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        var culture = CultureInfo.InvariantCulture;
        foreach (var argument in (string[])[
            Argument, workload.Name, entry.Name, workload.Producers.ToString(culture), workload.Rows.ToString(culture),
            workload.CommitRows.ToString(culture), workload.Seconds.ToString(culture), directory])
            start.ArgumentList.Add(argument);

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        return (output.Trim(), process.ExitCode);
    }
}

/// <summary>A run ended without figures that can be used.</summary>
internal sealed class RunFailedException(string message, int exitCode) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
