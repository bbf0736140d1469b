using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// <c>helios ingest</c> meets a fault: it ends with the published code and words, what it acknowledged is there, also after a power
/// loss that takes all it may, and the same command without the fault ends with every record once.
/// </summary>
/// <param name="layers">What the run finds where it is to meet the fault in a compaction.</param>
internal sealed class ProcessFaultRun(PowerTools tools, ScratchFolder scratch, ProcessFault fault, string name, int seed, PreparedDirectory? layers = null) : IFaultRun
{
    private const int Records = 6_000;
    private const int CommitRows = 50;
    private const int KillAtWrite = 10;

    private readonly IngestCase _case = new(scratch, name, seed, Records);

    public string? Outcome { get; private set; }

    public async Task<string?> FindFaultAsync()
    {
        List<string> journals = [];
        if (fault.Moment == ProcessMoment.AfterKill)
        {
            var killed = await RunAsync(journals, $"write:KILL:path=*.wal:from={KillAtWrite}");
            if (killed.ExitCode != 137)
                return $"it was not killed: exit code {killed.ExitCode}\n{killed.Errors}";
        }

        if (layers is not null)
        {
            ScratchFolder.Copy(layers.Path, _case.Database);
            journals.Add(layers.Journal);
        }

        ProcessResult run;
        try
        {
            run = await RunAsync(journals, fault.Rule);
        }
        catch (TimeoutException error)
        {
            Outcome = "hangs";
            return error.Message;
        }

        if (!PowerTools.WasInjected(Statistics(journals.Count)))
            return run.ExitCode == 0 ? null : $"without a fault: exit code {run.ExitCode}\n{run.Errors}";
        var last = run.Errors.Split('\n').LastOrDefault(line => line.StartsWith("helios: ", StringComparison.Ordinal));
        Outcome = $"exit {run.ExitCode}{(last is null ? "" : ": " + last)}";
        if (layers is not null && !HasFailedCompaction())
            return $"it was no compaction that met the fault\n{run.Errors}";
        return FaultOfEnd(run, last) ?? await FaultOfContentAsync(journals) ?? await FaultOfNextRunAsync();
    }

    private string? FaultOfEnd(ProcessResult run, string? last)
    {
        if (run.ExitCode is not (0 or 4))
            return $"exit code {run.ExitCode}\n{run.Errors}";
        if (run.ExitCode == 0)
            return _case.Acknowledged() == Records ? null : $"exit code 0 after {_case.Acknowledged()} of {Records} records\n{run.Errors}";
        if (last is null || !(last.Contains("was acknowledged holds", StringComparison.Ordinal) || last.Contains("othing was changed", StringComparison.Ordinal)))
            return $"it does not say what is still true\n{run.Errors}";
        return last.Contains("run the same command again", StringComparison.Ordinal) ? null : $"it does not say what to do\n{run.Errors}";
    }

    private async Task<string?> FaultOfContentAsync(List<string> journals)
    {
        if (await _case.FindFaultAsync() is { } fault)
            return fault;

        var both = scratch[$"{name}.pls"];
        Journal.Join([.. journals], both);
        var state = scratch[$"{name}-state"];
        using var replayer = tools.Replayer(both);
        var command = await replayer.MakeAsync(new PowerMoment(new JournalIndex(both).Last, LossMode.Synced, NameRule.Strict, 1), state);
        var lost = await StoredContent.FindFaultAsync(state, IngestCase.Table, _case.Input, _case.Acknowledged());
        lost ??= await FaultOfLayersAsync(state);
        return lost is null ? null : $"after a power loss: {lost}\n{command}";
    }

    /// <summary>By what RocksDB tells of itself.</summary>
    private bool HasFailedCompaction() =>
        Directory.GetFiles(Path.Combine(_case.Database, "store"), "LOG*").SelectMany(File.ReadLines).Any(static line => line.Contains("Compaction error", StringComparison.Ordinal));

    /// <summary>What was there before the run is there.</summary>
    private async Task<string?> FaultOfLayersAsync(string database)
    {
        if (layers is null)
            return null;
        await using var engine = await HeliosEngine.OpenAsync(database, WriterHost.Options());
        try
        {
            var found = await ContentCheck.ReadAsync(engine, layers.Workload);
            return found.Commits == PreparingHost.Commits ? null : $"{PreparingHost.Commits} commits were there before, {found.Commits} are";
        }
        catch (InvariantException violation)
        {
            return violation.Message;
        }
    }

    private async Task<string?> FaultOfNextRunAsync()
    {
        var again = await ChildProcess.RunAsync(ChildProcess.Dotnet, _case.Arguments(CommitRows));
        if (again.ExitCode != 0)
            return $"the same command, run again: exit code {again.ExitCode}\n{again.Errors}";
        if (_case.Acknowledged() != Records)
            return $"the same command, run again, ends after {_case.Acknowledged()} of {Records} records";
        return await _case.FindFaultAsync() ?? await FaultOfLayersAsync(_case.Database);
    }

    private Task<ProcessResult> RunAsync(List<string> journals, string rule)
    {
        journals.Add(scratch[$"{name}-{journals.Count + 1}.pls"]);
        return tools.RunAsync(_case.Database, journals[^1], ChildProcess.Dotnet, _case.Arguments(CommitRows), rule, Statistics(journals.Count));
    }

    private string Statistics(int run) => scratch[$"{name}-{run}.stats"];
}
