using System.Globalization;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>The recorder and the replayer, built from native/ into a folder of the test.</summary>
internal sealed class PowerTools
{
    private readonly string _shim;
    private readonly string _replay;

    private PowerTools(string folder)
    {
        _shim = Path.Combine(folder, "libplshim.so");
        _replay = Path.Combine(folder, "plreplay");
    }

    public static async Task<PowerTools> BuildAsync(string folder)
    {
        var source = Path.Combine(AppContext.BaseDirectory, "PowerLoss", "native");
        var tools = new PowerTools(folder);
        (await ChildProcess.RunAsync("gcc", ["-O2", "-w", "-fPIC", "-shared", "-o", tools._shim, Path.Combine(source, "plshim.c"), "-ldl", "-lpthread"])).MustSucceed();
        (await ChildProcess.RunAsync("gcc", ["-O2", "-w", "-o", tools._replay, Path.Combine(source, "plreplay.c")])).MustSucceed();
        return tools;
    }

    /// <summary>Runs this assembly's writer on a directory under the recorder.</summary>
    public Task<ProcessResult> RecordAsync(string directory, string journal, Workload workload, int commits, PlantedBug bug, int dieAt = -1)
    {
        Directory.CreateDirectory(directory);
        string[] arguments = [typeof(HostProgram).Assembly.Location, "write", directory, workload.Level.ToString(), Text(workload.Seed), Text(commits), bug.ToString(), Text(dieAt)];
        return ChildProcess.RunAsync(ChildProcess.Dotnet, arguments, Environment(directory, journal));
    }

    /// <summary>Runs this assembly's <see cref="ResumeHost"/> on a directory under the recorder.</summary>
    public Task<ProcessResult> ResumeAsync(string directory, string journal, int seed, int commits, string rule)
    {
        Directory.CreateDirectory(directory);
        return ChildProcess.RunAsync(ChildProcess.Dotnet, [typeof(HostProgram).Assembly.Location, "resume", directory, Text(seed), Text(commits), rule], Environment(directory, journal));
    }

    /// <summary>Runs a program under the recorder, with one rule of faults for the files below a directory.</summary>
    /// <param name="statistics">Gets the recorder's counts when the program ends by itself; see <see cref="WasInjected"/>.</param>
    public Task<ProcessResult> RunAsync(string directory, string journal, string program, IEnumerable<string> arguments, string fault, string statistics)
    {
        Directory.CreateDirectory(directory);
        var environment = Environment(directory, journal);
        environment["PLS_FAULT"] = fault;
        environment["PLS_STATS"] = statistics;
        return ChildProcess.RunAsync(program, arguments, environment);
    }

    /// <summary>Did a fault happen in the run that left these counts?</summary>
    public static bool WasInjected(string statistics) =>
        File.ReadLines(statistics).Any(line => line.StartsWith("injected ", StringComparison.Ordinal) && line != "injected 0");

    public async Task<long> LastMomentAsync(string journal)
    {
        var statistics = (await ChildProcess.RunAsync(_replay, [journal, "--stat"])).MustSucceed().Output;
        var last = statistics.Split('\n').Single(line => line.StartsWith("last_seq ", StringComparison.Ordinal));
        return long.Parse(last.AsSpan(9), CultureInfo.InvariantCulture);
    }

    /// <summary>The highest value that had been marked at a moment, see <see cref="PowerMark"/>; 0 where none had.</summary>
    public async Task<long> MarkedAsync(string journal, long moment, string tag) =>
        long.Parse((await ChildProcess.RunAsync(_replay, [journal, "--marked", Text(moment), "--tag", tag])).MustSucceed().Output, CultureInfo.InvariantCulture);

    /// <summary>Makes the directory that a power loss at a moment could leave; returns the command that makes it again.</summary>
    public async Task<string> ReplayAsync(string journal, long moment, string mode, int seed, string into) =>
        (await ChildProcess.RunAsync(_replay, [journal, "--at", Text(moment), "--mode", mode, "--meta", "strict", "--seed", Text(seed), "--out", into])).MustSucceed().CommandLine;

    private Dictionary<string, string> Environment(string directory, string journal) => new()
    {
        ["LD_PRELOAD"] = _shim,
        ["PLS_ROOT"] = directory,
        ["PLS_LOG"] = journal,
        ["PLS_NOSYNC"] = "1", // the journal is what proves durability: no need to wait for the disk
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
