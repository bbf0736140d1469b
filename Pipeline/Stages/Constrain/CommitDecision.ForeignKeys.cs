using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <content>
/// Foreign keys are judged by what the commit leaves: every key that a row newly refers to must be there, and no row may refer to
/// a key that went. The rows that go or change with their parents were found by whoever made the commit: where one has come in
/// between, the commit is refused as met by another, and made again.
/// </content>
internal ref partial struct CommitDecision
{
    /// <summary>What the changed rows refer to, and who refers to what they gave up; false where the commit must be made again.</summary>
    private bool CheckReferences()
    {
        foreach (ref var write in envelope.Writes.All)
        {
            if (write.Effect == RowWriteEffect.None)
                continue;
            var plan = state.Plans[write.Table];
            if (write.Effect != RowWriteEffect.Delete && !plan.ForeignKeys.IsEmpty && MissingParent(plan, write) is { } missing)
                Spoil(ref write, missing, default);
            else if (write.Effect != RowWriteEffect.Insert && !plan.ReferencedBy.IsEmpty && !CheckChildren(plan, ref write))
                return false;
        }

        return true;
    }

    /// <summary>The same for rows that were inserted without a word about others; only where all are taken or none.</summary>
    private void CheckInserted()
    {
        if (!MayRefer())
            return; // the common case does not look at its keys again
        var (offset, row) = (0, 0);
        var commits = new CommitReader(envelope.Changes.Buffer.Written);
        commits.TryNext(out var operations);
        while (operations.TryNext(out var operation))
        {
            if (operation.Kind != OperationKind.Insert)
                continue;
            var insert = operation.AsInsert();
            var plan = state.Plans[insert.Table];
            for (var i = 0; i < insert.Rows; i++, row++)
            {
                if (!plan.ForeignKeys.IsEmpty && MissingParent(plan, offset, row) is { } missing)
                    envelope.Rejected.Add(missing);
                var keys = new KeyList(envelope.Keys.Written, offset);
                for (var index = 0; index < plan.Trees.Length; index++)
                    keys.TryNext(out _);
                offset = keys.Offset;
            }
        }
    }

    /// <summary>Is there a row of a table with foreign keys among those inserted?</summary>
    private readonly bool MayRefer()
    {
        var commits = new CommitReader(envelope.Changes.Buffer.Written);
        commits.TryNext(out var operations);
        while (operations.TryNext(out var operation))
        {
            if (operation.Kind == OperationKind.Insert && !state.Plans[operation.AsInsert().Table].ForeignKeys.IsEmpty)
                return true;
        }

        return false;
    }

    private RowRejection? MissingParent(TablePlan plan, in RowWrite write)
    {
        foreach (var reference in plan.ForeignKeys)
        {
            if (KeyAt(write.AfterKeys, reference.ChildIndex, out var key, out var recorded)
                && !(write.Effect == RowWriteEffect.Update && KeyAt(write.BeforeKeys, reference.ChildIndex, out var before, out _) && before.SequenceEqual(key))
                && !IsThere(reference, key, recorded))
                return Missing(plan, reference, write.Number);
        }

        return null;
    }

    /// <param name="plan">The table.</param>
    /// <param name="keys">Where the row's keys stand.</param>
    /// <param name="row">The row's place in the commit.</param>
    private RowRejection? MissingParent(TablePlan plan, int keys, int row)
    {
        foreach (var reference in plan.ForeignKeys)
        {
            if (KeyAt(keys, reference.ChildIndex, out var key, out var recorded) && !IsThere(reference, key, recorded))
                return Missing(plan, reference, row);
        }

        return null;
    }

    private bool IsThere(ForeignKeyPlan reference, ReadOnlySpan<byte> key, KeyVersion recorded)
    {
        var isThere = UniqueKeys.TryGetNewest(reference.Parents, key, recorded, out var newest) && !newest.Vacated;
        if (!isThere && newest.Lsn > RestsOn && newest.Lsn != Lsn)
            RestsOn = newest.Lsn; // the row that had it went by a commit that may still be in flight
        return isThere;
    }

    private bool CheckChildren(TablePlan plan, ref RowWrite write)
    {
        var gone = VacatedKeys(plan, write);
        while (gone.MoveNext())
        {
            foreach (var reference in plan.ReferencedBy)
            {
                if (reference.ParentIndex != gone.Index)
                    continue;
                var action = write.Effect == RowWriteEffect.Delete ? reference.Key.OnDelete : reference.Key.OnUpdate;
                if (action != ReferentialAction.Restrict && reference.Parents.TryGetNewest(gone.Key, out var newest) && !newest.Vacated)
                    continue; // another row of the commit has it now
                if (!reference.TryFindChild(gone.Key, out var child))
                    continue;
                if (action is not (ReferentialAction.NoAction or ReferentialAction.Restrict) && child.Lsn != Lsn && envelope.Rejected.Count == 0)
                    return RefuseChanged(reference.Child, child.Row, child.Lsn); // it has come since the commit was made
                Spoil(ref write, StillReferred(plan, reference, write, child), child.Lsn);
                return true;
            }
        }

        return true;
    }

    /// <summary>Refuses a row that other rows of the commit may have counted on.</summary>
    private void Spoil(ref RowWrite write, RowRejection rejection, Lsn restsOn)
    {
        _isSpoiled = true;
        RefuseRow(ref write, rejection, restsOn);
    }

    private readonly bool KeyAt(int keys, int index, out ReadOnlySpan<byte> key, out KeyVersion recorded)
    {
        var list = new KeyList(envelope.Keys.Written, keys);
        for (var i = 0; i < index; i++)
            list.TryNext(out _);
        return list.TryNext(out key, out recorded);
    }

    private static RowRejection Missing(TablePlan plan, ForeignKeyPlan reference, int row) =>
        new(row, "foreign_key_violation", reference.Key.Columns.Count == 1 ? reference.Key.Columns[0] : null, reference.Key.Name,
            $"foreign key {reference.Key.Name} ({string.Join(", ", reference.Key.Columns)}) of table {plan.Definition.Name}: table {reference.Parent.Definition.Name} has no row with this key") { Table = plan.Definition.Name };

    private static RowRejection StillReferred(TablePlan plan, ForeignKeyPlan reference, in RowWrite write, KeyVersion child) =>
        new(write.Number, "foreign_key_violation", reference.Key.Columns.Count == 1 ? reference.Key.Columns[0] : null, reference.Key.Name,
            $"foreign key {reference.Key.Name} ({string.Join(", ", reference.Key.Columns)}) of table {reference.Child.Definition.Name}: row {child.Row} refers to the key of table {plan.Definition.Name} that is to be {(write.Effect == RowWriteEffect.Delete ? "deleted" : "changed")}") { Table = reference.Child.Definition.Name };
}
