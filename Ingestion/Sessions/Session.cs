using System.Runtime.CompilerServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Collects new and changed rows for one commit after the other. One thread at a time; commits of a session get their LSNs in the order of the calls.</summary>
public sealed partial class Session : IDisposable
{
    private readonly HeliosEngine _engine;
    private readonly SessionOrder _order;
    private WriteEnvelope? _envelope;
    private TableId _open;
    private readonly WritePath? _path; // null for the engine's at the time
    private bool _disposed;

    internal Session(HeliosEngine engine, SessionOrder? order = null, WritePath? path = null)
    {
        _path = path;
        _order = order ?? new SessionOrder();
        _engine = engine;
    }

    /// <summary>Rows collected for the next commit.</summary>
    public int PendingRows => (_envelope?.Changes.Rows ?? 0) + (_writes?.Count ?? 0);

    /// <summary>Bytes collected for the next commit; a commit has at most 16 MiB.</summary>
    public int PendingBytes => (_envelope?.Changes.Length ?? 0) + (_writes?.Bytes ?? 0);

    /// <summary>Commits refused after they had been answered as <see cref="Durability.Queued"/>; the engine does not answer them again.</summary>
    public long RefusedAfterQueued => _order.Refused;

    /// <summary>Why the last of them was refused; null where none was.</summary>
    public HeliosException? LastRefusal => _order.LastRefusal;

    /// <summary>Adds a row to the commit.</summary>
    /// <exception cref="HeliosException">Invalid: the row does not fit its columns; the commit is as before the call.</exception>
    public void Insert(Table table, Row row)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(row);
        CheckEngine(table.Engine);
        if (IsChanging)
        {
            Write(table, RowWriteMode.Insert, row);
            return;
        }

