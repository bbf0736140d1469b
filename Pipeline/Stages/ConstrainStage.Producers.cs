using System.Globalization;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <content>Commits that a producer has numbered: each number is written once.</content>
internal sealed partial class ConstrainStage
{
    private readonly ByteBuffer _listed = new();

    /// <summary>Answers a commit whose number has been used, or may have been; false where it is new, and is to be decided.</summary>
    private bool TryAnswerRepeat(WriteEnvelope envelope, ProducerStamp stamp)
    {
        if (!state.Producers.TryFind(stamp.Producer, stamp.Sequence, out var first))
        {
            if (state.Producers.TooOld(stamp.Producer, stamp.Sequence) is not { } known)
                return false;
            Refuse(envelope, TooOld(stamp, known), known.Newest);
        }
        else if (first.Content != stamp.Content)
        {
            Refuse(envelope, Reused(stamp, first.Lsn), first.Lsn);
        }
        else
        {
            Answer(envelope, first.Receipt());
        }

        return true;
    }

    /// <summary>The commit is written: its number is remembered with it, and what must make room is forgotten.</summary>
    private void Remember(WriteEnvelope envelope, ProducerStamp stamp, Lsn lsn, int rows)
    {
        _listed.Truncate(0);
        RejectionCodec.Write(envelope.Rejected, _listed);
        var plan = state.Producers.Plan(stamp.Producer, stamp.Sequence, _listed.Length);
        plan.Append(envelope.Changes, new ProducerCommit(stamp.Producer, stamp.Sequence, stamp.Content, rows, envelope.Rejected.Count), _listed.Written);
        foreach (var producer in plan.Others)
            state.Producers.Forget(producer.Id);
        state.Producers.Take(new ProducerView(envelope.Changes.LastOperationBody), lsn);
    }

    /// <summary>What the first was told is told again, once it is true: a first that is still in flight may yet be lost.</summary>
    private void Answer(WriteEnvelope envelope, CommitReceipt receipt)
    {
        envelope.Session?.Ordered(receipt.Lsn);
        var answer = new CommitAnswer(envelope.TakeTicket(), envelope.Durability, receipt, null, envelope.CreditBytes, envelope.CreditRows, envelope.Submitted);
        envelope.Recycle();
        if (answer.Ticket is not null && receipt.Lsn > visible.Value)
        {
            _group.Add(answer);
            return;
        }

        gate.Leave(answer.CreditBytes, answer.CreditRows);
        answer.Give();
    }

    private void Refuse(WriteEnvelope envelope, HeliosException refusal, Lsn restsOn)
    {
        if (restsOn > durable.Value)
            Ride(envelope, refusal);
        else
            AnswerNow(envelope, refusal);
    }

    private static HeliosException Reused(ProducerStamp stamp, Lsn first) => new(HeliosErrorKind.Invalid, "sequence_reused", string.Create(CultureInfo.InvariantCulture,
        $"Producer {stamp.Producer} has used sequence {stamp.Sequence} for a commit with other rows. Nothing of this one was written: give it a sequence of its own.")) { Lsn = first };

    private static HeliosException TooOld(ProducerStamp stamp, ProducerHistory known) => new(HeliosErrorKind.Invalid, "sequence_too_old", string.Create(CultureInfo.InvariantCulture,
        $"Sequence {stamp.Sequence} of producer {stamp.Producer} is not remembered any more, its highest is {known.Highest}: nobody knows whether it was written. Nothing was written now: look for its rows."));
}
