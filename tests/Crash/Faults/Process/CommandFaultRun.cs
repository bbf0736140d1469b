using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// A command meets a fault: it ends with the published code and words; what it worked on is as promised, as it is and after a power loss that takes all it may;
/// and the command without the fault does its work. Derived classes know the command.
/// </summary>
internal abstract class CommandFaultRun(PowerTools tools, ScratchFolder scratch, PreparedDirectory prepared, CommandFault fault, string name) : IFaultRun
{
    /// <summary>How the tool ended, in a few words; null where the fault was not met.</summary>
    public string? Outcome { get; private set; }

    /// <summary>The directory that the command works in; patterns of rules are relative to it.</summary>
    protected string Root { get; } = scratch[$"{name}-root"];

    protected Workload Workload => prepared.Workload;

    /// <summary>What is not as promised, or null.</summary>
    public async Task<string?> FindFaultAsync()
    {
        ScratchFolder.Copy(prepared.Path, Root);
        var (journal, statistics) = (scratch[$"{name}.pls"], scratch[$"{name}.stats"]);
        ProcessResult run;
        try
        {
            run = await tools.RunAsync(Root, journal, ChildProcess.Dotnet, Arguments(Root), fault.Rule, statistics);
        }
        catch (TimeoutException error)
        {
            Outcome = "hangs";
            return error.Message;
        }

        if (!PowerTools.WasInjected(statistics))
            return run.ExitCode == 0 ? null : $"without a fault: exit code {run.ExitCode}\n{run.Errors}";
        var last = run.Errors.Split('\n').LastOrDefault(line => line.StartsWith("helios: ", StringComparison.Ordinal));
        Outcome = $"exit {run.ExitCode}{(last is null ? "" : ": " + last)}";
        return FaultOfEnd(run, last) ?? await FaultAsItIsAsync(run) ?? await FaultAfterPowerLossAsync(run, journal) ?? await CheckedAsync(FaultOfNextRunAsync(Root));
    }

    /// <summary>The tool's arguments, for a directory.</summary>
    protected abstract string[] Arguments(string root);

    /// <summary>What is not as promised in a directory that the command has left; it may be changed.</summary>
    /// <param name="told">Did the command end with 0?</param>
    protected abstract Task<string?> FaultOfStateAsync(string root, bool told);

    /// <summary>Runs the command without the fault.</summary>
    protected abstract Task<string?> FaultOfNextRunAsync(string root);

    protected static Task<ProcessResult> ToolAsync(params string[] arguments) => ChildProcess.RunAsync(ChildProcess.Dotnet, arguments);

    protected static string Tool { get; } = Path.Combine(AppContext.BaseDirectory, "helios.dll");

    /// <summary>A file of this run outside the directory.</summary>
    protected string Beside(string file) => scratch[$"{name}-{file}"];

    /// <summary>A database must be there with so many commits, whole.</summary>
    protected async Task<string?> FaultOfDatabaseAsync(string database, int commits, IKeyProvider? key = null)
    {
        await using var engine = await HeliosEngine.OpenAsync(database, WriterHost.Options() with { CreateIfMissing = false, Encryption = key });
        var found = await ContentCheck.ReadAsync(engine, Workload);
        return found.Commits == commits ? null : $"{commits} commits belong into {database}, {found.Commits} are there";
    }

    private static string? FaultOfEnd(ProcessResult run, string? last)
    {
        if (run.ExitCode == 0)
            return null;
        if (run.ExitCode != 4)
            return $"exit code {run.ExitCode}\n{run.Errors}";
        if (last is null || !(last.Contains("was acknowledged holds", StringComparison.Ordinal) || last.Contains("othing was changed", StringComparison.Ordinal)))
            return $"it does not say what is still true\n{run.Errors}";
        return last.Contains("run the same command again", StringComparison.Ordinal) ? null : $"it does not say what to do\n{run.Errors}";
    }

    /// <summary>Looks at a copy, so that the next run goes on from what this one left.</summary>
    private async Task<string?> FaultAsItIsAsync(ProcessResult run)
    {
        var copy = scratch[$"{name}-copy"];
        ScratchFolder.Copy(Root, copy);
        return await CheckedAsync(FaultOfStateAsync(copy, run.ExitCode == 0));
    }

    private async Task<string?> FaultAfterPowerLossAsync(ProcessResult run, string journal)
    {
        var both = scratch[$"{name}-both.pls"];
        Journal.Join([prepared.Journal, journal], both);
        var state = scratch[$"{name}-state"];
        using var replayer = tools.Replayer(both);
        var command = await replayer.MakeAsync(new PowerMoment(new JournalIndex(both).Last, LossMode.Synced, NameRule.Strict, 1), state);
        var lost = await CheckedAsync(FaultOfStateAsync(state, run.ExitCode == 0));
        return lost is null ? null : $"after a power loss: {lost}\n{command}";
    }

    private static async Task<string?> CheckedAsync(Task<string?> look)
    {
        try
        {
            return await look;
        }
        catch (InvariantException violation)
        {
            return violation.Message;
        }
        catch (HeliosException error)
        {
            return $"{error.Code}: {error.Message}";
        }
    }
}
