using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Ingestion;

public sealed partial class HeliosEngine
{
    /// <summary>Takes commits again after a disk that was full, or that refused a write, has room again; does nothing where the engine has not failed.</summary>
    /// <param name="cancellationToken">Gives up; the engine stays as it was.</param>
    /// <remarks>
    /// A commit that the full disk refused is not there, and its keys are free; one that was logged is there, whatever its caller was told. The log goes on in a
    /// new segment, at the safety level that held before. Milliseconds, and up to 12 s where RocksDB's own files had no room: it looks
    /// for room every 5 s. Change feeds ended with the failure: begin them again behind the last change that they gave. Safe to call from several threads, and again where it fails.
    /// </remarks>
    /// <exception cref="HeliosException">
    /// Unavailable <c>disk_full</c>, <c>io_error</c> or <c>store_failed</c>: still no room, nothing has changed, call it again. Any other code, such as
    /// <c>durability_lost</c>: this engine never writes again; dispose of it and open the database. Invalid <c>without_log</c>: it was opened without a log; disposing of it flushes what it can. Closed: it is closed.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public async Task ResumeAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        await _switching.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            lock (_closeGate)
            {
                if (_closed is not null)
                    throw new HeliosException(HeliosErrorKind.Closed, "closed", $"The database in '{Path}' is being closed: open it again.");
            }

            if (WritePath.Fault is null)
            {
                BeginFills(); // what could not be looked at for a reason of its own
                return;
            }

            RefuseWithoutLog("it cannot resume, what it had in hand is nowhere else");
            await new Resumption(_recovered, _options.LoggerFactory.CreateLogger<HeliosEngine>()).RunAsync(SafetyLevel, cancellationToken).ConfigureAwait(false);
            Interlocked.CompareExchange(ref _state, (int)EngineState.Running, (int)EngineState.Faulted);
            WatchPath();
            BeginFills(anew: true);
        }
        finally
        {
            _switching.Release();
        }
    }

    /// <summary>The state follows the path's first failure, also one that came before anybody looked.</summary>
    private void WatchPath()
    {
        var path = WritePath;
        path.Faulted += _ => Interlocked.CompareExchange(ref _state, (int)EngineState.Faulted, (int)EngineState.Running);
        if (path.Fault is not null)
            Interlocked.CompareExchange(ref _state, (int)EngineState.Faulted, (int)EngineState.Running);
    }
}
