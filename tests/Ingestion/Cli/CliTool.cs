using System.Text;
using Helios.Pipeline.Cli;

namespace Helios.Pipeline.Ingestion.Tests.Cli;

/// <summary>Runs the tool in this process, in a directory of its own.</summary>
public abstract class CliTool : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("helios-cli-");

    protected string Db => In("db");

    protected static string Trips { get; } = FindTrips();

    public void Dispose()
    {
        _directory.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    protected string In(string name) => Path.Combine(_directory.FullName, name);

    protected string Write(string name, string text)
    {
        File.WriteAllText(In(name), text);
        return In(name);
    }

    internal static Task<CliResult> RunAsync(params string[] args) => RunWithAsync("", args);

    internal static Task<CliResult> RunWithAsync(string input, params string[] args) => RunWithAsync(new MemoryStream(Encoding.UTF8.GetBytes(input)), null, args);

    internal static async Task<CliResult> RunWithAsync(Stream input, Action<CommandIo>? arrange, params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter { NewLine = "\n" };
        using var io = new CommandIo(output, error, input);
        arrange?.Invoke(io);
        var exitCode = await HeliosCommand.RunAsync(args, io);
        return new CliResult(exitCode, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    internal static async Task<CliResult> SucceedAsync(params string[] args)
    {
        var result = await RunAsync(args);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', args)}: exit {result.ExitCode}: {result.Error}");
        return result;
    }

    private static string FindTrips()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Helios.Pipeline.sln")))
            directory = directory.Parent;
        return Path.Combine(directory!.FullName, "samples", "data", "trips.csv");
    }
}

/// <summary>What a run answered.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Error)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
