using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Decides one commit against <see cref="OrderState"/>: all of its effects on memory, or none.</summary>
internal ref partial struct CommitDecision(OrderState state, WriteEnvelope envelope, Lsn lsn)
{
    private int _keyOffset;
    private int _row;
    private bool _isSpoiled;

    public Lsn Lsn { get; } = lsn;

    public int RowsChanged { get; private set; }

    /// <summary>Why the commit is refused; set where <see cref="TryDecide"/> is false.</summary>
    public HeliosException? Refusal { get; private set; }

    /// <summary>The newest commit that the refusal rests on.</summary>
    public Lsn RestsOn { get; private set; }

    public bool TryDecide()
    {
        if (!CheckSources() || !DecideWrites() || !DecideOperations())
            return false;
        AppendWrites();
        if (envelope.Changes.Length > ChangeFormat.MaxCommitBytes + ReservedBytes)
            return Refuse(ValidateStage.TooLong(envelope.Changes.Length), default);
        if (envelope.Rejected.Count > 0 && envelope.Recorder is { } recorder)
            RecordRejects(recorder);
        CountForSources();
        return true;
    }

    /// <summary>The commit is in the group: everything that only the order may change is changed.</summary>
    public void Apply(CommitGroup group)
    {
        state.Keep();
        var commits = new CommitReader(envelope.Changes.Buffer.Written);
        commits.TryNext(out var operations);
        while (operations.TryNext(out var operation))
        {
            switch (operation.Kind)
            {
                case OperationKind.Insert:
                    var insert = operation.AsInsert();
                    state.Window.Touch(insert.Table, Lsn);
                    group.Add(new TableChange(insert.Table, insert.Stored, new RowId(insert.FirstRow.Value + (ulong)insert.Rows - 1)));
                    break;
                case OperationKind.Delete:
                    var delete = operation.AsDelete();
                    Remember(delete.Table, delete.Row);
                    group.Add(new TableChange(delete.Table, -1, state.HighestRow(delete.Table)));
                    break;
                case OperationKind.Update:
                    var update = operation.AsUpdate();
                    Remember(update.Table, update.Row);
                    state.Images.Put(update.Table, update.Row, Lsn, update.After);
                    group.Add(new TableChange(update.Table, 0, state.HighestRow(update.Table), Updated: 1));
                    break;
                case OperationKind.CreateTable:
                    group.Created.Add(state.CreateTable(CreateTableOperation.Read(operation.Body)));
                    break;
                case OperationKind.AlterTable:
                    var altered = CreateTableOperation.Read(operation.Body);
                    group.Replaced = state.AlterTable(altered, Lsn, isReplayed: false);
                    group.Created.Add(altered);
                    break;
                case OperationKind.MoveSource:
                    state.Sources.Move(SourceCodec.Read(operation.Body, Lsn, out _));
                    break;
                case OperationKind.ForgetSource:
                    ForgetSourceOperation.Read(operation.Body, out var table, out var fingerprint);
                    state.Sources.Forget(table, fingerprint);
                    break;
            }
        }

        RememberInserted();
    }

    /// <summary>Undoes what <see cref="TryDecide"/> entered before it refused.</summary>
    public readonly void TakeBack() => state.TakeBack(Lsn);

    private bool DecideOperations()
    {
        var commits = new CommitReader(envelope.Changes.Buffer.Written);
        commits.TryNext(out var operations);
        while (operations.TryNext(out var operation))
        {
            var decided = operation.Kind switch
            {
                OperationKind.Insert => DecideInsert(operation),
                OperationKind.Delete => DecideDelete(operation.AsDelete()),
                OperationKind.CreateTable => DecideCreateTable(operation),
                OperationKind.AlterTable => DecideAlterTable(CreateTableOperation.Read(operation.Body)),
                _ => true,
            };
            if (!decided)
                return false;
        }

        if (envelope.OnReject == OnReject.RejectCommit && envelope.Rejected.Count == 0)
            CheckInserted();
        if (envelope.OnReject == OnReject.RejectCommit && envelope.Rejected.Count > 0)
            return Refuse(ValidateStage.Refused(envelope), RestsOn);
        return true;
    }

    private bool DecideInsert(OperationView operation)
    {
        var insert = operation.AsInsert();
        if (!state.Plans.TryGet(insert.Table, out var plan))
            return Refuse(new HeliosException(HeliosErrorKind.Invalid, "unknown_table", $"There is no table {insert.Table}. Nothing of the commit was written."), default);

        var body = envelope.Changes.Buffer.Written.Slice(operation.BodyOffset, operation.Body.Length);
        var first = state.TakeRows(insert.Table, insert.Rows);
        ChangePatch.SetFirstRow(body, first);
        for (var local = 0; local < insert.Rows; local++, _row++)
        {
            if (insert.IsDropped(local))
                continue;
            var rejection = plan.Trees.IsEmpty ? null : EnterKeys(plan, new RowId(first.Value + (ulong)local));
            if (rejection is null)
            {
                RowsChanged += IsUsers(insert.Table) ? 1 : 0;
                continue;
            }

            envelope.Rejected.Add(rejection);
            if (envelope.OnReject == OnReject.RejectRow)
                ChangePatch.Drop(body, local);
        }

        return true;
    }

    /// <summary>Reserves the row's keys in every index, or in none and says why.</summary>
    private RowRejection? EnterKeys(TablePlan plan, RowId id)
    {
        var (mark, start) = (state.Keys.Mark, _keyOffset);
        RowRejection? rejection = null;
        for (var i = 0; i < plan.Trees.Length; i++)
        {
            if (!TryReadKey(out var key, out var recorded) || rejection is not null || state.Keys.TryEnter(plan.Trees[i], plan.TreeKey(i, key, id, state.TreeKey), i < plan.UniqueCount ? recorded : default, id, Lsn, out var holder))
                continue;
            RestsOn = holder.Lsn > RestsOn && holder.Lsn != Lsn ? holder.Lsn : RestsOn;
            rejection = Duplicate(plan, i, holder, _row);
        }

        if (rejection is null && envelope.OnReject == OnReject.RejectRow && !plan.ForeignKeys.IsEmpty)
            rejection = MissingParent(plan, start, _row);
        if (rejection is not null)
            state.Keys.TakeBack(mark, Lsn);
        return rejection;
    }

    /// <summary>The next key that Validate has written; false where it is none, because a column is NULL.</summary>
    private bool TryReadKey(out ReadOnlySpan<byte> key, out KeyVersion recorded)
    {
        var keys = new KeyList(envelope.Keys.Written, _keyOffset);
        var has = keys.TryNext(out key, out recorded);
        _keyOffset = keys.Offset;
        return has;
    }

    private readonly RowRejection Duplicate(TablePlan plan, int index, KeyVersion holder, int row)
    {
        var definition = plan.Definition.Indexes[index];
        var columns = string.Join(", ", definition.Ordinals.Select(o => plan.Definition.Schema.Columns[o].Name));
        var where = holder.Lsn == Lsn ? "an earlier row of the same commit" : $"row {holder.Row}";
        return new RowRejection(row, "duplicate_key", definition.Ordinals.Length == 1 ? columns : null, definition.Name,
            $"{(definition.IsPrimary ? "primary key" : $"unique constraint {definition.Name}")} ({columns}) of table {plan.Definition.Name}: {where} has the same value") { Table = plan.Definition.Name };
    }

    private bool DecideDelete(DeleteView delete)
    {
        if (!state.Plans.TryGet(delete.Table, out var plan))
            return Refuse(new HeliosException(HeliosErrorKind.Invalid, "unknown_table", $"There is no table {delete.Table}. Nothing of the commit was written."), default);
        var keys = delete.GetEnumerator();
        while (keys.MoveNext())
        {
            if (state.TreeOf(delete.Table, keys.Index, out _) is >= 0 and var place && !TryVacate(plan, place, keys.Key, delete.Row, delete.RowLsn))
                return false;
        }

        RowsChanged += IsUsers(delete.Table) ? 1 : 0;
        return true;
    }

    private bool TryVacate(TablePlan plan, int index, scoped ReadOnlySpan<byte> key, RowId row, Lsn rowLsn)
    {
        var tree = plan.Trees[index];
        if (!tree.TryGetNewest(key, out var newest) || newest.Vacated || newest.Row != row || newest.Lsn != rowLsn)
            return plan.Incomplete[index] || RefuseChanged(plan, row, newest.Lsn); // of an incomplete index it may never have been there
        state.Keys.Vacate(tree, key, row, Lsn);
        return true;
    }

    private bool RefuseChanged(TablePlan plan, RowId row, Lsn by)
    {
        var changed = new HeliosException(HeliosErrorKind.Conflict, "conflict",
            $"Row {row} of table {plan.Definition.Name} has changed since it was read. Nothing of the commit was written: read it again and repeat.") { Table = plan.Definition.Name };
        return Refuse(changed, by == Lsn ? default : by);
    }

    private static bool IsUsers(TableId table) => table.Value >= TableDefinition.FirstUserTable;

    private bool DecideCreateTable(OperationView operation)
    {
        var body = envelope.Changes.Buffer.Written.Slice(operation.BodyOffset, operation.Body.Length);
        var id = new TableId(state.Catalog.HighestId + 1);
        ChangePatch.SetTable(body, id, id.Value);
        var definition = CreateTableOperation.Read(body);
        if ((ForeignKeyRules.Check(definition, state.Catalog) ?? ExpressionRules.Check(definition.Name, definition.Schema)) is { } refusal)
            return Refuse(refusal, state.Head);
        return state.Catalog.Find(definition.Name) is null ||
            Refuse(new HeliosException(HeliosErrorKind.Invalid, "table_exists", $"There is a table {definition.Name} already. Nothing of the commit was written.") { Table = definition.Name }, state.Head);
    }

    private bool CheckSources()
    {
        var commits = new CommitReader(envelope.Changes.Buffer.Written);
        commits.TryNext(out var operations);
        while (operations.TryNext(out var operation))
        {
            if (operation.Kind != OperationKind.MoveSource)
                continue;
            var progress = SourceCodec.Read(operation.Body, Lsn, out var expected);
            var known = state.Sources.OffsetOf(progress.Table, progress.Key.Fingerprint);
            if (known == expected)
                continue;
            var refusal = new HeliosException(HeliosErrorKind.Conflict, "source_moved",
                $"The source stands at byte {known}, not at {expected}: somebody else has taken it further. Nothing of the commit was written.");
            return Refuse(refusal, state.Head);
        }

        return true;
    }

    /// <summary>The refused rows' dead letters go into the same commit, behind everything else.</summary>
    private readonly void RecordRejects(IRejectRecorder recorder)
    {
        var table = DeadLetters.Definition;
        envelope.Changes.BeginInsert(table.Id, table.Partition);
        foreach (var rejection in envelope.Rejected)
            recorder.Record(envelope.Changes, rejection);
        envelope.Changes.EndInsert(droppable: false);
        var body = envelope.Changes.LastOperationBody;
        ChangePatch.SetFirstRow(body, state.TakeRows(table.Id, envelope.Rejected.Count));
    }

    /// <summary>A source's totals go on from where they stood: only the order knows that, and what was refused.</summary>
    private readonly void CountForSources()
    {
        envelope.Changes.Seal();
        var rejected = 0;
        var commits = new CommitReader(envelope.Changes.Buffer.Written);
        commits.TryNext(out var operations);
        var counted = operations;
        while (counted.TryNext(out var operation))
        {
            if (operation.Kind == OperationKind.Insert && operation.AsInsert() is var insert && insert.Table == DeadLetters.Definition.Id)
                rejected += insert.Stored;
        }

        SourceProgress? added = null;
        while (operations.TryNext(out var operation))
        {
            if (operation.Kind != OperationKind.MoveSource)
                continue;
            var progress = SourceCodec.Read(operation.Body, Lsn, out _);
            var before = state.Sources.Find(progress.Table, progress.Key.Fingerprint);
            if (before is null)
                added = progress;
            var body = envelope.Changes.Buffer.Written.Slice(operation.BodyOffset, operation.Body.Length);
            ChangePatch.SetSourceTotals(body, (before?.Stored ?? 0) + RowsChanged, (before?.Rejected ?? 0) + rejected);
        }

        if (added is not null && state.Sources.Count(added.Table) >= SourceLedger.MaxSources)
            envelope.Changes.ForgetSource(added.Table, state.Sources.Oldest(added.Table));
    }

    public bool Refuse(HeliosException refusal, Lsn restsOn)
    {
        Refusal = refusal;
        RestsOn = restsOn;
        return false;
    }
}
