using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Tests;

public sealed class ConstrainFailureTests
{
    [Fact]
    public async Task When_it_throws_every_commit_of_the_run_is_refused_once_and_no_envelope_goes_back_twice()
    {
        using var metrics = new PipelineMetrics();
        using var plans = new TablePlans();
        var fault = new EngineFault();
        var suffix = new FailedSuffix();
        var gate = new AdmissionGate(new MemoryBudget(1_000, 100), 10, new FreeSpace(0));
        var validated = new Mailbox<WriteEnvelope>("validated", 16, readerBlocks: false);
        var ordered = new Mailbox<CommitGroup>("ordered", 16, readerBlocks: false);
        var state = new OrderState(plans, new UniqueKeys(() => Lsn.Zero), CatalogSnapshot.Initial, new Lsn(1), clock: 0);
        var stage = new ConstrainStage(state, new ValidateStage(plans, null!, null!), TimeProvider.System, new Watermark("durable", Lsn.Zero), new Watermark("visible", Lsn.Zero), ordered, gate, suffix, new SpillSignal());
        var (decided, damaged, behind) = (Numbered(1), Numbered(2), Numbered(3));
        damaged.Changes.Begin(OperationKind.Insert); // an insert without its header: a defect, nothing that a caller can bring about
        damaged.Changes.End();
        var answers = new List<Task<CommitReceipt>>();
        foreach (var envelope in new[] { decided, damaged, behind })
        {
            await gate.EnterAsync(10, 1, inserts: false, default);
            envelope.Changes.Seal();
            (envelope.CreditBytes, envelope.CreditRows) = (10, 1);
            answers.Add(Ticket(envelope));
            Assert.True(validated.TrySend(envelope));
        }

        var actor = new Actor<WriteEnvelope>("constrain", validated, stage, fault, metrics, ConstrainStage.Position, ownThread: false);
        actor.Start();
        actor.Complete();
        await actor.Completion;

        foreach (var answer in answers)
            Assert.Equal(HeliosErrorKind.Unavailable, (await Assert.ThrowsAsync<HeliosException>(() => answer.WaitAsync(TimeSpan.FromSeconds(30)))).Kind);
        Assert.Equal(1, Assert.Single(suffix.Groups).Commits); // it is taken out again with what did not reach the log
        Assert.False(ordered.TryRead(out _));
        Assert.Equal(3, FromPool([decided, damaged, behind]));
        Assert.Equal(10, gate.Bytes); // the credit of the commit in the suffix goes with its gate
    }

    private static WriteEnvelope Numbered(long sequence)
    {
        var envelope = WriteEnvelope.Rent();
        envelope.Producer = new ProducerStamp(new ProducerId(Guid.NewGuid()), sequence, Content: 0);
        return envelope;
    }

    private static Task<CommitReceipt> Ticket(WriteEnvelope envelope)
    {
        var ticket = CommitTicket.Rent();
        envelope.SetTicket(ticket);
        return ticket.Task.AsTask();
    }

    /// <summary>How often the pool has one of these.</summary>
    private static int FromPool(WriteEnvelope[] wanted)
    {
        var rented = Enumerable.Range(0, 1_024).Select(_ => WriteEnvelope.Rent()).ToArray();
        foreach (var envelope in rented.Distinct())
            envelope.Recycle();
        return rented.Count(wanted.Contains);
    }
}
