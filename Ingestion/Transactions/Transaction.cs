using System.Runtime.CompilerServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>
/// Reads and writes that are committed together or not at all. Sees its own writes; nobody else does before the commit. Holds no lock: whom it meets is known at
/// the commit. One thread at a time. Dispose it: without a commit that takes everything back.
/// </summary>
/// <remarks>
/// Its writes are at most one commit (16 MiB). It lives for <see cref="HeliosOptions.MaxTransactionTime"/> at most: then its snapshot is let go, and the next use is refused.
/// Foreign keys are judged at the commit, by what it leaves. docs/transactions.md says which anomaly is possible at which level.
/// </remarks>
public sealed partial class Transaction : IAsyncDisposable, IDisposable
{
    private readonly HeliosEngine _engine;
    private readonly Session _session;
    private readonly OwnWrites _own = new();
    private readonly SeenReads? _seen;
    private readonly ReadView? _snapshot;
    private readonly ITimer? _expiry;
    private State _state;
    private int _expired;

    internal Transaction(HeliosEngine engine, IsolationLevel level)
    {
        _engine = engine;
        Level = level;
        _session = engine.OpenSession();
        _seen = level == IsolationLevel.Serializable ? new SeenReads() : null;
        if (level == IsolationLevel.ReadCommitted)
            return;
        _snapshot = engine.OpenView();
        _expiry = engine.Options.TimeProvider.CreateTimer(static self => ((Transaction)self!).Expire(), this, engine.Options.MaxTransactionTime, Timeout.InfiniteTimeSpan);
    }

    private enum State
    {
        Active,
        Committing,
        Ended,
    }

    /// <summary>What it may see of others.</summary>
    public IsolationLevel Level { get; }

    /// <summary>The commit up to which it sees others' writes; at <see cref="IsolationLevel.ReadCommitted"/> what is visible now.</summary>
    public Lsn Snapshot => _snapshot?.Lsn ?? _engine.Visible;

    /// <summary>Rows that it has changed.</summary>
    public int PendingRows => _own.Rows.Count;

    /// <summary>Marks this moment, to which <see cref="RollbackTo"/> can take the writes back. Savepoints nest.</summary>
    /// <exception cref="InvalidOperationException">The transaction has ended.</exception>
    public Savepoint Save()
    {
        CheckActive();
        return new Savepoint(this, _own.Save());
    }

    /// <summary>Takes back what was written after a savepoint; it stays, later ones are gone.</summary>
    /// <exception cref="InvalidOperationException">The transaction has ended.</exception>
    /// <exception cref="ArgumentException">The savepoint belongs to another transaction, or is gone.</exception>
    public void RollbackTo(Savepoint savepoint)
    {
        CheckActive();
        _own.UndoTo(MarkOf(savepoint));
    }

    /// <summary>Drops a savepoint and later ones; the writes stay.</summary>
    /// <inheritdoc cref="RollbackTo" path="/exception"/>
    public void Release(Savepoint savepoint)
    {
        CheckActive();
        _own.Drop(MarkOf(savepoint));
    }

    /// <summary>Commits; the transaction has ended then, whatever the answer.</summary>
    /// <param name="durability">What the answer waits for; <see cref="Durability.Queued"/> is answered as <see cref="Durability.Logged"/>.</param>
    /// <param name="cancellationToken">Before the commit is ordered it is withdrawn; afterwards only the waiting stops and the outcome is unknown to the caller.</param>
    /// <exception cref="InvalidOperationException">The transaction has ended.</exception>
    /// <exception cref="HeliosException">
    /// Conflict <c>conflict</c>, <c>transaction_expired</c>: begin again with fresh reads (<see cref="HeliosEngine.TransactAsync{T}"/> does). Invalid: a row breaks a rule or takes a key that another row has; its place counts the
    /// rows that the transaction changed. Nothing was written.
    /// </exception>
    public async ValueTask<CommitReceipt> CommitAsync(Durability durability = Durability.Visible, CancellationToken cancellationToken = default)
    {
        CheckActive();
        _state = State.Committing;
        try
        {
            CheckLife();
            return await TransactionCommit.RunAsync(_engine, _session, _own, _seen, _snapshot, durability, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            End();
        }
    }

    /// <summary>Takes everything back; the transaction has ended then.</summary>
    /// <exception cref="InvalidOperationException">It has ended already.</exception>
    public void Rollback()
    {
        CheckActive();
        End();
    }

    /// <summary>Takes back what was not committed.</summary>
    public void Dispose()
    {
        if (_state == State.Active)
            End();
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    /// <summary>Ends it at its time: readers that came later need no longer keep what it could see.</summary>
    private void Expire()
    {
        if (Interlocked.Exchange(ref _expired, 1) == 0)
            _snapshot?.Dispose();
    }

    private void End()
    {
        _state = State.Ended;
        _expiry?.Dispose();
        if (Interlocked.Exchange(ref _expired, 1) == 0)
            _snapshot?.Dispose();
        _session.Dispose();
    }

    private int MarkOf(Savepoint savepoint)
    {
        ArgumentNullException.ThrowIfNull(savepoint);
        if (savepoint.Owner != this || !_own.Has(savepoint.Mark, savepoint.Number))
            throw new ArgumentException("The savepoint belongs to another transaction, or was dropped or rolled back.", nameof(savepoint));
        return savepoint.Mark;
    }

    private void CheckActive()
    {
        if (_state != State.Active)
            throw new InvalidOperationException("The transaction has ended: it was committed, rolled back or disposed. Begin another one.");
    }

    /// <summary>After reading: what was read before the snapshot went is right.</summary>
    private void CheckLife()
    {
        if (_snapshot is not null && Volatile.Read(ref _expired) != 0)
        {
            throw new HeliosException(HeliosErrorKind.Conflict, "transaction_expired",
                $"The transaction is older than {_engine.Options.MaxTransactionTime} (MaxTransactionTime): what it saw is no longer kept. Nothing of it was written: begin again.");
        }
    }

    /// <summary>Runs one statement: what it wrote before it failed is taken back.</summary>
    private TResult Run<TResult>(HeliosEngine engine, Func<OwnView, TResult> statement)
    {
        CheckActive();
        if (engine != _engine)
            throw new ArgumentException("The table belongs to another engine than the transaction.");
        CheckLife();
        var mark = _own.Mark();
        var view = _snapshot ?? _engine.OpenView();
        try
        {
            var result = statement(new OwnView(_own, view, _seen));
            CheckLife();
            return result;
        }
        catch
        {
            _own.UndoTo(mark);
            throw;
        }
        finally
        {
            _own.Drop(mark);
            if (_snapshot is null)
                view.Dispose();
        }
    }
}
