using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>An LSN that only grows: its owner advances it, anyone reads it or waits for it.</summary>
internal sealed class Watermark(string name, Lsn start)
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<TaskCompletionSource, ulong> _waiters = new();
    private ulong _value = start.Value;
    private int _waiting;
    private Exception? _fault;

    public string Name { get; } = name;

    /// <summary>Will it never move again?</summary>
    public bool IsAbandoned
    {
        get
        {
            lock (_gate)
                return _fault is not null;
        }
    }

    public Lsn Value => new(Volatile.Read(ref _value));

    /// <summary>Moves it on; going back is a defect of the engine.</summary>
    public void Advance(Lsn to)
    {
        if (to.Value < _value)
            throw new HeliosException(HeliosErrorKind.Internal, "internal", $"The watermark {Name} would go back from {_value} to {to}.");
        Volatile.Write(ref _value, to.Value);
        // The full fence pairs with the one in WaitAsync: either the waiter sees the value or we see the waiter.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _waiting) != 0)
            Release();
    }

    /// <summary>Moves it on where it is not there yet: for Durable, which whoever has synced the log may move.</summary>
    public void Reach(Lsn to)
    {
        for (var was = Volatile.Read(ref _value); was < to.Value;)
        {
            var now = Interlocked.CompareExchange(ref _value, to.Value, was); // a full fence, as in Advance
            if (now == was)
            {
                if (Volatile.Read(ref _waiting) != 0)
                    Release();
                return;
            }

            was = now;
        }
    }

    /// <summary>Ends when the watermark is at or past <paramref name="lsn"/>, or fails when its owner will never advance it again.</summary>
    public Task WaitAsync(Lsn lsn, CancellationToken cancellationToken = default)
    {
        if (Value >= lsn)
            return Task.CompletedTask;

        TaskCompletionSource waiter;
        lock (_gate)
        {
            if (_fault is not null)
                return Task.FromException(_fault);
            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Enqueue(waiter, lsn.Value);
            Interlocked.Increment(ref _waiting);
        }

        if (Value >= lsn)
            Release();
        return waiter.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The owner has stopped: everyone who still waits is told so.</summary>
    public void Abandon(Exception fault)
    {
        lock (_gate)
        {
            _fault = fault;
            while (_waiters.TryDequeue(out var waiter, out _))
                waiter.TrySetException(fault);
            Volatile.Write(ref _waiting, 0);
        }
    }

    /// <summary>There is an owner again. Those who waited before were told.</summary>
    public void Revive()
    {
        lock (_gate)
            _fault = null;
    }

    private void Release()
    {
        lock (_gate)
        {
            while (_waiters.TryPeek(out var waiter, out var lsn) && lsn <= Volatile.Read(ref _value))
            {
                _waiters.Dequeue();
                Interlocked.Decrement(ref _waiting);
                waiter.TrySetResult();
            }
        }
    }
}
