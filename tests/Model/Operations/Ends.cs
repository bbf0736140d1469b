using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Model.Tests;

/// <summary>Makes everything persistent and lets log go.</summary>
internal sealed record Checkpoint : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        var answer = await Answer.OfAsync(async () =>
        {
            await run.Engine.CheckpointAsync();
            return default;
        });
        if (run.IsFaulted)
        {
            answer.IsRefused(Storage.HeliosErrorKind.Unavailable);
            return;
        }

        Assert.Null(answer.Error);
        await run.Engine.Parts.Durable.WaitAsync(run.Engine.Visible); // its sync may be told a moment after the flush
        run.Model.MakeDurable();
        Assert.True(run.Engine.Parts.Store.FlushedLsn().Value >= run.Model.LastLsn, "a checkpoint has ended and the store does not have everything");
    }
}

/// <summary>Closes, and opens at another level.</summary>
internal sealed record Reopen(SafetyLevel Level) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        await run.CloseAsync();
        await run.ReopenAsync(Level, run.Model.LastLsn);
    }
}

/// <summary>The process is killed: what was written to the log is there.</summary>
internal sealed record Kill(SafetyLevel Level) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        await run.Reads.CloseAsync();
        await run.Database.KillAsync();
        await run.ReopenAsync(Level, run.Model.LastLsn);
    }
}

/// <summary>The machine loses power: what was durable is there, and of the rest a prefix.</summary>
internal sealed record LosePower(SafetyLevel Level, int Kept) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        await run.Reads.CloseAsync();
        await run.Database.LosePowerAsync(new Random(Kept));
        await run.ReopenAsync(Level, run.Model.Durable);
    }
}

/// <summary>The process or the machine ends while a commit waits for its sync.</summary>
internal sealed record EndInFlight(TableRows Rows, SafetyLevel Level, bool IsPower, int Kept) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        if (run.Table(Rows.Table) is not { } table || run.IsFaulted)
            return;
        var request = new ModelRequest([Rows], OnReject.RejectRow);
        var decision = run.Model.Decide(request);
        if (run.Database.Level == SafetyLevel.Full)
        {
            var lsn = run.Engine.Parts.Log.Next.Value;
            using var sync = run.Database.HoldSync();
            var answer = Answer.OfAsync(() => table.InsertAsync(Tests.Rows.Of(table, Rows.Rows), OnReject.RejectRow));
            await sync.Reached;
            Assert.False(answer.IsCompleted, "a commit was answered before its sync");
            run.Model.Unknown.Add(new ModelCommit(lsn, decision.Changes));
            await EndAsync(run, sync);
            await answer;
        }
        else
        {
            await run.CommitAsync(request, () => table.InsertAsync(Tests.Rows.Of(table, Rows.Rows), OnReject.RejectRow));
            await EndAsync(run, null);
        }

        await run.ReopenAsync(Level, IsPower ? run.Model.Durable : run.Model.LastLsn);
    }

    public override IEnumerable<Operation> Smaller() => WithoutOneRow(Rows).Select(rows => this with { Rows = rows });

    private async Task EndAsync(SequenceRun run, HeldSync? sync)
    {
        await run.Reads.CloseAsync();
        if (IsPower)
            await run.Database.LosePowerAsync(new Random(Kept), sync);
        else
            await run.Database.KillAsync(sync);
    }
}
