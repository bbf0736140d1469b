using System.Diagnostics;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Bounds what is inside the write path, in bytes and rows. Whoever finds no room waits, first come first served.</summary>
/// <remarks>
/// Two thresholds: full at the limit, open again at three quarters of it, so that waiters do not wake one by one. The limit in bytes moves
/// (<see cref="MemoryBudget"/>): whoever waits, waits for somebody inside, who looks at it again when leaving.
/// A commit larger than the whole limit is let in alone. While the disk is low on space, commits that insert are refused, those
/// that wait too: they must not hang until somebody frees some. Any thread.
/// </remarks>
internal sealed class AdmissionGate
{
    private readonly MemoryBudget _memory;
    private readonly long _maxRows;
    private readonly FreeSpace _space;
    private readonly Lock _gate = new();
    private readonly Queue<Waiter> _waiters = new();
    private readonly long _resumeRows;
    private readonly WorkMeter _waited = new();
    private long _bytes;
    private long _rows;
    private HeliosException? _closed;

    public AdmissionGate(MemoryBudget memory, long maxRows, FreeSpace space)
    {
        (_memory, _maxRows, _space) = (memory, maxRows, space);
        _resumeRows = maxRows / 4 * 3;
        space.TurnedLow += RefuseWaitingInserts;
    }

    /// <summary>Bytes admitted and not yet out of the path.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Rows admitted and not yet out of the path.</summary>
    public long Rows => Volatile.Read(ref _rows);

    /// <summary>The most bytes that were ever inside.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Calls that had to wait.</summary>
    public long Waits { get; private set; }

    /// <summary>Calls that have waited and were let in.</summary>
    public long WaitsOver => _waited.Count;

    /// <summary>How long they have waited, all together; those that wait still are not in it.</summary>
    public TimeSpan Waited => _waited.Took;

    /// <summary>Takes credit, waiting for it where there is none.</summary>
    /// <param name="bytes">Of the commit.</param>
    /// <param name="rows">Of the commit.</param>
    /// <param name="inserts">Does it need room on the disk?</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="HeliosException">Closed or Unavailable: the engine takes no more commits, or none that insert; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up waiting; nothing was taken.</exception>
    public ValueTask EnterAsync(long bytes, long rows, bool inserts, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiter waiter;
        lock (_gate)
        {
            if (_closed is not null)
                return ValueTask.FromException(_closed);
            if (_space.IsLow && inserts)
                return ValueTask.FromException(_space.Refusal());
            if (_waiters.Count == 0 && Fits(bytes, rows))
            {
                Take(bytes, rows);
                return default;
            }

            Waits++;
            waiter = new Waiter(bytes, rows, inserts);
            _waiters.Enqueue(waiter);
        }

        return new ValueTask(WaitAsync(waiter, cancellationToken));
    }

    /// <summary>Gives credit back.</summary>
    public void Leave(long bytes, long rows)
    {
        lock (_gate)
        {
            _bytes -= bytes;
            _rows -= rows;
            Admit();
        }
    }

    /// <summary>Refuses everyone from now on, those who wait too.</summary>
    public void Close(HeliosException reason)
    {
        _space.TurnedLow -= RefuseWaitingInserts;
        lock (_gate)
        {
            _closed ??= reason;
            while (_waiters.TryDequeue(out var waiter))
                waiter.TrySetException(_closed);
        }
    }

    private void RefuseWaitingInserts()
    {
        lock (_gate)
        {
            foreach (var waiter in _waiters)
            {
                if (waiter.Inserts)
                    waiter.TrySetException(_space.Refusal());
            }

            Admit(); // who waited behind them may fit
        }
    }

    private async Task WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((Waiter)state!).TrySetCanceled(token), waiter);
        var started = Stopwatch.GetTimestamp();
        await waiter.Task.ConfigureAwait(false);
        _waited.Add(Stopwatch.GetElapsedTime(started));
    }

    private void Admit()
    {
        if (_waiters.Count == 0 || ((_bytes > _memory.QueueLimit / 4 * 3 || _rows > _resumeRows) && _bytes != 0))
            return;
        while (_waiters.TryPeek(out var waiter) && (waiter.Task.IsCompleted || Fits(waiter.Bytes, waiter.Rows)))
        {
            _waiters.Dequeue();
            // Taken before the waiter is told; given back where it was cancelled in between.
            Take(waiter.Bytes, waiter.Rows);
            if (!waiter.TrySetResult())
            {
                _bytes -= waiter.Bytes;
                _rows -= waiter.Rows;
            }
        }
    }

    private bool Fits(long bytes, long rows) =>
        _bytes == 0 || (_bytes + bytes <= _memory.QueueLimit && _rows + rows <= _maxRows);

    private void Take(long bytes, long rows)
    {
        _bytes += bytes;
        _rows += rows;
        PeakBytes = Math.Max(PeakBytes, _bytes);
    }

    private sealed class Waiter(long bytes, long rows, bool inserts) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Bytes { get; } = bytes;

        public long Rows { get; } = rows;

        public bool Inserts { get; } = inserts;
    }
}
