namespace Helios.Pipeline.Model.Tests;

/// <summary>Looks for a primary key.</summary>
internal sealed record Find(int Table, ModelRow Key) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        var schema = ModelSchema.Tables[Table];
        if (run.Table(Table) is not { } table || !schema.HasPrimaryKey || schema.Keys[0].Of(Key) is null)
            return;
        var found = await table.FindAsync(schema.Keys[0].Values(Key));
        var due = run.Model.Find(Table, Key) is { } id ? run.Model.Head[Table]!.Rows[id] : default(ModelRow?);
        Assert.Equal(due, found is null ? null : Rows.Read(found));
    }
}

/// <summary>Begins a scan that stays open.</summary>
internal sealed record OpenScan(int Table) : Operation
{
    public override Task RunAsync(SequenceRun run) => run.Table(Table) is { } table ? run.Reads.OpenScanAsync(run, table, Table) : Task.CompletedTask;
}

/// <summary>Reads on in an open scan.</summary>
internal sealed record ReadScan(int Which, int Count) : Operation
{
    public override Task RunAsync(SequenceRun run) => run.Reads.ReadScanAsync(Which, Count);
}

/// <summary>Begins a feed some commits back, 0 for all of the log, and reads what there is; it stays open.</summary>
internal sealed record OpenFeed(int Back) : Operation
{
    public override Task RunAsync(SequenceRun run)
    {
        var commits = run.Model.Commits;
        return run.Reads.OpenFeedAsync(run, Back == 0 || commits.Count == 0 ? 0 : commits[Math.Max(0, commits.Count - Back)].Lsn);
    }
}

/// <summary>Reads on in an open feed.</summary>
internal sealed record ReadFeed(int Which) : Operation
{
    public override Task RunAsync(SequenceRun run) => run.Reads.ReadFeedAsync(Which);
}
