using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Holds the next sync of the log back, until it is released.</summary>
internal sealed class HeldSync : IDisposable
{
    private readonly ManualResetEventSlim _held = new();
    private readonly ManualResetEventSlim _release = new();
    private readonly FaultyFiles _files;

    public HeldSync(FaultyFiles files)
    {
        _files = files;
        files.Before = (call, path) =>
        {
            if (call != FileCall.Sync || !path.EndsWith(".wal", StringComparison.Ordinal))
                return;
            _held.Set();
            _release.Wait();
        };
    }

    public void WaitUntilHeld() => Assert.True(_held.Wait(TimeSpan.FromSeconds(30)));

    public void Release()
    {
        _files.Before = null;
        _release.Set();
    }

    public void Dispose()
    {
        Release(); // the events stay: a sync that was let go may still be leaving them
    }
}
