using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Waits for a flush of the store that the write path has begun.</summary>
internal static class FlushWait
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(5);

    /// <summary>Ends when the store's files hold everything up to an LSN.</summary>
    /// <exception cref="HeliosException">Unavailable: the write path or RocksDB has failed.</exception>
    public static async Task UntilAsync(WritePath path, WritePathParts parts, Lsn target, CancellationToken cancellationToken)
    {
        while (parts.Store.FlushedLsn() < target)
        {
            if (path.Fault is { } fault)
                throw EngineFault.RefusalFor(fault);
            // The write path learns of it with its next commit only, and there may be none.
            if (parts.Store.BackgroundErrors > 0)
                throw parts.Store.Failed(parts.Log.IsPersistent);
            // RocksDB tells nobody when it has flushed. It works in real time, whatever clock the engine was given.
            await Task.Delay(s_poll, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }
}
