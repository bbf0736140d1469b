using System.Buffers.Binary;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Puts commits in order: decides each from memory alone, assigns its LSN and time, and forms the groups that are logged.</summary>
/// <remarks>The one writer of <see cref="OrderState"/> and of the trees. Never waits on the disk.</remarks>
internal sealed partial class ConstrainStage(
    OrderState state, ValidateStage validate, TimeProvider time, Watermark durable, Watermark visible, Mailbox<CommitGroup> ordered, AdmissionGate gate, FailedSuffix suffix, SpillSignal spillWanted) : IStage<WriteEnvelope>
{
    public const int Position = 1;

    private CommitGroup _group = CommitGroup.Rent();

    /// <summary>Envelopes of this run that are back in the pool, where the next caller finds them.</summary>
    public int Settled { get; private set; }

    public TimeSpan Waited => ordered.Waited;

    public async ValueTask HandleAsync(ReadOnlyMemory<WriteEnvelope> run)
    {
        state.Keys.Trim();
        Settled = 0;
        for (var i = 0; i < run.Length; i++)
        {
            var envelope = run.Span[i];
            if (IsFull(envelope) || envelope.Changes.Alters)
                await SendAsync().ConfigureAwait(false);
            var isAlone = envelope.Changes.Alters;
            Take(envelope);
            Settled++;
            if (isAlone)
                await SendAsync().ConfigureAwait(false);
        }

        spillWanted.Look(state.Plans); // before anybody is answered: who has the answer meets what the commit has done
        await SendAsync().ConfigureAwait(false);
    }

    public void Refuse(WriteEnvelope envelope, Exception fault)
    {
        envelope.Spill?.Fail(EngineFault.RefusalFor(fault));
        AnswerNow(envelope, EngineFault.RefusalFor(fault));
    }

    public ValueTask StopAsync(Exception? fault)
    {
        if (fault is not null)
            suffix.Add(_group, fault); // what was being gathered when this stage failed: refused, and taken out again
        _listed.Dispose();
        ordered.Complete();
        return default;
    }

    private bool IsFull(WriteEnvelope next) =>
        _group.Commits >= CommitGroup.MaxCommits ||
        (_group.Commits > 0 && _group.Frame.Length + next.Length > CommitGroup.MaxBytes);

    private async ValueTask SendAsync()
    {
        if (_group.Commits == 0 && _group.Answers.IsEmpty && _group.Spills.Count == 0)
            return;
        var group = _group;
        _group = CommitGroup.Rent();
        await ordered.SendAsync(group).ConfigureAwait(false);
    }

    private void Take(WriteEnvelope envelope)
    {
        if (envelope.Spill is { } spill)
        {
            TakeSpill(spill);
            envelope.Recycle();
            return;
        }

        if (envelope.Withdrawal is { } withdrawal && !withdrawal.TryTake())
        {
            AnswerNow(envelope, null); // the caller has gone and was told so
            return;
        }

        if (envelope.Fill is { } fill)
        {
            fill.Run(state);
            AnswerUnchanged(envelope);
            return;
        }

        if (envelope.Producer is { } stamp && TryAnswerRepeat(envelope, stamp))
            return;

        if (envelope.Failure is null && envelope.PlansEpoch != state.Plans.Epoch)
            Repeat(envelope);

        if (envelope.Failure is { } failure)
        {
            AnswerNow(envelope, failure);
            return;
        }

        var decision = new CommitDecision(state, envelope, state.Head.Next);
        if (TryDecide(ref decision))
        {
            if (envelope.Changes.Operations > 0 || envelope.Producer is not null)
                Accept(envelope, decision);
            else
                AnswerUnchanged(envelope);
            return;
        }

        decision.TakeBack();
        if (decision.RestsOn > durable.Value || (IsSeen(envelope) && decision.RestsOn > visible.Value))
            Ride(envelope, decision.Refusal!);
        else
            AnswerNow(envelope, decision.Refusal);
    }

    /// <summary>Validates by the rules of now. Where indexes may be in the store in part it looks there: the one thing here that may wait on the disk, and only for what was on its way when a table was altered.</summary>
    private void Repeat(WriteEnvelope envelope)
    {
        try
        {
            validate.Repeat(envelope);
        }
        catch (Exception error)
        {
            ValidateStage.Fail(envelope, error);
        }
    }

    /// <summary>First what may go goes to the store, in the order of the commits; when it is there, what is still so goes out of the tree.</summary>
    private void TakeSpill(SpillRequest spill)
    {
        if (spill.Stored.Task.IsCompleted)
            spill.Evict();
        else if (spill.Begin(state.Keys.Horizon)) // what is visible is in the log; it need not be durable, since the store never gets ahead of the log
            _group.Spills.Add(spill);
    }

    /// <summary>An index that is full refuses this commit and leaves no trace; it is no reason to stop the others.</summary>
    private static bool TryDecide(ref CommitDecision decision)
    {
        try
        {
            return decision.TryDecide();
        }
        catch (HeliosException error) when (error.Kind is HeliosErrorKind.Invalid or HeliosErrorKind.Busy)
        {
            return decision.Refuse(error, default);
        }
    }

    private void Accept(WriteEnvelope envelope, CommitDecision decision)
    {
        if (_group.Commits == 0)
        {
            _group.First = decision.Lsn;
            _group.Time = state.Clock = Math.Max(state.Clock, time.GetUtcNow().UtcTicks);
        }

        if (envelope.Producer is { } stamp)
            Remember(envelope, stamp, decision.Lsn, decision.RowsChanged);
        envelope.Changes.Seal();
        _group.Frame.Append(envelope.Changes.Buffer.Written);
        _group.Commits++;
        decision.Apply(_group);
        state.Head = decision.Lsn;
        envelope.Session?.Ordered(decision.Lsn);
        envelope.Follower?.Ordered(envelope.Writes.All[0].Row, decision.Lsn);
        var receipt = new CommitReceipt(decision.Lsn, decision.RowsChanged, envelope.Rejected.Count == 0 ? [] : envelope.Rejected.ToArray());
        _group.Add(new CommitAnswer(envelope.TakeTicket(), envelope.Durability, receipt, null, envelope.CreditBytes, envelope.CreditRows, envelope.Submitted));
        envelope.Recycle();
    }

    /// <summary>Nothing was to be changed. That may rest on any commit before: the answer comes behind them.</summary>
    private void AnswerUnchanged(WriteEnvelope envelope)
    {
        state.Keep();
        envelope.Session?.Ordered(state.Head);
        var receipt = new CommitReceipt(state.Head, 0, envelope.Rejected.Count == 0 ? [] : envelope.Rejected.ToArray());
        _group.Add(new CommitAnswer(envelope.TakeTicket(), envelope.Durability, receipt, null, envelope.CreditBytes, envelope.CreditRows, envelope.Submitted));
        envelope.Recycle();
    }

    /// <summary>Does the caller expect to read what its answer rests on? A row that it was refused for must be found then.</summary>
    private static bool IsSeen(WriteEnvelope envelope) => envelope.Durability == Durability.Visible;

    /// <summary>The refusal rests on a commit that is still in flight: it may be told only when that commit is in the log, and to who waits for that when it is visible.</summary>
    private void Ride(WriteEnvelope envelope, HeliosException refusal)
    {
        state.CountRefused();
        var ticket = envelope.TakeTicket();
        if (ticket is null)
            envelope.Session?.Refuse(refusal);
        _group.Add(new CommitAnswer(ticket, IsSeen(envelope) ? Durability.Visible : Durability.Logged, default, refusal, envelope.CreditBytes, envelope.CreditRows, 0));
        envelope.Recycle();
    }

    private void AnswerNow(WriteEnvelope envelope, HeliosException? refusal)
    {
        if (refusal is not null)
            state.CountRefused();
        var ticket = envelope.TakeTicket();
        if (ticket is null && refusal is not null)
            envelope.Session?.Refuse(refusal);
        var (bytes, rows) = (envelope.CreditBytes, envelope.CreditRows);
        envelope.Recycle();
        gate.Leave(bytes, rows);
        if (refusal is null)
            ticket?.Fail(new OperationCanceledException("The commit was withdrawn before it was ordered; nothing of it was written."));
        else
            ticket?.Fail(refusal);
    }
}
