using System.Runtime.ExceptionServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>A run of row ids of a scan, read batch by batch by whoever comes first: a thread of the pool, or the one that wants the rows.</summary>
/// <remarks>
/// One batch at a time is read, so the rows keep their order and a pool's thread is never held for longer. A pool that has no thread to give delays nobody. What is read and not taken is bounded:
/// rows may be long.
/// </remarks>
internal sealed class ScanPart(RowSource source, QueryCounts counts, ScanBatches batches, Action<IThreadPoolWorkItem> queue) : IThreadPoolWorkItem, IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<FilteredBatch> _ready = new();
    private State _state;
    private bool _isAsked; // it is on its way to somebody who reads
    private bool _isRead;
    private Exception? _error;

    private enum State
    {
        Idle,
        Reading,
        Closed,
    }

    /// <summary>What reading it has cost; complete once it is read.</summary>
    public QueryCounts Counts => counts;

    /// <summary>Is all of it read? What is read may still have to be taken.</summary>
    public bool IsRead
    {
        get
        {
            lock (_gate)
                return _isRead;
        }
    }

    /// <summary>Has the next batch, so that taking it waits for nobody?</summary>
    public bool IsReady
    {
        get
        {
            lock (_gate)
                return _ready.Count > 0 || _isRead;
        }
    }

    /// <summary>The caller holds the gate.</summary>
    private bool IsToBeRead => _state != State.Closed && !_isRead && _ready.Count < ReadAhead.BatchesPerPart;

    /// <summary>Asks for somebody who reads it on, where there is something to read and room for it.</summary>
    public void Ask()
    {
        lock (_gate)
        {
            if (_isAsked || !IsToBeRead)
                return;
            _isAsked = true;
        }

        queue(this);
    }

    /// <summary>The next batch, which the caller gives back to <see cref="ScanBatches"/>; null at the end of the part.</summary>
    /// <exception cref="Exception">What reading it threw; the batches before are given first.</exception>
    public FilteredBatch? Take()
    {
        var batch = TakeOne();
        if (batch is not null)
            Ask(); // there is room for another one
        return batch;
    }

    private FilteredBatch? TakeOne()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_ready.TryDequeue(out var ready))
                    return ready;
                if (_error is not null)
                    ExceptionDispatchInfo.Throw(_error);
                if (_isRead)
                    return null;
                if (_state == State.Reading)
                {
                    Monitor.Wait(_gate);
                    continue;
                }

                _state = State.Reading; // nobody has come to it yet
            }

            Read();
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        lock (_gate)
        {
            _isAsked = false;
            if (_state != State.Idle || !IsToBeRead)
                return; // whoever wants it is at it, and asks again
            _state = State.Reading;
        }

        Read();
        Ask();
    }

    /// <summary>Ends it; waits for the batch that is being read.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            while (_state == State.Reading)
                Monitor.Wait(_gate);
            _state = State.Closed;
            while (_ready.TryDequeue(out var ready))
                batches.Return(ready);
        }

        source.Dispose();
    }

    /// <summary>Reads one batch. What goes wrong is told to whoever takes it.</summary>
    private void Read()
    {
        FilteredBatch? batch = null;
        Exception? error = null;
        var more = false;
        try
        {
            batch = batches.Rent();
            more = batch.Fill(source, RowBatch.MaxRows);
        }
        catch (Exception failure)
        {
            error = failure;
        }

        lock (_gate)
        {
            if (error is null && !batch!.IsEmpty)
                _ready.Enqueue(batch);
            else if (batch is not null)
                batches.Return(batch);
            _error = error;
            _isRead = !more;
            _state = State.Idle;
            Monitor.PulseAll(_gate);
        }
    }
}
