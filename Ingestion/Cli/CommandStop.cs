namespace Helios.Pipeline.Cli;

/// <summary>The request to stop, and the exit code that tells why. Thread-safe.</summary>
internal sealed class CommandStop : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private int _exitCode;

    /// <summary>Cancelled when a signal has come.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>130 or 143; 0 while nobody asked.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    /// <returns>True for the first request, which is the one that counts.</returns>
    public bool Request(int exitCode)
    {
        if (Interlocked.CompareExchange(ref _exitCode, exitCode, 0) != 0)
            return false;
        _source.Cancel();
        return true;
    }

    public void Dispose() => _source.Dispose();
}
