using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Tests;

public sealed class AlteredTableTests
{
    private static readonly TableDefinition s_before = new(new TableId(20), 20, "t", 1, new TableSchema([new Column("id", ColumnType.Int8), new Column("n", ColumnType.Int8)], ["id"]));

    [Theory]
    [InlineData(OnReject.RejectCommit)]
    [InlineData(OnReject.RejectRow)]
    public async Task A_commit_that_was_validated_before_a_change_and_is_ordered_after_it_obeys_the_new_rules(OnReject onReject)
    {
        var catalog = CatalogSnapshot.Initial.With(s_before);
        using var plans = new TablePlans();
        foreach (var table in catalog.Tables)
            plans.Add(table);
        var validate = new ValidateStage(plans, null!, null!);
        var suffix = new FailedSuffix();
        var ordered = new Mailbox<CommitGroup>("ordered", 16, readerBlocks: false);
        var marks = (Durable: new Watermark("durable", Lsn.Zero), Visible: new Watermark("visible", Lsn.Zero));
        var state = new OrderState(plans, new UniqueKeys(() => Lsn.Zero), catalog, new Lsn(1), clock: 0);
        var gate = new AdmissionGate(new MemoryBudget(1 << 20, 1 << 20), 1_000, new FreeSpace(0));
        var stage = new ConstrainStage(state, validate, TimeProvider.System, marks.Durable, marks.Visible, ordered, gate, suffix, new SpillSignal());

        var (early, earlyAnswer) = Insert(onReject, (1, 5), (2, -5), (3, 5));
        validate.Validate(early);
        Assert.Null(early.Failure);
        var change = WriteEnvelope.Rent();
        var after = SchemaChange.Add(SchemaChange.Add(s_before, new CheckConstraint("positive", "n > 0")), new UniqueConstraint("n", "n")) with { Revision = 1 };
        change.Changes.AlterTable(after.Id, after.Partition, CatalogCodec.Encode(after));
        change.Changes.Seal();
        change.SetTicket(CommitTicket.Rent());
        validate.Validate(change);

        await stage.HandleAsync(new[] { change, early });

        var groups = new List<CommitGroup>();
        while (ordered.TryRead(out var group))
            groups.Add(group);
        Assert.Equal("n", plans[s_before.Id].IndexName(1));
        if (onReject == OnReject.RejectCommit)
        {
            Assert.Equal("check_violation", (await Assert.ThrowsAsync<HeliosException>(() => earlyAnswer)).Code);
            Assert.Equal(1, groups.Sum(static group => group.Commits));
            return;
        }

        var answer = Assert.Single(groups[^1].Answers.ToArray());
        Assert.Equal(1, answer.Receipt.Rows);
        Assert.Equal(["check_violation", "duplicate_key"], answer.Receipt.Rejected.Select(static r => r.Code));
        Assert.Equal([new Lsn(2)], groups.Where(static group => group.Replaced is not null).Select(static group => group.First)); // alone in its group
        answer.Give();
        await earlyAnswer;
    }

    private static (WriteEnvelope Envelope, Task<CommitReceipt> Answer) Insert(OnReject onReject, params (long Id, long N)[] rows)
    {
        var envelope = WriteEnvelope.Rent();
        envelope.OnReject = onReject;
        envelope.Changes.BeginInsert(s_before.Id, s_before.Partition);
        foreach (var (id, n) in rows)
        {
            envelope.Changes.BeginRow();
            var writer = new RowWriter(envelope.Changes.Buffer);
            writer.Begin(s_before.SchemaVersion, 2);
            writer.WriteInt64(id);
            writer.WriteInt64(n);
            writer.End();
            envelope.Changes.EndRow();
        }

        envelope.Changes.EndInsert(droppable: true);
        envelope.Changes.Seal();
        var ticket = CommitTicket.Rent();
        envelope.SetTicket(ticket);
        return (envelope, ticket.Task.AsTask());
    }
}
