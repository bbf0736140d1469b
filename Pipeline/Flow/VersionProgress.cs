using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Which commits have left dead versions behind that are not removed yet, and how far the removal is. Commit notes and writes; the collection asks. Any thread.
/// </summary>
/// <remarks>Commits that only insert leave nothing: whoever collects need not read them, and a load of nothing else moves the progress by itself.</remarks>
internal sealed class VersionProgress
{
    /// <summary>More ranges than this are joined: what lies between two is read in vain then.</summary>
    private const int MaxRanges = 4096;

    private readonly Lock _gate = new();
    private readonly LinkedList<(Lsn First, Lsn Last)> _left = [];
    private CollectedState _state;
    private int _mustBeDurable;

    /// <param name="stored">What the store has; a default where it has nothing.</param>
    /// <param name="applied">How far the store is: what lies between is to be read.</param>
    public VersionProgress(CollectedState stored, Lsn applied)
    {
        _state = stored;
        if (stored.Through < applied)
            _left.AddLast((stored.Through.Next, applied));
    }

    /// <summary>As the store has it, flushed or not.</summary>
    public CollectedState State
    {
        get
        {
            lock (_gate)
                return _state;
        }
    }

    /// <summary>Must the log be durable before anything is applied? Set while RocksDB may flush by itself.</summary>
    public bool MustBeDurable => Volatile.Read(ref _mustBeDurable) > 0;

    public void BeginDurable() => Interlocked.Increment(ref _mustBeDurable);

    public void EndDurable() => Interlocked.Decrement(ref _mustBeDurable);

    /// <summary>The oldest commits that have left something.</summary>
    public bool TryPeek(out Lsn first, out Lsn last)
    {
        lock (_gate)
        {
            (first, last) = _left.First?.Value ?? default;
            return _left.First is not null;
        }
    }

    /// <summary>Commits that replaced or deleted rows are about to be applied.</summary>
    public void Note(Lsn first, Lsn last)
    {
        lock (_gate)
        {
            if (_left.Last is { } newest && (first <= newest.Value.Last.Next || _left.Count >= MaxRanges))
                newest.Value = (newest.Value.First, last > newest.Value.Last ? last : newest.Value.Last); // after a resumption some come a second time
            else
                _left.AddLast((first, last));
        }
    }

    /// <summary>Everything up to here has been read and is gone, or was nothing.</summary>
    public void Passed(Lsn through)
    {
        lock (_gate)
            Pass(through);
    }

    /// <summary>The store has it.</summary>
    public void Stored(CollectedState state)
    {
        lock (_gate)
        {
            _state = state;
            Pass(state.Through);
        }
    }

    /// <summary>What is worth writing with a flush; null where the store has that already. Commit, or whoever closes the store behind it.</summary>
    public CollectedState? Due(Lsn applied)
    {
        lock (_gate)
        {
            var through = _left.First is { } oldest ? new Lsn(oldest.Value.First.Value - 1) : applied;
            return through > _state.Through ? _state with { Through = through } : null;
        }
    }

    /// <summary>The write path has stopped: what is due goes in with the last flush.</summary>
    public void WriteDue(RocksStore store, Lsn applied)
    {
        if (Due(applied) is not { } due)
            return;
        using var batch = store.NewBatch();
        batch.PutCollected(due);
        store.Write(batch);
        Stored(due);
    }

    private void Pass(Lsn through)
    {
        while (_left.First is { } oldest && oldest.Value.First <= through)
        {
            if (oldest.Value.Last > through)
            {
                oldest.Value = (through.Next, oldest.Value.Last);
                return;
            }

            _left.RemoveFirst();
        }
    }
}