        var changes = BeginRow(table.Plan);
        try
        {
            row.Write(table.Plan.Definition, changes.Buffer, table.Plan.Fill, changes.Rows);
            if (IsTooLong(changes))
                throw RowErrors.CommitTooLong(table.Name, changes.Rows);
            changes.EndRow();
        }
        catch
        {
            changes.AbandonRow();
            throw;
        }
    }

    /// <summary>Adds a row to the commit.</summary>
    /// <exception cref="HeliosException">Invalid: the row does not fit its columns, or the commit would be longer than 16 MiB; the commit is as before the call.</exception>
    public void Insert<T>(Table<T> table, T row)
    {
        if (TryInsert(table, row) is { } refused)
            throw RowErrors.Refused(table.Name, refused);
    }

    /// <summary>Commits what was collected; the session is empty afterwards, whatever the answer.</summary>
    /// <param name="durability">What the answer waits for.</param>
    /// <param name="onReject">What happens to the commit when a row is refused.</param>
    /// <param name="cancellationToken">Before the commit is ordered it is withdrawn; afterwards only the waiting stops and the outcome is unknown to the caller.</param>
    /// <exception cref="HeliosException">Invalid, Conflict: nothing was written. Unavailable: the outcome is unknown until the database is opened again.</exception>
    public ValueTask<CommitReceipt> CommitAsync(Durability durability = Durability.Visible, OnReject onReject = OnReject.RejectCommit, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (IsChanging)
            return CommitWritesAsync(null, durability, onReject, cancellationToken);
        return _envelope is null
            ? ValueTask.FromResult(new CommitReceipt(_engine.Visible, 0, []))
            : SubmitAsync(TakeEnvelope(durability, onReject), _order, cancellationToken);
    }

    /// <summary>Forgets what was collected and not committed.</summary>
    public void Dispose()
    {
        _disposed = true;
        _envelope?.Recycle();
        _envelope = null;
        _writes?.Dispose();
        _writes = null;
    }

    private WritePath Path => _path ?? _engine.WritePath;

    internal WriteEnvelope Envelope => _envelope ??= WriteEnvelope.Rent();

    /// <summary>Opens a row of a table: the caller writes it into the buffer and ends it.</summary>
    internal ChangeSetBuilder BeginRow(TablePlan plan)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var changes = Envelope.Changes;
        if (_open != plan.Definition.Id)
        {
            CloseInsert(Envelope);
            changes.BeginInsert(plan.Definition.Id, plan.Definition.Partition);
            _open = plan.Definition.Id;
        }

        changes.BeginRow();
        return changes;
    }

    /// <summary>Adds a row to the commit, or says why not: then the commit is as before the call. The rejection's row counts over the commit.</summary>
    /// <exception cref="HeliosException">Invalid <c>commit_too_long</c>: the row fits, but not into this commit any more.</exception>
    internal RowRejection? TryInsert<T>(Table<T> table, T row)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(row);
        CheckEngine(table.Engine);
        if (IsChanging)
            return TryWrite(table, RowWriteMode.Insert, row);
        var changes = BeginRow(table.Plan);
        RowFault fault = default;
        try
        {
            if (table.Shape.TryWrite(row, table.Plan.Definition.SchemaVersion, changes.Buffer, ref fault, table.Plan.Fill))
            {
                if (!IsTooLong(changes))
                {
                    changes.EndRow();
                    return null;
                }

                if (changes.Rows > 0)
                    throw RowErrors.CommitTooLong(table.Name, changes.Rows);
                fault = new RowFault(RowFault.RowTooLong, -1); // no commit at all has room for it
            }
        }
        catch (HeliosException error) when (error.Code == RowFault.RowTooLong)
        {
            fault = new RowFault(RowFault.RowTooLong); // so long that the writer gave up in the middle
        }
        catch
        {
            changes.AbandonRow(); // also where a property's getter threw
            throw;
        }

        changes.AbandonRow();
        return new RowRejection(changes.Rows, fault.Code, fault.Ordinal < 0 ? null : table.Schema.Columns[fault.Ordinal].Name, null, fault.Describe(table.Schema)) { Table = table.Name };
    }

    /// <summary>Hands the commit on; the result says that the engine has taken it, <paramref name="answer"/> what became of it.</summary>
    /// <remarks>Whoever has several commits of a session in flight awaits the first before the next call: that is what keeps their order.</remarks>
    internal ValueTask SubmitAsync(Durability durability, OnReject onReject, out ValueTask<CommitReceipt> answer)
    {
        var envelope = TakeEnvelope(durability, onReject);
        var ticket = CommitTicket.Rent();
        answer = ticket.Task;
        envelope.SetTicket(ticket);
        return Path.SubmitAsync(envelope, _order, CancellationToken.None);
    }

    internal void CreateTable(ReadOnlySpan<byte> definition) => Envelope.Changes.CreateTable(definition);

    private void CheckEngine(HeliosEngine engine)
    {
        if (!ReferenceEquals(engine, _engine))
            throw new ArgumentException("The table belongs to another engine than the session.");
    }

    /// <summary>Would the commit be longer than its limit with the row that has just been written?</summary>
    private static bool IsTooLong(ChangeSetBuilder changes) =>
        changes.Length + ChangeFormat.BitmapBytes(changes.Rows + 1) > ChangeFormat.MaxCommitBytes;

    private WriteEnvelope TakeEnvelope(Durability durability, OnReject onReject)
    {
        var envelope = Envelope;
        CloseInsert(envelope);
        _envelope = null;
        Seal(envelope, durability, onReject);
        _hasQueued |= durability == Durability.Queued;
        return envelope;
    }

    private static void Seal(WriteEnvelope envelope, Durability durability, OnReject onReject)
    {
        envelope.Changes.Seal();
        envelope.Durability = durability;
        envelope.OnReject = onReject;
    }

    private ValueTask<CommitReceipt> SubmitAsync(WriteEnvelope envelope, SessionOrder order, CancellationToken cancellationToken)
    {
        var ticket = CommitTicket.Rent();
        var answer = ticket.Task;
        envelope.SetTicket(ticket);
        if (cancellationToken.CanBeCanceled)
            return SubmitWithdrawableAsync(envelope, order, answer, cancellationToken);
        var submitted = Path.SubmitAsync(envelope, order, cancellationToken);
        return submitted.IsCompletedSuccessfully ? answer : SubmitSlowlyAsync(submitted, answer);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<CommitReceipt> SubmitSlowlyAsync(ValueTask submitted, ValueTask<CommitReceipt> answer)
    {
        await submitted.ConfigureAwait(false);
        return await answer.ConfigureAwait(false);
    }

    private async ValueTask<CommitReceipt> SubmitWithdrawableAsync(WriteEnvelope envelope, SessionOrder order, ValueTask<CommitReceipt> answer, CancellationToken cancellationToken)
    {
        var withdrawal = envelope.Withdrawal = new Withdrawal();
        await Path.SubmitAsync(envelope, order, cancellationToken).ConfigureAwait(false);
        using var registration = cancellationToken.UnsafeRegister(static state => ((Withdrawal)state!).TryTake(), withdrawal);
        return await answer.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private void CloseInsert(WriteEnvelope envelope)
    {
        if (_open == default)
            return;
        // Always droppable: whether single rows may be left out is known with the commit only, and a bit per row is cheap.
        envelope.Changes.EndInsert(droppable: true);
        _open = default;
    }
}
