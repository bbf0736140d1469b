using System.Globalization;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>The recorder and the replayer, built from native/ beside the tests.</summary>
internal sealed class PowerTools
{
    private static readonly string s_source = Path.Combine(AppContext.BaseDirectory, "PowerLoss", "native");
    private static readonly Lazy<Task<PowerTools>> s_built = new(CompileAsync);

    private readonly string _shim = Path.Combine(s_source, "libplshim.so");
    private readonly string _replay = Path.Combine(s_source, "plreplay");

    private PowerTools()
    {
    }

    /// <summary>Compiles both, once for a run of tests.</summary>
    public static Task<PowerTools> BuildAsync() => s_built.Value;

    /// <summary>Runs this assembly's writer on a directory under the recorder.</summary>
    public Task<ProcessResult> RecordAsync(string directory, string journal, Workload workload, int commits, PlantedBug bug, int dieAt = -1, string fault = "")
    {
        string[] arguments = ["write", directory, workload.LevelName, Text(workload.Seed), Text(commits), bug.ToString(), Text(dieAt)];
        return RecordAsync(directory, journal, arguments, fault);
    }

    /// <summary>Runs this assembly as a program under the recorder.</summary>
    public Task<ProcessResult> RecordAsync(string directory, string journal, string[] arguments, string fault = "")
    {
        Directory.CreateDirectory(directory);
        var environment = Environment(directory, journal);
        if (fault.Length > 0)
            environment["PLS_FAULT"] = fault;
        return ChildProcess.RunAsync(ChildProcess.Dotnet, [typeof(HostProgram).Assembly.Location, .. arguments], environment);
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

    /// <summary>A replayer of a journal that is whole; dispose it.</summary>
    public Replayer Replayer(string journal) => new(_replay, journal);

    private static async Task<PowerTools> CompileAsync()
    {
        var tools = new PowerTools();
        await CompileAsync("plshim.c", tools._shim, "-fPIC", "-shared", "-ldl", "-lpthread");
        await CompileAsync("plreplay.c", tools._replay);
        return tools;
    }

    private static async Task CompileAsync(string source, string into, params string[] options)
    {
        var made = $"{into}.{System.Environment.ProcessId}"; // another run of tests may be using the one that is there
        (await ChildProcess.RunAsync("gcc", ["-O2", "-w", "-o", made, Path.Combine(s_source, source), .. options])).MustSucceed();
        File.Move(made, into, overwrite: true);
    }

    private Dictionary<string, string> Environment(string directory, string journal) => new()
    {
        ["LD_PRELOAD"] = _shim,
        ["PLS_ROOT"] = directory,
        ["PLS_LOG"] = journal,
        ["PLS_NOSYNC"] = "1", // the journal is what proves durability: no need to wait for the disk
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
