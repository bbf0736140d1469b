using System.Diagnostics;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>When checkpoints run and how much log they leave.</summary>
/// <param name="LogBytes">Log written since the last checkpoint that starts one.</param>
/// <param name="LogRetention">Log kept for the change feed.</param>
internal sealed record CheckpointOptions(long LogBytes, long LogRetention)
{
    /// <summary>Commits since the last checkpoint that start one too: the log syncs by itself once as many as an open skips are unsynced, and at a level that syncs at checkpoints only it must not come to that.</summary>
    public required long Commits { get; init; }

    /// <summary>Time since the last checkpoint that starts one where there was a commit; zero where time does not matter.</summary>
    public TimeSpan Interval { get; init; }
}

/// <summary>
/// Makes the store persistent and lets log go: asks the write path for a flush, waits until RocksDB has it, then deletes
/// segments wholly below the flushed LSN, below every subscriber, and outside the retention.
/// </summary>
/// <remarks>Waits for no budget: what it holds up is the log, which grows meanwhile.</remarks>
internal sealed class CheckpointStage(RecoveredPath engine, CheckpointOptions options, TimeProvider time, ILogger logger)
    : BackgroundStage("checkpoints", s_look, time, logger, metrics: engine.Parts.Options.Metrics)
{
    /// <summary>A reader of the log holds back this many times the retention …</summary>
    private const int LagRetentions = 4;

    /// <summary>… and at least this much; further behind it finds its place gone and is told the oldest LSN there is.</summary>
    private const long LeastLagBytes = 256 << 20;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    private readonly ILogger _logger = logger;
    private long _bytesAtLast;
    private Lsn _nextAtLast = engine.Parts.Log.Next;
    private long _timeAtLast = time.GetTimestamp();

    /// <summary>What a reader of the log holds back at least, where the retention is small; a test has it smaller.</summary>
    internal long MinLagBytes { get; init; } = LeastLagBytes;

    /// <summary>Checkpoints that have finished.</summary>
    public int Finished { get; private set; }

    /// <summary>Deletes segments that nobody needs.</summary>
    public void Trim()
    {
        var flushed = engine.Parts.Store.FlushedLsn();
        var kept = OldestToKeep(options.LogRetention);
        var read = engine.Subscribers.Oldest(OldestToKeep(Math.Max(LagRetentions * options.LogRetention, MinLagBytes)));
        engine.Parts.Log.TrimBelow(new[] { flushed.Next, kept, read }.Min());
    }

    /// <summary>A failure that is none of the write path's, such as old log that cannot be deleted, is tried again after as much log as before: what it flushes is little until then.</summary>
    protected override bool Look()
    {
        // A reader that stands still must not keep what a flush would free.
        engine.Parts.Store.ReleaseIdleCursors();
        if (engine.Path.Fault is not null)
            return false;
        if (IsDue)
            return true;
        TellFlushed();
        return false;
    }

    /// <summary>Runs one; ends when the store has it and the log is trimmed.</summary>
    /// <exception cref="HeliosException">Unavailable: the write path has failed or stopped; what was acknowledged holds.</exception>
    protected override async Task RunAsync(bool isForced, CancellationToken cancellationToken)
    {
        var activity = PipelineActivities.Begin(PipelineActivities.Checkpoint);
        var last = (_bytesAtLast, _nextAtLast, _timeAtLast);
        try
        {
            var flushed = await FlushAsync(activity, cancellationToken).ConfigureAwait(false);
            Trim();
            Finished++;
            CheckpointLog.CheckpointEnded(_logger, flushed.Value);
            activity?.SetTag("flushed", (long)flushed.Value);
            PipelineActivities.End(activity, "flushed");
        }
        catch (Exception error)
        {
            if (error is OperationCanceledException)
                (_bytesAtLast, _nextAtLast, _timeAtLast) = last; // given up, it is as due as before
            PipelineActivities.Fail(activity, error);
            throw;
        }
    }

    protected override void LogFailure(ILogger logger, Exception error)
    {
        if (engine.Path.Fault is null)
            CheckpointLog.Failed(logger, error);
        else
            CheckpointLog.Stopped(logger, error); // the path has recorded its own fault; until it resumes there is nothing to checkpoint
    }

    /// <summary>Flushes everything that is visible; returns what the store has then.</summary>
    private async Task<Lsn> FlushAsync(Activity? activity, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var target = engine.Parts.Visible.Value;
        activity?.SetTag("target", (long)target.Value);
        CheckpointLog.CheckpointBegan(_logger, target.Value);
        _bytesAtLast = engine.Parts.Log.Bytes;
        _nextAtLast = engine.Parts.Log.Next;
        _timeAtLast = Time.GetTimestamp();
        await engine.Path.BeginFlushAsync().ConfigureAwait(false);
        await FlushWait.UntilAsync(engine.Path, engine.Parts, target, cancellationToken).ConfigureAwait(false);
        TellFlushed();
        return engine.Parts.Store.FlushedLsn();
    }

    /// <summary>Without a log, Durable is what the store has flushed; Commit tells it with its next run, and there may be none.</summary>
    private void TellFlushed()
    {
        if (!engine.Parts.Log.IsPersistent)
            engine.Parts.Durable.Reach(engine.Parts.Log.Sync());
    }

    /// <summary>The first LSN of the segments that the retention covers, newest backwards.</summary>
    private Lsn OldestToKeep(long retention)
    {
        var segments = engine.Parts.Log.Segments;
        var bytes = 0L;
        for (var i = segments.Count - 1; i >= 0; i--)
        {
            bytes += segments[i].Bytes;
            if (bytes >= retention)
                return segments[i].First;
        }

        return Lsn.Zero;
    }

    private bool IsDue
    {
        get
        {
            var commits = (long)(engine.Parts.Log.Next.Value - _nextAtLast.Value);
            return engine.Parts.Log.Bytes - _bytesAtLast >= options.LogBytes || commits >= options.Commits
                || (options.Interval > TimeSpan.Zero && commits > 0 && Time.GetElapsedTime(_timeAtLast) >= options.Interval);
        }
    }
}
