using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>Transactions that go on behind the session's own commits.</content>
public sealed partial class Session
{
    private bool _hasQueued; // was a commit answered before it had its place in the order?

    /// <summary>Begins a transaction that sees every commit that this session was answered, whatever the answer waited for: so it never conflicts with one of them.</summary>
    /// <param name="level">What it may see of others, and others may do to it.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <remarks>What the session has collected and not committed is no part of it.</remarks>
    /// <exception cref="HeliosException">Closed or Unavailable: the engine is closed, or failed while a commit was waited for.</exception>
    public async ValueTask<Transaction> BeginTransactionAsync(IsolationLevel level = IsolationLevel.Snapshot, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_hasQueued)
        {
            using var behind = new Session(_engine, _order);
            await behind.CommitEnvelopeAsync(cancellationToken).ConfigureAwait(false); // an empty commit is answered behind all before it
            _hasQueued = false;
        }

        // What was ordered and never logged was not answered, and may never be visible.
        var (ordered, logged) = (_order.Newest, _engine.Parts.Log.Head);
        await _engine.Parts.Visible.WaitAsync(ordered < logged ? ordered : logged, cancellationToken).ConfigureAwait(false);
        return _engine.Begin(level, _order);
    }
}
