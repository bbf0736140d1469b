namespace Helios.Pipeline.Testing;

/// <summary>Holds back the syncs of commits in the log until it is released. Those of new segments, on another thread, go through.</summary>
internal sealed class HeldSync : IDisposable
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _released = new();
    private readonly FaultyFiles _files;

    public HeldSync(FaultyFiles files)
    {
        _files = files;
        files.Before = (call, path) =>
        {
            if (call != FileCall.Sync || !path.EndsWith(".wal", StringComparison.Ordinal) || Thread.CurrentThread.Name != "helios log")
                return;
            _reached.TrySetResult();
            _released.Wait();
        };
    }

    /// <summary>Ends when a sync is being held.</summary>
    public Task Reached => _reached.Task;

    /// <exception cref="TimeoutException">None was within half a minute.</exception>
    public void WaitUntilHeld()
    {
        if (!_reached.Task.Wait(s_long))
            throw new TimeoutException("No sync of the log has come to be held.");
    }

    public void Release()
    {
        _files.Before = null;
        _released.Set();
    }

    public void Dispose() => Release(); // the event stays: the thread that waits may not have woken yet
}
