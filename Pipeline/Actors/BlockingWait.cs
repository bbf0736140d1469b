namespace Helios.Pipeline;

/// <summary>Lets a thread of its own wait for a value task without allocating. One thread.</summary>
internal sealed class BlockingWait : IDisposable
{
    private readonly ManualResetEventSlim _signal = new(false, spinCount: 0);
    private readonly Action _set;

    public BlockingWait()
    {
        _set = _signal.Set;
    }

    public bool Wait(ValueTask<bool> task)
    {
        var awaiter = task.ConfigureAwait(false).GetAwaiter();
        if (!awaiter.IsCompleted)
        {
            _signal.Reset();
            awaiter.UnsafeOnCompleted(_set);
            _signal.Wait();
        }

        return awaiter.GetResult();
    }

    public void Wait(ValueTask task)
    {
        var awaiter = task.ConfigureAwait(false).GetAwaiter();
        if (!awaiter.IsCompleted)
        {
            _signal.Reset();
            awaiter.UnsafeOnCompleted(_set);
            _signal.Wait();
        }

        awaiter.GetResult();
    }

    public void Dispose() => _signal.Dispose();
}
