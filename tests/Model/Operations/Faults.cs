using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Model.Tests;

/// <summary>The disk is full in the middle of an append: the commit is refused and in no log, the engine writes no more.</summary>
internal sealed record FillDisk(TableRows Rows, int Written) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        if (run.Table(Rows.Table) is not { } table || run.IsFaulted)
            return;
        run.Database.Files.Fail(Testing.FileCall.Write, StorageErrors.NoSpace, forEver: true, path: ".wal", written: Written);
        var answer = await Answer.OfAsync(() => table.InsertAsync(Tests.Rows.Of(table, Rows.Rows), OnReject.RejectRow));
        answer.IsRefused(HeliosErrorKind.Unavailable, "disk_full");
        await run.FaultedAsync();
    }

    public override IEnumerable<Operation> Smaller() => WithoutOneRow(Rows).Select(rows => this with { Rows = rows });
}

/// <summary>There is room again: an engine that a full disk ended goes on with everything that was logged; one that a failed sync ended does not.</summary>
internal sealed record Resume : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        var answer = await Answer.OfAsync(async () =>
        {
            await run.Engine.ResumeAsync();
            return default;
        });
        if (run.IsFaulted && run.Engine.WritePath.Fault is HeliosException { Code: "durability_lost" })
            answer.IsRefused(HeliosErrorKind.Unavailable, "durability_lost");
        else if (run.IsFaulted)
            await run.ResumedAsync();
        Assert.Equal(run.IsFaulted ? EngineState.Faulted : EngineState.Running, run.Engine.State);
    }
}

/// <summary>A sync fails: nobody is answered from then on, and what becomes of the commit is known after the next open only.</summary>
internal sealed record FailSync(TableRows Rows) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        if (run.Table(Rows.Table) is not { } table || run.IsFaulted)
            return;
        var request = new ModelRequest([Rows], OnReject.RejectRow);
        if (run.Database.Level != SafetyLevel.Full)
        {
            await run.CommitAsync(request, () => table.InsertAsync(Tests.Rows.Of(table, Rows.Rows), OnReject.RejectRow));
            await FailCheckpointAsync(run);
            return;
        }

        run.Model.Unknown.Add(new ModelCommit(run.Engine.Parts.Log.Next.Value, run.Model.Decide(request).Changes));
        run.Database.FailSyncs();
        var answer = await Answer.OfAsync(() => table.InsertAsync(Tests.Rows.Of(table, Rows.Rows), OnReject.RejectRow));
        answer.IsRefused(HeliosErrorKind.Unavailable, "durability_lost");
        await run.FaultedAsync();
    }

    public override IEnumerable<Operation> Smaller() => WithoutOneRow(Rows).Select(rows => this with { Rows = rows });

    private static async Task FailCheckpointAsync(SequenceRun run)
    {
        if (run.Engine.Durable == run.Engine.Visible)
            return; // there is nothing to sync
        run.Database.FailSyncs();
        (await Answer.OfAsync(async () =>
        {
            await run.Engine.CheckpointAsync();
            return default;
        })).IsRefused(HeliosErrorKind.Unavailable, "durability_lost");
        await run.FaultedAsync();
    }
}

/// <summary>The wall clock is set: neither order nor commit times go back.</summary>
internal sealed record JumpClock(int Minutes) : Operation
{
    public override Task RunAsync(SequenceRun run)
    {
        run.Database.Time.Jump(TimeSpan.FromMinutes(Minutes));
        return Task.CompletedTask;
    }
}

/// <summary>Time passes: syncs that are due by it are made.</summary>
internal sealed record PassTime(int Milliseconds) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        run.Database.Time.Advance(TimeSpan.FromMilliseconds(Milliseconds));
        var isDue = run.Database.Level switch
        {
            SafetyLevel.Batched => Milliseconds >= 100,
            SafetyLevel.Async => Milliseconds >= 1000,
            _ => false,
        };
        if (!isDue || run.IsFaulted)
            return;
        await run.Engine.Parts.Durable.WaitAsync(run.Engine.Visible);
        run.Model.MakeDurable();
    }
}

/// <summary>A commit whose caller has given up before it was ordered: nothing of it is there.</summary>
internal sealed record CancelBefore(TableRows Rows) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        if (run.Table(Rows.Table) is not { } table)
            return;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await table.InsertAsync(Tests.Rows.Of(table, Rows.Rows), cancellationToken: new CancellationToken(canceled: true)));
    }
}

/// <summary>A commit whose caller gives up while it waits for its sync: it is written all the same.</summary>
internal sealed record CancelInFlight(TableRows Rows) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        if (run.Table(Rows.Table) is not { } table || run.IsFaulted || run.Database.Level != SafetyLevel.Full)
            return;
        var decision = run.Model.Decide(new ModelRequest([Rows], OnReject.RejectRow));
        var lsn = run.Engine.Parts.Log.Next;
        using var cancel = new CancellationTokenSource();
        using (var sync = run.Database.HoldSync())
        {
            var answer = table.InsertAsync(Tests.Rows.Of(table, Rows.Rows), OnReject.RejectRow, cancel.Token).AsTask();
            await sync.Reached;
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        }

        await run.Engine.Parts.Visible.WaitAsync(lsn);
        run.Acknowledged(lsn.Value, decision.Changes);
    }

    public override IEnumerable<Operation> Smaller() => WithoutOneRow(Rows).Select(rows => this with { Rows = rows });
}
