namespace Helios.Pipeline.Ingestion;

/// <summary>The open transactions, oldest first: lets go those that have been open too long.</summary>
/// <remarks>Any thread. Its lock is held for a few steps in memory only.</remarks>
internal sealed class TransactionRegistry : IDisposable
{
    private readonly Lock _gate = new();
    private readonly LinkedList<(Transaction Transaction, long Begun)> _open = [];
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    public TransactionRegistry(TimeProvider time, TimeSpan lifetime)
    {
        _time = time;
        Lifetime = lifetime;
        _timer = time.CreateTimer(static state => ((TransactionRegistry)state!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public TimeSpan Lifetime { get; }

    public int Count
    {
        get
        {
            lock (_gate)
                return _open.Count;
        }
    }

    public LinkedListNode<(Transaction Transaction, long Begun)> Add(Transaction transaction)
    {
        lock (_gate)
        {
            var node = _open.AddLast((transaction, _time.GetTimestamp()));
            if (_open.Count == 1)
                _timer.Change(Lifetime, Timeout.InfiniteTimeSpan);
            return node;
        }
    }

    /// <summary>It has ended. Idempotent.</summary>
    public void Remove(LinkedListNode<(Transaction Transaction, long Begun)> node)
    {
        lock (_gate)
        {
            if (node.List is not null)
                _open.Remove(node);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        while (TakeExpired() is { } transaction)
            transaction.Expire();
    }

    private Transaction? TakeExpired()
    {
        lock (_gate)
        {
            if (_open.First is not { } oldest)
                return null;
            var left = Lifetime - _time.GetElapsedTime(oldest.Value.Begun);
            if (left <= TimeSpan.Zero)
            {
                _open.RemoveFirst();
                return oldest.Value.Transaction;
            }

            _timer.Change(left, Timeout.InfiniteTimeSpan);
            return null;
        }
    }
}
