using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Compares a database with the workload that wrote it.</summary>
internal static class DatabaseCheck
{
    /// <summary>
    /// Null where everything holds: the rows are those of the first commits, whole, in order, once; at least the acknowledged ones;
    /// counters and keys fit the rows; a second open finds the same; the next commits are taken and stay.
    /// </summary>
    public static async Task<string?> FindFaultAsync(string directory, Workload workload, int acknowledged)
    {
        try
        {
            int stored;
            await using (var engine = await HeliosEngine.OpenAsync(directory, WriterHost.Options()))
            {
                if (await CompareAsync(engine, workload) is not { } commits)
                    return "the rows are no whole commits in order";
                if (commits < acknowledged)
                    return $"{acknowledged} commits were acknowledged, {commits} are there";
                stored = commits;
            }

            await using (var engine = await HeliosEngine.OpenAsync(directory, WriterHost.Options()))
            {
                if (await CompareAsync(engine, workload) != stored)
                    return "a second open found something else";
                if (await WriteMoreAsync(engine, workload, stored) is { } fault)
                    return fault;
            }

            await using (var engine = await HeliosEngine.OpenAsync(directory, WriterHost.Options()))
                return await CompareAsync(engine, workload) == stored + 2 ? null : "commits written after the recovery are not there";
        }
        catch (HeliosException error)
        {
            return $"{error.Code}: {error.Message}";
        }
    }

    /// <summary>The number of commits that are there, or null where the rows do not make whole commits or disagree with counter or key.</summary>
    private static async Task<int?> CompareAsync(HeliosEngine engine, Workload workload)
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

    private static async Task<string?> WriteMoreAsync(HeliosEngine engine, Workload workload, int commit)
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

        await table.InsertAsync(workload.Rows(commit));
        await table.InsertAsync(workload.Rows(commit + 1));
        return null;
    }
}
