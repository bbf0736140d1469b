using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

public sealed partial class HeliosEngine
{
    /// <summary>All changes from a commit on, in the order of their commits, and then each new one when it is durable and visible. Never ends by itself; ends when the engine closes.</summary>
    /// <param name="from">The first commit to show; <see cref="Lsn.Zero"/> for whatever the log still holds. To go on after a change, its LSN's <see cref="Lsn.Next"/>.</param>
    /// <param name="cancellationToken">Ends the feed with an <see cref="OperationCanceledException"/>.</param>
    /// <remarks>
    /// A consumer that remembers the LSN of the last commit it took whole misses none and sees none twice. The log is kept as long as
    /// <see cref="HeliosOptions.LogRetention"/> says; an open feed holds it back further, up to four times that (at least 256 MiB). At <see cref="SafetyLevel.Unsafe"/> changes are shown when a checkpoint has made
    /// them durable; a database in memory shows them at once. Without a log (<see cref="HeliosOptions.WithoutLog"/>) changes are shown when the store has flushed them, and kept in memory for as
    /// long as <see cref="HeliosOptions.LogRingBytes"/> has room; nothing of an earlier open is there.
    /// </remarks>
    /// <exception cref="HeliosException">Invalid <c>lsn_too_old</c>: the log no longer holds that commit; <see cref="HeliosException.Lsn"/> is the oldest it has. Unavailable: the engine has failed.</exception>
    public IAsyncEnumerable<Change> Feed(Lsn from, CancellationToken cancellationToken = default) => new ChangeFeed(this, from).ReadAsync(cancellationToken);
}
