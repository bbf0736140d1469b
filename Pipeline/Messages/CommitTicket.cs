using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Tasks.Sources;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>The promise of one answer. Pooled: reading the answer gives it back, and the version in each task keeps a late reader from another commit's answer.</summary>
/// <remarks>Only the write path completes it. Continuations run on the pool, never inside a stage.</remarks>
internal sealed class CommitTicket : IValueTaskSource<CommitReceipt>
{
    private const int MaxPooled = 4096;
    private static readonly ConcurrentQueue<CommitTicket> s_pool = new();
    private static int s_pooled;

    private ManualResetValueTaskSourceCore<CommitReceipt> _core = new() { RunContinuationsAsynchronously = true };
    private Activity? _activity;

    private CommitTicket()
    {
    }

    /// <summary>What the caller awaits, once.</summary>
    public ValueTask<CommitReceipt> Task => new(this, _core.Version);

    public static CommitTicket Rent()
    {
        if (!s_pool.TryDequeue(out var ticket))
            return new CommitTicket();
        Interlocked.Decrement(ref s_pooled);
        return ticket;
    }

    /// <summary>The commit has been submitted: an activity lasts from here to the answer, where somebody listens.</summary>
    public void Trace(Durability durability) =>
        _activity = PipelineActivities.Begin(PipelineActivities.Commit)?.SetTag("durability", durability.ToString());

    public void Answer(CommitReceipt receipt)
    {
        if (_activity is not null)
            EndActivity(receipt);
        _core.SetResult(receipt);
    }

    public void Fail(Exception error)
    {
        PipelineActivities.Fail(Interlocked.Exchange(ref _activity, null), error);
        _core.SetException(error);
    }

    public CommitReceipt GetResult(short token)
    {
        // A wrong token throws here and must not give the ticket back: it belongs to another commit by now.
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending)
            throw new InvalidOperationException("The commit has no answer yet.");
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            if (Interlocked.Increment(ref s_pooled) <= MaxPooled)
                s_pool.Enqueue(this);
            else
                Interlocked.Decrement(ref s_pooled);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>Ends it before the answer is given: a caller that has its answer finds the activity complete.</summary>
    private void EndActivity(CommitReceipt receipt)
    {
        var activity = _activity!.SetTag("rows", receipt.Rows);
        _activity = null;
        if (receipt.Rejected.Count > 0)
            activity.SetTag("rejected", receipt.Rejected.Count);
        if (receipt.Lsn > Lsn.Zero)
            activity.SetTag("lsn", (long)receipt.Lsn.Value);
        PipelineActivities.End(activity, receipt.Lsn > Lsn.Zero ? "stored" : "queued");
    }
}
