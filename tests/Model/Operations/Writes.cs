using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Model.Tests;

/// <summary>Creates a table or opens it; with another schema than its own it is refused.</summary>
internal sealed record CreateTable(int Table, bool WithOtherSchema) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        var schema = ModelSchema.Tables[Table];
        var known = run.Table(Table) is not null;
        var other = WithOtherSchema && known;
        var answer = await Answer.OfAsync(async () =>
        {
            await run.Engine.TableAsync(schema.Name, other ? new TableSchema([new Column("z", ColumnType.Text)]) : schema.Schema);
            return default;
        });
        if (other)
            answer.IsRefused(HeliosErrorKind.Invalid, "schema_mismatch");
        else if (run.IsFaulted && !known)
            answer.IsRefused(HeliosErrorKind.Unavailable);
        else
            Assert.Null(answer.Error);
        if (!known && !run.IsFaulted)
            run.Acknowledged(run.Engine.Visible.Value, [new TableCreated(Table)]);
    }
}

/// <summary>Inserts rows as one commit.</summary>
internal sealed record Insert(TableRows Rows, OnReject OnReject) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        if (run.Table(Rows.Table) is not { } table)
            return;
        var written = await run.CommitAsync(new ModelRequest([Rows], OnReject), () => Rows.Rows.Length == 1 && OnReject == OnReject.RejectCommit
            ? table.TryInsertAsync(Tests.Rows.Of(table, Rows.Rows[0]))
            : table.InsertAsync(Tests.Rows.Of(table, Rows.Rows), OnReject));
        if (written is not null)
            run.Defect.AfterInsert(table, written);
    }

    public override IEnumerable<Operation> Smaller() => WithoutOneRow(Rows).Select(rows => this with { Rows = rows });
}

/// <summary>Inserts rows into several tables as one commit of a session.</summary>
internal sealed record CommitSession(TableRows First, TableRows Second, OnReject OnReject, Durability Durability) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        if (run.Table(First.Table) is not { } first || run.Table(Second.Table) is not { } second)
            return;
        await run.CommitAsync(new ModelRequest([First, Second], OnReject), async () =>
        {
            using var session = run.Engine.OpenSession();
            foreach (var row in First.Rows)
                session.Insert(first, Rows.Of(first, row));
            foreach (var row in Second.Rows)
                session.Insert(second, Rows.Of(second, row));
            var receipt = await session.CommitAsync(Durability, OnReject);
            await run.Engine.Parts.Visible.WaitAsync(receipt.Lsn);
            return receipt;
        });
    }

    public override IEnumerable<Operation> Smaller() =>
    [
        .. WithoutOneRow(First).Select(rows => this with { First = rows }),
        .. WithoutOneRow(Second).Select(rows => this with { Second = rows }),
        new Insert(First, OnReject),
        new Insert(Second, OnReject),
    ];
}

/// <summary>A commit answered when it is queued, and one behind it: what the first is refused for is told by its session.</summary>
internal sealed record CommitQueued(TableRows Queued, TableRows Behind) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        if (run.Table(Queued.Table) is not { } queued || run.Table(Behind.Table) is not { } behind)
            return;
        var request = new ModelRequest([Queued], OnReject.RejectCommit);
        var decision = run.Model.Decide(request);
        var next = run.Engine.Parts.Log.Next.Value;
        using var session = run.Engine.OpenSession();
        foreach (var row in Queued.Rows)
            session.Insert(queued, Rows.Of(queued, row));
        var answer = await Answer.OfAsync(() => session.CommitAsync(Durability.Queued));
        var refusedAtOnce = decision.Rejected.Any(static r => r.Code == "not_null"); // Validate is ahead of the answer
        if (run.IsFaulted)
            answer.IsRefused(HeliosErrorKind.Unavailable);
        else if (refusedAtOnce)
            answer.IsSameAs(decision, new RunCounts());
        else
            Assert.Equal((0UL, Queued.Rows.Length), (answer.Receipt.Lsn.Value, answer.Receipt.Rows));

        if (!run.IsFaulted && decision.Refusal is null)
            run.Acknowledged(next, decision.Changes);
        await run.CommitAsync(new ModelRequest([Behind], OnReject.RejectRow), () => InsertBehindAsync(session, behind));
        if (!run.IsFaulted)
            Assert.Equal(decision.Refusal is not null && !refusedAtOnce ? 1 : 0, session.RefusedAfterQueued);
    }

    private ValueTask<CommitReceipt> InsertBehindAsync(Session session, Table table)
    {
        foreach (var row in Behind.Rows)
            session.Insert(table, Rows.Of(table, row));
        return session.CommitAsync(Durability.Visible, OnReject.RejectRow);
    }
}

