using System.Runtime.CompilerServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Follows the log from a place on. Shows nothing that a power loss could take back, and nothing that a reader could not see yet.</summary>
internal sealed class ChangeFeed(HeliosEngine engine, Lsn wanted)
{
    public async IAsyncEnumerable<Change> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        engine.ThrowIfClosed();
        // Before reading: what it is about to read must not be trimmed in between.
        using var subscription = engine.Recovered.Subscribers.Open(wanted);
        using var frames = Open(subscription, out var from);
        using var commits = new CommitChanges(id => engine.Parts.Published.Catalog.Find(id));
        var changes = new List<Change>();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var limit = Limit;
            while (TryLoad(frames, from, limit, commits, subscription))
            {
                while (commits.TryNext(from, changes))
                {
                    foreach (var change in changes)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        yield return change;
                    }
                }
            }

            if (!await WaitAsync(limit.Next, cancellationToken).ConfigureAwait(false))
                yield break;
        }
    }

    private ILogReader Open(LogSubscribers.Subscription subscription, out Lsn from)
    {
        while (true)
        {
            from = wanted == Lsn.Zero ? engine.Parts.Log.Oldest : wanted;
            subscription.Position = from;
            try
            {
                return engine.Parts.Log.Read(from);
            }
            catch (HeliosException error) when (wanted == Lsn.Zero && error.Code == "lsn_too_old" && !engine.Parts.Log.IsPersistent)
            {
                continue; // a log in memory keeps nothing for a subscriber: the oldest has just been driven out
            }
        }
    }

    private Lsn Limit
    {
        get
        {
            var (durable, visible) = (engine.Durable, engine.Visible);
            return engine.IsTemporary || visible < durable ? visible : durable;
        }
    }

    /// <summary>False where the log has no more up to the limit, or where the engine has closed and its files are no longer ours to read.</summary>
    private bool TryLoad(ILogReader frames, Lsn from, Lsn limit, CommitChanges commits, LogSubscribers.Subscription subscription)
    {
        if (engine.State == EngineState.Closed)
            return false;
        try
        {
            if (!frames.TryRead(limit, out var frame))
                return false;
            commits.Load(frame);
            subscription.Position = frame.First > from ? frame.First : from;
            return true;
        }
        catch (Exception error) when (error is HeliosException or ObjectDisposedException && engine.State == EngineState.Closed)
        {
            return false; // the keys of an encrypted database go with its engine, and a temporary one's files: that is the end, not damage
        }
    }

    /// <summary>Waits for more; false where the engine has closed in order and there will be none.</summary>
    private async Task<bool> WaitAsync(Lsn next, CancellationToken cancellationToken)
    {
        try
        {
            if (!engine.IsTemporary)
                await engine.Parts.Durable.WaitAsync(next, cancellationToken).ConfigureAwait(false);
            await engine.Parts.Visible.WaitAsync(next, cancellationToken).ConfigureAwait(false);
            return engine.State != EngineState.Closed;
        }
        catch (HeliosException error) when (error.Kind == HeliosErrorKind.Closed)
        {
            return false;
        }
    }
}
