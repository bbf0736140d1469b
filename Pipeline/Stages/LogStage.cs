using System.Diagnostics;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Appends every waiting group, a frame each, and syncs once for the run: that is the group commit.</summary>
/// <remarks>
/// Owns the tail of the log. Runs on a thread of its own, since a sync blocks. Knows when a sync is due; nobody else decides
/// that but Commit before a flush. Groups are handed on before the sync: Commit fills RocksDB's memory meanwhile, and Track
/// publishes and answers nothing that is not yet as safe as the level promises.
/// </remarks>
internal sealed class LogStage(
    ILog log, SyncPolicy policy, Watermark durable, Mailbox<CommitGroup> logged, Mailbox<SegmentWanted> segments,
    FailedSuffix suffix, EngineFault fault, PipelineMetrics metrics) : IStage<CommitGroup>
{
    /// <summary>Its place on the path: a failure here refuses what is at or before it; what it has handed on goes on.</summary>
    public const int Position = 2;

    private readonly List<CommitAnswer> _awaitLogged = [];

    public TimeSpan Waited => logged.Waited;

    public async ValueTask HandleAsync(ReadOnlyMemory<CommitGroup> run)
    {
        var good = Append(run.Span, out var failure);
        if (failure is { Code: "durability_lost" })
            durable.Abandon(EngineFault.RefusalFor(failure)); // the sync of a full segment failed
        var wanted = LevelWanted(run.Span[..good]);
        var due = policy.IsDue || wanted is not null || WantsSync(run.Span[..good]);
        var answersAwaitSync = policy.Level == SafetyLevel.Full || wanted == SafetyLevel.Full;
        for (var i = 0; i < good; i++)
        {
            var group = run.Span[i];
            if (group.IsForLog)
                continue;
            TakeLoggedAnswers(group);
            if (answersAwaitSync)
                group.DurableAt = group.Commits > 0 ? group.Last : log.Head; // a refusal rests on what is ahead of it
            await logged.SendAsync(group).ConfigureAwait(false);
        }

        if (due)
            failure = Sync() ?? failure;
        if (wanted is { } level)
            UseLevel(level, run.Span[..good], failure);
        AnswerLogged(failure);
        for (var i = good; i < run.Length; i++)
            Refuse(run.Span[i], failure!);
    }

    public void Refuse(CommitGroup group, Exception error)
    {
        group.LevelRequest?.TrySetException(EngineFault.RefusalFor(error));
        if (!group.IsForLog)
            suffix.Add(group, error);
    }

    /// <summary>A clean stop leaves nothing unsynced, at any level.</summary>
    public ValueTask StopAsync(Exception? error)
    {
        if (error is null)
            Sync();
        logged.Complete();
        segments.Complete();
        return default;
    }

    /// <summary>Appends the run; returns how many groups of it are in the log. The others are to be refused.</summary>
    private int Append(ReadOnlySpan<CommitGroup> run, out HeliosException? failure)
    {
        failure = null;
        for (var i = 0; i < run.Length; i++)
        {
            try
            {
                Append(run[i]);
            }
            catch (HeliosException error)
            {
                failure = error;
                fault.Record(error, Position);
                return i; // what stands before it in the run is whole, and goes on
            }
        }

        return run.Length;
    }

    private void Append(CommitGroup group)
    {
        if (group.IsTick)
            policy.Woken();
        if (group.Commits == 0)
            return;
        log.Append(group.Frame.Written, group.First, group.Commits, group.Time);
        policy.Appended(group.Commits);
        if (log.IsPersistent)
            metrics.LogWritten(group.Frame.Length);
        if (log.NeedsSpare)
            segments.TrySend(default);
    }

    /// <summary>The level that the run asks for last, or null. The run is handled by the stricter of the two.</summary>
    private static SafetyLevel? LevelWanted(ReadOnlySpan<CommitGroup> run)
    {
        SafetyLevel? wanted = null;
        foreach (var group in run)
        {
            if (group.LevelRequest is not null)
                wanted = group.Level;
        }

        return wanted;
    }

    /// <summary>Everything before is durable: from here on the new level holds. After a failure no level does.</summary>
    private void UseLevel(SafetyLevel level, ReadOnlySpan<CommitGroup> run, HeliosException? failure)
    {
        if (failure is null)
        {
            policy.Use(level);
            log.FillsSegments = level == SafetyLevel.Full;
        }

        foreach (var group in run)
        {
            if (failure is null)
                group.LevelRequest?.TrySetResult();
            else
                group.LevelRequest?.TrySetException(EngineFault.RefusalFor(failure));
        }
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

    /// <summary>The answers that wait for the log alone are given here; once handed on, the group is Commit's and then Track's.</summary>
    private void TakeLoggedAnswers(CommitGroup group)
    {
        foreach (ref var answer in group.Answers)
        {
            if (answer.Durability != Durability.Logged || answer.Ticket is null)
                continue;
            _awaitLogged.Add(answer);
            answer = answer with { Ticket = null };
        }
    }

    private void AnswerLogged(HeliosException? failure)
    {
        foreach (var answer in _awaitLogged)
        {
            // After a failed append what came before it is in the log; after a failed sync nothing is known.
            if (failure is not null && durable.IsAbandoned)
                answer.Ticket!.Fail(EngineFault.RefusalFor(failure));
            else
                answer.Give();
        }

        _awaitLogged.Clear();
    }

    /// <summary>Syncs; a failure ends the path: whoever waits for Durable is told.</summary>
    private HeliosException? Sync()
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            var to = log.Sync();
            policy.Synced();
            if (log.IsPersistent)
                metrics.LogSynced(Stopwatch.GetElapsedTime(started));
            durable.Reach(to);
            return null;
        }
        catch (HeliosException error)
        {
            fault.Record(error, Position);
            durable.Abandon(EngineFault.RefusalFor(error));
            return error;
        }
    }
}
