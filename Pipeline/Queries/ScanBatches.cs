namespace Helios.Pipeline;

/// <summary>The batches of one scan that nobody uses at the moment. Any thread.</summary>
/// <param name="plan">What is asked of their rows.</param>
/// <param name="beforeRent">Called before each <see cref="Rent"/>, for tests: may throw.</param>
internal sealed class ScanBatches(QueryPlan plan, Action? beforeRent = null) : IDisposable
{
    private readonly Stack<FilteredBatch> _free = new();
    private bool _isClosed;

    public FilteredBatch Rent()
    {
        beforeRent?.Invoke();
        lock (_free)
        {
            if (_free.TryPop(out var batch))
                return batch;
        }

        return new FilteredBatch(plan);
    }

    public void Return(FilteredBatch batch)
    {
        lock (_free)
        {
            if (!_isClosed)
            {
                _free.Push(batch);
                return;
            }
        }

        batch.Dispose();
    }

    /// <summary>Frees them, and each that still comes back.</summary>
    public void Dispose()
    {
        lock (_free)
        {
            _isClosed = true;
            while (_free.TryPop(out var batch))
                batch.Dispose();
        }
    }
}
