using System.Diagnostics;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Appends every waiting group, a frame each, and syncs once for the run: that is the group commit.</summary>
/// <remarks>Owns the tail of the log. Runs on a thread of its own, since a sync blocks. Knows when a sync is due; nobody else decides that but Commit before a flush.</remarks>
internal sealed class LogStage(
    ILog log, SyncPolicy policy, Watermark durable, Mailbox<CommitGroup> logged, Mailbox<SegmentWanted> segments,
    FailedSuffix suffix, EngineFault fault, PipelineMetrics metrics) : IStage<CommitGroup>
{
    /// <summary>Its place on the path: a failure here refuses what is at or before it; what it has handed on goes on.</summary>
    public const int Position = 2;

    public async ValueTask HandleAsync(ReadOnlyMemory<CommitGroup> run)
    {
        var good = Append(run.Span);
        for (var i = 0; i < good; i++)
        {
            var group = run.Span[i];
            if (group.IsTick)
                continue;
            foreach (ref var answer in group.Answers)
            {
                if (answer.Durability != Durability.Logged)
                    continue;
                answer.Give();
                answer = answer with { Ticket = null };
            }

            await logged.SendAsync(group).ConfigureAwait(false);
        }
    }

    public void Refuse(CommitGroup group, Exception error)
    {
        if (!group.IsTick)
            suffix.Add(group, error);
    }

    /// <summary>A clean stop leaves nothing unsynced, at any level.</summary>
    public ValueTask StopAsync(Exception? error)
    {
        try
        {
            if (error is null)
                Sync();
        }
        finally
        {
            logged.Complete();
            segments.Complete();
        }

        return default;
    }

    /// <summary>Appends and syncs the run; returns how many groups of it are in the log as the level promises. The others have been refused.</summary>
    private int Append(ReadOnlySpan<CommitGroup> run)
    {
        var appended = 0;
        HeliosException? failed = null;
        try
        {
            for (; appended < run.Length; appended++)
                Append(run[appended]);
        }
        catch (HeliosException error)
        {
            failed = error; // what stands before it in the run is whole, and goes on below
        }

        try
        {
            if (policy.IsDue || WantsSync(run[..appended]))
                Sync();
        }
        catch (HeliosException error)
        {
            failed = error;
            appended = 0; // nothing of the run is known to be in the log
        }

        if (failed is not null)
        {
            fault.Record(failed, Position);
            foreach (var group in run[appended..])
                Refuse(group, failed);
        }

        return appended;
    }

    private void Append(CommitGroup group)
    {
        if (group.Commits == 0)
            return;
        log.Append(group.Frame.Written, group.First, group.Commits, group.Time);
        policy.Appended(group.Commits);
        metrics.LogWritten(group.Frame.Length);
        if (log.NeedsSpare)
            segments.TrySend(default);
    }

    private static bool WantsSync(ReadOnlySpan<CommitGroup> run)
    {
        foreach (var group in run)
        {
            if (group.FlushRequest is not null)
                return true;
        }

        return false;
    }

    private void Sync()
    {
        var started = Stopwatch.GetTimestamp();
        var to = log.Sync();
        policy.Synced();
        metrics.LogSynced(Stopwatch.GetElapsedTime(started));
        if (to > durable.Value)
            durable.Advance(to);
    }
}
