using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>Transactions that see what the session has written.</content>
public sealed partial class Session
{
    /// <summary>Begins a transaction that sees every commit that this session was answered, also those answered as <see cref="Durability.Logged"/>: so it never meets one of them.</summary>
    /// <param name="level">What it may see of others.</param>
    /// <param name="cancellationToken">Stops waiting for the session's commits to become visible.</param>
    /// <exception cref="HeliosException">Closed, Unavailable: the engine was closed or has failed.</exception>
    public async ValueTask<Transaction> BeginTransactionAsync(IsolationLevel level = IsolationLevel.Snapshot, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_order.Newest is var newest && newest > _engine.Visible)
            await _engine.Parts.Visible.WaitAsync(newest, cancellationToken).ConfigureAwait(false);
        return await _engine.BeginTransactionAsync(level, cancellationToken).ConfigureAwait(false);
    }
}
