using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Compares a database with the workload that wrote it.</summary>
internal sealed class DatabaseCheck(string directory, Workload workload)
{
    /// <summary>LSNs that an open skips after an unclean end; null for what the engine does by itself.</summary>
    public int? LsnSkip { get; init; }

    /// <summary>
    /// Null where everything holds: the rows are those of the first commits, whole, in order, once; at least the promised ones;
    /// counters and keys fit the rows; a second open finds the same; the next commits are taken, stay, and get LSNs that nobody was
    /// told before.
    /// </summary>
    public async Task<string?> FindFaultAsync(int promised, Lsn told)
    {
        try
        {
            int stored;
            await using (var engine = await HeliosEngine.OpenAsync(directory, Options()))
            {
                if (await CompareAsync(engine) is not { } commits)
                    return "the rows are no whole commits in order";
                if (commits < promised)
                    return $"{promised} commits were promised, {commits} are there";
                stored = commits;
            }

            await using (var engine = await HeliosEngine.OpenAsync(directory, Options()))
            {
                if (await CompareAsync(engine) != stored)
                    return "a second open found something else";
                if (await WriteMoreAsync(engine, stored, told) is { } fault)
                    return fault;
            }

            await using (var engine = await HeliosEngine.OpenAsync(directory, Options()))
                return await CompareAsync(engine) == stored + 2 ? null : "commits written after the recovery are not there";
        }
        catch (HeliosException error)
        {
            return $"{error.Code}: {error.Message}";
        }
    }

    private HeliosOptions Options()
    {
        var options = WriterHost.Options();
        return LsnSkip is { } skip ? options with { Log = options.Log with { LsnSkip = skip } } : options;
    }

    /// <summary>The number of commits that are there, or null where the rows do not make whole commits or disagree with counter or key.</summary>
    private async Task<int?> CompareAsync(HeliosEngine engine)
    {
        if (engine.FindTable(Workload.Table) is not { } table)
            return 0;
        var id = 0;
        var commit = 0;
        await foreach (var row in table.ScanAsync())
        {
            if (workload.FirstId(commit + 1) == id)
                commit++;
            if ((long)row["id"]! != id || (long)row["commit"]! != commit || (string)row["text"]! != workload.Text(id))
                return null;
            id++;
        }

        if (await table.CountAsync() != id || workload.CommitsIn(id) is not { } commits)
            return null;
        foreach (var probe in new[] { 0, id / 2, id - 1, id })
        {
            if (probe >= 0 && (await table.FindAsync((long)probe) is not null) != (probe < id))
                return null;
        }

        return commits;
    }

    private async Task<string?> WriteMoreAsync(HeliosEngine engine, int commit, Lsn told)
    {
        var table = await engine.TableAsync(Workload.Table, Workload.Schema);
        if (commit > 0)
        {
            try
            {
                await table.InsertAsync(workload.Duplicate(commit - 1));
                return "a key that is there was taken again";
            }
            catch (HeliosException error) when (error.Code == "duplicate_key")
            {
                // as it should be
            }
        }

        var next = (await table.InsertAsync(workload.Rows(commit))).Lsn;
        await table.InsertAsync(workload.Rows(commit + 1));
        return next > told ? null : $"LSN {next} means a new commit, and was told of another: LSN {told} had been told";
    }
}