/// <summary>A value of another type is refused before it is part of a commit.</summary>
internal sealed record InsertWrongType(int Table) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        if (run.Table(Table) is not { } table)
            return;
        var row = table.NewRow();
        row["a"] = "no number";
        (await Answer.OfAsync(() => table.InsertAsync(row))).IsRefused(HeliosErrorKind.Invalid, "type_mismatch");
    }
}

/// <summary>Deletes the row with a primary key.</summary>
internal sealed record Delete(int Table, ModelRow Key) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        if (run.Table(Table) is not { } table || !ModelSchema.Tables[Table].HasPrimaryKey || Rows.PrimaryKey(table, Table, Key) is not { } key)
            return;
        var due = run.Model.Find(Table, Key);
        CommitReceipt? receipt = null;
        var answer = await Answer.OfAsync(async () => (receipt = await KeyedWrite.DeleteAsync(run.Engine, table.Plan, key, CancellationToken.None)) ?? default);
        if (run.IsFaulted)
        {
            answer.IsRefused(HeliosErrorKind.Unavailable);
            return;
        }

        Assert.Null(answer.Error);
        Assert.Equal(due is not null, receipt is not null);
        if (due is not { } id)
            return;
        run.Note("row deleted");
        run.Acknowledged(receipt!.Value.Lsn.Value, [new RowDeleted(Table, id, run.Model.Head[Table]!.Rows[id])]);
        run.Defect.AfterDelete(table, key, receipt.Value.Lsn);
    }
}

/// <summary>Gives the row with a primary key another content; inserts it, where it is not there and that is asked for.</summary>
internal sealed record Put(int Table, ModelRow Row, bool Inserts) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        if (run.Table(Table) is not { } table || !ModelSchema.Tables[Table].HasPrimaryKey)
            return;
        var row = Rows.Of(table, Row);
        var answer = await Answer.OfAsync(() => Inserts ? table.UpsertAsync(row) : table.UpdateAsync(row));
        var found = run.Model.Find(Table, Row);
        var decision = found is { } id
            ? run.Model.DecideUpdate(Table, id, Row)
            : run.Model.Decide(new ModelRequest([new TableRows(Table, Row)], OnReject.RejectCommit));
        if (decision.Refusal == "not_null")
        {
            answer.IsRefused(HeliosErrorKind.Invalid, "not_null"); // before there is a commit
        }
        else if (found is null && !Inserts && run.IsFaulted)
        {
            answer.IsRefused(HeliosErrorKind.Unavailable);
        }
        else if (found is null && !Inserts)
        {
            Assert.Equal((null, 0), (answer.Error, answer.Receipt.Rows));
            run.Note("no row to update");
        }
        else if (run.IsWritten(decision, answer) && found is not null)
        {
            run.Note("row updated");
        }
    }
}

/// <summary>Several callers at once, a row each; the order is the engine's, and its LSNs say which.</summary>
internal sealed record InsertAtOnce(TableRows Rows) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        if (run.Table(Rows.Table) is not { } table)
            return;
        var answers = await Task.WhenAll(Rows.Rows.Select(row => Task.Run(() => Answer.OfAsync(() => table.TryInsertAsync(Tests.Rows.Of(table, row))))));
        if (run.IsFaulted)
        {
            Assert.All(answers, static answer => answer.IsRefused(HeliosErrorKind.Unavailable));
            return;
        }

        var all = Rows.Rows.Zip(answers).ToArray();
        foreach (var (row, answer) in all.Where(static a => a.Second.Error is null).OrderBy(static a => a.Second.Receipt.Lsn))
            await run.CommitAsync(Request(row), () => ValueTask.FromResult(answer.Receipt));

        // There are no deletes among them, so what was refused is refused still.
        foreach (var (row, answer) in all.Where(static a => a.Second.Error is not null))
            answer.IsRefused(HeliosErrorKind.Invalid, run.Model.Decide(Request(row)).Refusal ?? "nothing: the row fits");
    }

    public override IEnumerable<Operation> Smaller() => WithoutOneRow(Rows).Select(rows => this with { Rows = rows });

    private ModelRequest Request(ModelRow row) => new([new TableRows(Rows.Table, row)], OnReject.RejectCommit);
}
