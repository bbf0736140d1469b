using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Writes the workload; half way the disk is full, until the engine has failed; then there is room, and the engine resumes and goes on, and so do queries that had begun before.</summary>
internal sealed class ResumeHost(string directory, Workload workload)
{
    /// <summary>Commits that must bring about a failure: enough for several flushes.</summary>
    private const int Patience = 2_000;

    private int _acknowledged;
    private Lsn _last; // of the last acknowledged commit

    /// <returns>What is not as promised, or null.</returns>
    public async Task<string?> FindFaultAsync(int commits, string rule)
    {
        await using var engine = await HeliosEngine.OpenAsync(directory, WriterHost.Options());
        var table = await engine.TableAsync(Workload.Table, Workload.Schema);
        await WriteAsync(engine, table, 0, commits / 2);
        await using var reads = await HeldReads.BeginAsync(engine, table);

        FaultSwitch.Set(rule);
        var refused = await FailAsync(engine, table);
        if (refused is null)
            return $"{Patience} commits were taken and none failed";
        Console.WriteLine($"refused: {refused.Code}: {refused.Message}");
        if (await AheadAsync(table) is { } early)
            return $"with the disk full, {early}";
        await reads.StepAsync();

        if (rule.Contains(".sst", StringComparison.Ordinal) && await FaultOfEarlyResumptionAsync(engine) is { } taken)
            return taken;

        FaultSwitch.Set("");
        await engine.ResumeAsync();
        if (engine.State != EngineState.Running)
            return $"it has resumed and is {engine.State}";
        if (await AheadAsync(table) is { } late)
            return $"resumed, {late}";
        var stored = workload.CommitsIn(await table.CountAsync());
        if (stored is null)
            return "resumed, the rows are no whole commits";
        Console.WriteLine($"resumed: {_acknowledged} acknowledged, {stored} stored");
        await engine.CheckpointAsync();
        if (await FaultOfFirstCommitAsync(table, stored.Value) is { } unfit)
            return unfit;
        await WriteAsync(engine, table, stored.Value + 1, stored.Value + commits / 2);
        await engine.CheckpointAsync();
        return await AheadAsync(table) ?? await reads.FindFaultAsync();
    }

    /// <summary>Writes the first commit that is not stored, which mostly is the one that was refused: its keys are free, and its LSN is the next one.</summary>
    private async Task<string?> FaultOfFirstCommitAsync(Table table, int commit)
    {
        // Commits are written one after the other, and each takes one LSN: what is stored beyond the acknowledged ones was logged and could not be answered.
        var expected = new Lsn(_last.Value + (ulong)(commit - _acknowledged) + 1);
        try
        {
            _last = (await table.InsertAsync(workload.Rows(commit))).Lsn;
        }
        catch (HeliosException error) when (error.Code == "duplicate_key")
        {
            return $"resumed, commit {commit}, which is not stored, has left a key behind: {error.Message}";
        }

        _acknowledged = commit + 1;
        return _last == expected ? null : $"resumed, the first commit got LSN {_last} instead of {expected}";
    }

    /// <summary>An attempt while the store's disk is full says so, and takes no room in the log's.</summary>
    private static async Task<string?> FaultOfEarlyResumptionAsync(HeliosEngine engine)
    {
        var segments = engine.Parts.Log.Segments.Count;
        try
        {
            await engine.ResumeAsync();
            return "it resumes with the disk full";
        }
        catch (HeliosException error) when (error.Code is "disk_full" or "store_failed")
        {
            return engine.Parts.Log.Segments.Count == segments ? null : "an attempt to resume that failed has left a segment";
        }
    }

    private async Task<string?> AheadAsync(Table table)
    {
        var stored = workload.CommitsIn(await table.CountAsync());
        return stored >= _acknowledged ? null : $"{_acknowledged} commits were acknowledged, and {stored?.ToString() ?? "no whole number of them"} are there";
    }

    private async Task<HeliosException?> FailAsync(HeliosEngine engine, Table table)
    {
        try
        {
            await WriteAsync(engine, table, _acknowledged, _acknowledged + Patience);
            return null;
        }
        catch (HeliosException error)
        {
            return error;
        }
    }

    private async Task WriteAsync(HeliosEngine engine, Table table, int from, int to)
    {
        using var session = engine.OpenSession();
        for (var commit = from; commit < to; commit++)
        {
            foreach (var row in workload.Rows(commit))
                session.Insert(table, row);
            _last = (await session.CommitAsync()).Lsn;
            _acknowledged = commit + 1;
        }
    }
}
