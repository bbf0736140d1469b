using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Model.Tests;

/// <summary>Holds back the syncs of the log until it is disposed.</summary>
internal sealed class HeldSync : IDisposable
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _released = new();
    private readonly FaultyFiles _files;

    public HeldSync(FaultyFiles files)
    {
        _files = files;
        files.Before = (call, path) =>
        {
            if (call != FileCall.Sync || !path.EndsWith(".wal", StringComparison.Ordinal))
                return;
            _reached.TrySetResult();
            _released.Wait();
        };
    }

    /// <summary>Ends when a sync is being held.</summary>
    public Task Reached => _reached.Task;

    public void Dispose()
    {
        _files.Before = null;
        _released.Set(); // not disposed: the thread that waits may not have woken yet
    }
}
