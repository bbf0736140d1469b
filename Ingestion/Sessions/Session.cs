using System.Runtime.CompilerServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Collects rows for one commit after the other. One thread at a time; commits of a session get their LSNs in the order of the calls.</summary>
public sealed class Session : IDisposable
{
    private readonly HeliosEngine _engine;
    private readonly SessionOrder _order = new();
    private WriteEnvelope? _envelope;
    private TableId _open;
    private bool _disposed;

    internal Session(HeliosEngine engine)
    {
        _engine = engine;
    }

    /// <summary>Rows collected for the next commit.</summary>
    public int PendingRows => _envelope?.Changes.Rows ?? 0;

    /// <summary>Bytes collected for the next commit; a commit has at most 16 MiB.</summary>
    public int PendingBytes => _envelope?.Changes.Length ?? 0;

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
        var changes = BeginRow(table.Plan);
        try
        {
            row.Write(table.Plan.Definition, changes.Buffer);
            changes.EndRow();
        }
        catch
        {
            changes.AbandonRow();
            throw;
        }
    }

    /// <summary>Commits what was collected; the session is empty afterwards, whatever the answer.</summary>
    /// <param name="durability">What the answer waits for.</param>
    /// <param name="onReject">What happens to the commit when a row is refused.</param>
    /// <param name="cancellationToken">Before the commit is ordered it is withdrawn; afterwards only the waiting stops and the outcome is unknown to the caller.</param>
    /// <exception cref="HeliosException">Invalid, Conflict: nothing was written. Unavailable: the outcome is unknown until the database is opened again.</exception>
    public ValueTask<CommitReceipt> CommitAsync(Durability durability = Durability.Visible, OnReject onReject = OnReject.RejectCommit, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var envelope = _envelope;
        if (envelope is null)
            return ValueTask.FromResult(new CommitReceipt(_engine.Visible, 0, []));
        CloseInsert(envelope);
        _envelope = null;
        envelope.Changes.Seal();
        envelope.Durability = durability;
        envelope.OnReject = onReject;
        return SubmitAsync(envelope, cancellationToken);
    }

    /// <summary>Forgets what was collected and not committed.</summary>
    public void Dispose()
    {
        _disposed = true;
        _envelope?.Recycle();
        _envelope = null;
    }

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

    internal void CreateTable(ReadOnlySpan<byte> definition) => Envelope.Changes.CreateTable(definition);

    private ValueTask<CommitReceipt> SubmitAsync(WriteEnvelope envelope, CancellationToken cancellationToken)
    {
        var ticket = CommitTicket.Rent();
        var answer = ticket.Task;
        envelope.SetTicket(ticket);
        if (cancellationToken.CanBeCanceled)
            return SubmitWithdrawableAsync(envelope, answer, cancellationToken);
        var submitted = _engine.WritePath.SubmitAsync(envelope, _order, cancellationToken);
        return submitted.IsCompletedSuccessfully ? answer : SubmitSlowlyAsync(submitted, answer);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<CommitReceipt> SubmitSlowlyAsync(ValueTask submitted, ValueTask<CommitReceipt> answer)
    {
        await submitted.ConfigureAwait(false);
        return await answer.ConfigureAwait(false);
    }

    private async ValueTask<CommitReceipt> SubmitWithdrawableAsync(WriteEnvelope envelope, ValueTask<CommitReceipt> answer, CancellationToken cancellationToken)
    {
        var withdrawal = envelope.Withdrawal = new Withdrawal();
        await _engine.WritePath.SubmitAsync(envelope, _order, cancellationToken).ConfigureAwait(false);
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
