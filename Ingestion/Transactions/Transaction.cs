using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>
/// Reads and writes that become one commit, or nothing. It holds no lock and hinders nobody: whether it may commit is decided
/// when it does. Disposing of it without a commit aborts it. One caller at a time.
/// </summary>
/// <remarks>
/// Its writes are at most one commit (16 MiB), and it may be open for <see cref="HeliosOptions.MaxTransactionTime"/>. A statement that fails
/// leaves the transaction as it was before; a commit that fails ends it. What has ended throws <see cref="InvalidOperationException"/>.
/// </remarks>
public sealed partial class Transaction : IAsyncDisposable, IDisposable
{
    private const string LetGoByTime = "let go";

    private readonly HeliosEngine _engine;
    private readonly TransactionRegistry _registry;
    private readonly Session _session;
    private readonly SeenReads? _seen;
    private readonly List<Savepoint> _savepoints = [];
    private readonly LinkedListNode<(Transaction, long)> _place;
    private readonly List<ReadView> _scanned = []; // views of scans that go on; at the other levels it is always the one below
    private OwnWrites _own = new();
    private ReadView? _view; // null at ReadCommitted: each statement has its own
    private string? _ended;
    private int _inUse;
    private int _isExpired;

    internal Transaction(HeliosEngine engine, TransactionRegistry registry, IsolationLevel level, SessionOrder? order)
    {
        _engine = engine;
        _registry = registry;
        Level = level;
        _session = new Session(engine, order);
        _seen = level == IsolationLevel.Serializable ? new SeenReads() : null;
        _view = level == IsolationLevel.ReadCommitted ? null : engine.OpenView();
        _place = registry.Add(this);
    }

    /// <summary>What it may see of others, and others may do to it.</summary>
    public IsolationLevel Level { get; }

    /// <summary>The commit up to which it sees others' writes; at <see cref="IsolationLevel.ReadCommitted"/> what is visible now.</summary>
    public Lsn Snapshot => _view?.Lsn ?? _engine.Visible;

    /// <summary>Rows that it has changed.</summary>
    public int PendingRows => _own.Rows.Count;

    /// <summary>True until it is committed, rolled back, disposed of, or open for too long.</summary>
    public bool IsActive => Volatile.Read(ref _ended) is null && Volatile.Read(ref _isExpired) == 0;

    /// <summary>Has its caller ended it?</summary>
    internal bool HasEnded => Volatile.Read(ref _ended) is { } ended && ended != LetGoByTime;

    /// <summary>Commits what was written. The transaction has ended afterwards, whatever the answer.</summary>
    /// <param name="durability">What the answer waits for; <see cref="Durability.Queued"/> counts as <see cref="Durability.Logged"/>, for a conflict must be told.</param>
    /// <param name="cancellationToken">Before the commit is ordered it is withdrawn; afterwards only the waiting stops and the outcome is unknown to the caller.</param>
    /// <returns>Where nothing was written: no rows, and the commit up to which was read.</returns>
    /// <exception cref="HeliosException">
    /// Conflict <c>conflict</c>: another commit has changed what this one changes, or, at <see cref="IsolationLevel.Serializable"/>, has read; begin again. Invalid:
    /// a key is taken or a row breaks a rule; its place counts the rows that the transaction changed. Nothing was written. Unavailable: the outcome is unknown until the database is opened again.
    /// </exception>
    /// <exception cref="InvalidOperationException">It has ended.</exception>
    public async ValueTask<CommitReceipt> CommitAsync(Durability durability = Durability.Visible, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Prepare(out var read) is not { } commit)
            return new CommitReceipt(read, 0, []);
        using (_session)
            return await commit.RunAsync(_session, durability == Durability.Queued ? Durability.Logged : durability, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets what was written, and ends the transaction.</summary>
    /// <exception cref="InvalidOperationException">It has ended.</exception>
    public void Rollback()
    {
        Take();
        End("rolled back");
        Leave();
    }

    /// <summary>Marks this moment; <see cref="RollbackTo"/> comes back to it. They may be nested.</summary>
    public Savepoint Save()
    {
        Take();
        var savepoint = new Savepoint(this, _own.Mark());
        _savepoints.Add(savepoint);
        Leave();
        return savepoint;
    }

    /// <summary>Takes back what was written since a savepoint. It stays, later ones are gone. What was read since then still counts as read.</summary>
    /// <exception cref="InvalidOperationException">The savepoint is none of this transaction's, or is gone; or the transaction has ended.</exception>
    public void RollbackTo(Savepoint savepoint)
    {
        ArgumentNullException.ThrowIfNull(savepoint);
        Take();
        try
        {
            var place = PlaceOf(savepoint);
            _own.UndoTo(savepoint.Mark);
            _savepoints.RemoveRange(place + 1, _savepoints.Count - place - 1);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Forgets a savepoint and later ones; what was written stays.</summary>
    /// <exception cref="InvalidOperationException">As for <see cref="RollbackTo"/>.</exception>
    public void Release(Savepoint savepoint)
    {
        ArgumentNullException.ThrowIfNull(savepoint);
        Take();
        try
        {
            var place = PlaceOf(savepoint);
            _own.Drop(savepoint.Mark);
            _savepoints.RemoveRange(place, _savepoints.Count - place);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Aborts it, where it has not ended. Idempotent.</summary>
    public void Dispose()
    {
        if (!IsActive)
            return;
        Rollback();
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    /// <summary>It has been open too long: lets go what it holds, now or when the statement that is going on ends.</summary>
    internal void Expire()
    {
        Interlocked.Exchange(ref _isExpired, 1);
        LetGo();
    }

    private TransactionCommit? Prepare(out Lsn read)
    {
        using var statement = Enter();
        read = statement.View.Stored.Lsn;
        var commit = new TransactionCommit(_engine, Level, _own, _seen);
        try
        {
            if (commit.IsEmpty)
                return null;
            commit.WriteTo(_session.Envelope.Writes, statement.View.Stored);
            return commit;
        }
        catch
        {
            _session.Dispose();
            throw;
        }
        finally
        {
            End("committed, or its commit has failed");
        }
    }

    private int PlaceOf(Savepoint savepoint)
    {
        var place = _savepoints.IndexOf(savepoint);
        return place >= 0 ? place : throw new InvalidOperationException("The savepoint is gone, or belongs to another transaction.");
    }

    private void End(string how)
    {
        Volatile.Write(ref _ended, how);
        _registry.Remove(_place);
        _own = new OwnWrites();
        _view?.Dispose();
        foreach (var view in _scanned)
            view.Dispose();
        _scanned.Clear();
    }

    private Statement Enter()
    {
        Take();
        try
        {
            _engine.ThrowIfClosed();
            return new Statement(this, _view ?? _engine.OpenView());
        }
        catch
        {
            Leave();
            throw;
        }
    }

    /// <summary>For the caller, until <see cref="Leave"/>; no lock: whoever comes meanwhile is told, and does not wait.</summary>
    private void Take()
    {
        if (Interlocked.CompareExchange(ref _inUse, 1, 0) != 0)
            throw Volatile.Read(ref _isExpired) == 1 ? Expired() : new InvalidOperationException("A transaction is used by one caller at a time, and not from inside one of its own predicates.");
        if (Volatile.Read(ref _isExpired) == 0 && _ended is null)
            return;
        var (ended, isExpired) = (_ended, !HasEnded);
        Leave();
        throw isExpired ? Expired() : new InvalidOperationException($"The transaction has been {ended}: begin another.");
    }

    private void Leave()
    {
        Interlocked.Exchange(ref _inUse, 0);
        if (Volatile.Read(ref _isExpired) == 1)
            LetGo();
    }

    /// <summary>Either the statement that is going on sees that the time is over when it leaves, or this finds nobody inside.</summary>
    private void LetGo()
    {
        if (Interlocked.CompareExchange(ref _inUse, 1, 0) != 0)
            return;
        if (_ended is null)
        {
            End(LetGoByTime);
            _session.Dispose();
        }

        Interlocked.Exchange(ref _inUse, 0);
    }

    private HeliosException Expired() => new(HeliosErrorKind.Conflict, "transaction_expired",
        $"The transaction was open for more than {_registry.Lifetime} (MaxTransactionTime) and has been aborted: nothing of it was written. Begin again.");

    /// <summary>One statement: what it sees, and the transaction to itself.</summary>
    private readonly ref struct Statement(Transaction transaction, ReadView stored)
    {
        public OwnView View { get; } = new(transaction._own, stored, transaction._seen);

        public void Dispose()
        {
            if (transaction._view is null)
                View.Stored.Dispose();
            transaction.Leave();
        }
    }
}
