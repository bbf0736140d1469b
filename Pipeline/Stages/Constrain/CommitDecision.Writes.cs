using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <content>
/// Rows that are changed by key, or as they were read. First every row gives up the keys it will not have any more, then every
/// row takes those it will have: so a commit may exchange keys, and its order does not matter.
/// </content>
internal ref partial struct CommitDecision
{
    /// <summary>What a row of the longest kind may add to a commit: a header, or the bytes of a key.</summary>
    private const int ReservedBytes = 64 << 10;

    /// <summary>A refused row gives keys back that others have counted on: so often the rest is decided again.</summary>
    private const int MaxPasses = 8;

    /// <summary>Contents of a row, old and new, that are logged both; beyond it the new one alone: a long row fits into its commit only once.</summary>
    public const int MaxImages = 8 << 20;

    private bool DecideWrites()
    {
        if (envelope.Writes.IsEmpty)
            return true;
        if (!CheckReads())
            return false;
        for (var pass = 1; ; pass++)
        {
            _isSpoiled = false;
            if (!GiveUpKeys())
                return false;
            TakeKeys();
            if (!CheckReferences())
                return false;
            if (!_isSpoiled || envelope.OnReject == OnReject.RejectCommit)
                return true;
            if (pass == MaxPasses)
                return Refuse(ValidateStage.Refused(envelope), RestsOn);
            state.TakeBack(Lsn);
            RowsChanged = 0;
        }
    }

    /// <summary>Is everything that a transaction looked at still so?</summary>
    private bool CheckReads()
    {
        var writes = envelope.Writes;
        foreach (var read in writes.KeyReads)
        {
            if (!state.Plans.TryGet(read.Table, out var plan))
                return RefuseUnknown(read.Table);
            if (plan.AlteredAt > writes.Snapshot || read.Index >= plan.UniqueCount)
                return RefuseRead(plan, plan.AlteredAt); // it names the index by its place
            var isLive = UniqueKeys.TryGetNewest(plan.Trees[read.Index], writes[read.Key], read.Recorded, out var newest) && !newest.Vacated;
            if (isLive ? newest.Row != read.Row || newest.Lsn != read.RowLsn : read.RowLsn != Lsn.Zero)
                return RefuseRead(plan, newest.Lsn);
        }

        foreach (var table in writes.TableReads)
        {
            if (state.Window.LastChange(table) is var last && last > writes.Snapshot)
                return state.Plans.TryGet(table, out var plan) ? RefuseRead(plan, last) : RefuseUnknown(table);
        }

        return true;
    }

    private bool GiveUpKeys()
    {
        foreach (ref var write in envelope.Writes.All)
        {
            write.Effect = RowWriteEffect.None;
            if (write.IsDropped)
                continue;
            if (!state.Plans.TryGet(write.Table, out var plan))
                return RefuseUnknown(write.Table);
            if (!TryFind(plan, ref write, out var holder, out var exists))
                return false;
            write.Effect = write.Mode switch
            {
                RowWriteMode.Insert => RowWriteEffect.Insert,
                RowWriteMode.InsertIfAbsent when !exists => RowWriteEffect.Insert,
                RowWriteMode.Upsert => exists ? RowWriteEffect.Update : RowWriteEffect.Insert,
                RowWriteMode.Update when exists => RowWriteEffect.Update,
                RowWriteMode.Delete when exists => RowWriteEffect.Delete,
                _ => RowWriteEffect.None,
            };
            if (write.Mode == RowWriteMode.Absent && exists)
                RefuseRow(ref write, Duplicate(plan, 0, holder, write.Number), holder.Lsn);
            else if (write.Mode == RowWriteMode.Duplicate)
                RefuseRow(ref write, Duplicate(plan, 0, new KeyVersion(default, Lsn, Vacated: false), write.Number), default);
            if (write.Effect is RowWriteEffect.Update or RowWriteEffect.Delete && !(TryUseContent(plan, ref write, holder) && TryGiveUpKeys(plan, write)))
                return false;
        }

        return true;
    }

    /// <summary>Looks for the row that a write means; refuses where it is for another version than the newest.</summary>
    private bool TryFind(TablePlan plan, ref RowWrite write, out KeyVersion holder, out bool exists)
    {
        holder = new KeyVersion(write.Row, write.RowLsn, Vacated: false);
        exists = false;
        if (!write.Key.IsNone)
        {
            exists = UniqueKeys.TryGetNewest(plan.Trees[0], envelope.Writes[write.Key], write.Recorded, out holder) && !holder.Vacated;
            return !write.IsExact || (exists ? holder.Row == write.Row && holder.Lsn == write.RowLsn : write.RowLsn == Lsn.Zero) || RefuseChanged(plan, write.Row, holder.Lsn);
        }

        if (write.Mode is RowWriteMode.Insert or RowWriteMode.InsertIfAbsent)
            return true; // a new row of a table without a key
        exists = true;
        var changed = state.Window.ChangeSince(write.Table, write.Row, envelope.Writes.Snapshot);
        if (changed == write.RowLsn)
            return true; // the last change is the version that was read, by a later statement than the first
        return changed == Lsn.Zero || (changed == Lsn.Max ? RefuseTooOld(plan) : RefuseChanged(plan, write.Row, changed));
    }

    /// <summary>What the row is before this commit: as it was read, or as a commit has left it that cannot be read yet.</summary>
    private bool TryUseContent(TablePlan plan, ref RowWrite write, KeyVersion holder)
    {
        if (!write.Before.IsNone && write.Row == holder.Row && write.RowLsn == holder.Lsn)
            return true;
        if (!state.Images.TryGet(write.Table, holder.Row, holder.Lsn, out var content))
            return RefuseChanged(plan, holder.Row, holder.Lsn);
        write.Before = envelope.Writes.Keep(content);
        write.BeforeKeys = ValidateStage.AppendKeys(plan, content, new int[plan.Definition.Schema.Columns.Length], envelope.Keys);
        (write.Row, write.RowLsn) = (holder.Row, holder.Lsn);
        return true;
    }

    private bool TryGiveUpKeys(TablePlan plan, in RowWrite write)
    {
        var vacated = VacatedKeys(plan, write);
        while (vacated.MoveNext())
        {
            // The row has not changed since that version, so whatever key of it the tree lacks is in the store with the same one.
            var key = plan.TreeKey(vacated.Index, vacated.Key, write.Row, state.TreeKey);
            plan.Trees[vacated.Index].Restore(key, new KeyVersion(write.Row, write.RowLsn, Vacated: false));
            if (!TryVacate(plan, vacated.Index, key, write.Row, write.RowLsn))
                return false;
        }

        return true;
    }

    private void TakeKeys()
    {
        foreach (ref var write in envelope.Writes.All)
        {
            if (write.Effect == RowWriteEffect.None)
                continue;
            var plan = state.Plans[write.Table];
            if (write.Effect == RowWriteEffect.Insert)
                TakeKeysOfNew(plan, ref write);
            else if (write.Effect == RowWriteEffect.Update)
                TakeKeysOfChanged(plan, ref write);
            RowsChanged += write.Effect != RowWriteEffect.None && IsUsers(write.Table) ? 1 : 0;
        }
    }

    private void TakeKeysOfNew(TablePlan plan, ref RowWrite write)
    {
        var mark = state.Keys.Mark;
        var row = new RowId(state.HighestRow(write.Table).Value + 1);
        var keys = new KeyList(envelope.Keys.Written, write.AfterKeys);
        for (var i = 0; i < plan.Trees.Length; i++)
        {
            if (!keys.TryNext(out var key, out var recorded) || state.Keys.TryEnter(plan.Trees[i], plan.TreeKey(i, key, row, state.TreeKey), i < plan.UniqueCount ? recorded : default, row, Lsn, out var holder))
                continue;
            state.Keys.TakeBack(mark, Lsn);
            if (write.Mode == RowWriteMode.InsertIfAbsent)
                write.Effect = RowWriteEffect.None;
            else
                RefuseRow(ref write, Duplicate(plan, i, holder, write.Number), holder.Lsn);
            return;
        }

        write.Row = state.TakeRows(write.Table, 1);
    }

    private void TakeKeysOfChanged(TablePlan plan, ref RowWrite write)
    {
        var mark = state.Keys.Mark;
        var old = new KeyList(envelope.Keys.Written, write.BeforeKeys);
        var now = new KeyList(envelope.Keys.Written, write.AfterKeys);
        for (var i = 0; i < plan.Trees.Length; i++)
        {
            var had = old.TryNext(out var before);
            if (!now.TryNext(out var key, out var recorded))
                continue;
            var entry = plan.TreeKey(i, key, write.Row, state.TreeKey);
            if (had && before.SequenceEqual(key) && Holds(plan, i, entry, write.Row))
            {
                plan.Trees[i].Restore(entry, new KeyVersion(write.Row, write.RowLsn, Vacated: false));
                state.Keys.Replace(plan.Trees[i], entry, write.Row, Lsn);
                continue;
            }

            if (state.Keys.TryEnter(plan.Trees[i], entry, i < plan.UniqueCount ? recorded : default, write.Row, Lsn, out var holder))
                continue;
            _isSpoiled = true;
            state.Keys.TakeBack(mark, Lsn); // rows behind it must not be refused for keys that it does not get
            RefuseRow(ref write, Duplicate(plan, i, holder, write.Number), holder.Lsn);
            return;
        }
    }

    /// <summary>An incomplete index may not have the row's key yet: then it is entered like a new one.</summary>
    private static bool Holds(TablePlan plan, int index, ReadOnlySpan<byte> entry, RowId row) =>
        !plan.Incomplete[index] || (plan.Trees[index].TryGetNewest(entry, out var newest) && !newest.Vacated && newest.Row == row);

    /// <summary>Writes the operations that are logged: what goes and what changes, then what is new.</summary>
    private readonly void AppendWrites()
    {
        var changes = envelope.Changes;
        foreach (ref var write in envelope.Writes.All)
        {
            if (write.Effect is RowWriteEffect.Update or RowWriteEffect.Delete)
                AppendChanged(changes, state.Plans[write.Table], write);
        }

        TableId open = default;
        foreach (ref var write in envelope.Writes.All)
        {
            if (write.Effect != RowWriteEffect.Insert)
                continue;
            if (open != write.Table)
            {
                if (open != default)
                    changes.EndInsert(droppable: false);
                open = write.Table;
                changes.BeginInsert(open, state.Plans[open].Definition.Partition);
                ChangePatch.SetFirstRow(changes.LastOperationBody, write.Row);
            }

            changes.BeginRow();
            changes.Buffer.Append(envelope.Writes[write.After]);
            changes.EndRow();
        }

        if (open != default)
            changes.EndInsert(droppable: false);
        if (envelope.Writes.Count > 0)
            changes.Seal();
    }

    private readonly void AppendChanged(ChangeSetBuilder changes, TablePlan plan, in RowWrite write)
    {
        var (writes, definition) = (envelope.Writes, plan.Definition);
        var before = write.Before.Length + Math.Max(write.After.Length, 0) <= MaxImages ? writes[write.Before] : default;
        if (write.Effect == RowWriteEffect.Update)
        {
            changes.BeginUpdate(write.Table, definition.Partition, write.Row, write.RowLsn, before);
            changes.Buffer.Append(writes[write.After]);
            changes.EndUpdatedRow();
        }
        else
        {
            changes.BeginDelete(write.Table, definition.Partition, write.Row, write.RowLsn, before);
        }

        var count = 0;
        var vacated = VacatedKeys(plan, write);
        for (; vacated.MoveNext(); count++)
            changes.VacateKey(definition.Indexes[vacated.Index].Id, plan.TreeKey(vacated.Index, vacated.Key, write.Row, state.TreeKey));
        if (write.Effect == RowWriteEffect.Update)
            changes.EndUpdate(count);
        else
            changes.EndDelete(count);
    }

    private readonly KeysGivenUp VacatedKeys(TablePlan plan, in RowWrite write) =>
        new(plan.Trees.Length, new KeyList(envelope.Keys.Written, write.BeforeKeys), new KeyList(envelope.Keys.Written, write.AfterKeys), write.Effect == RowWriteEffect.Update);

    private readonly void Remember(TableId table, RowId row)
    {
        state.Window.Add(table, row, Lsn);
        state.Window.Touch(table, Lsn);
    }

    private readonly void RememberInserted()
    {
        foreach (ref var write in envelope.Writes.All)
        {
            if (write.Effect == RowWriteEffect.Insert && !write.Key.IsNone)
                state.Images.Put(write.Table, write.Row, Lsn, envelope.Writes[write.After]);
        }
    }

    private void RefuseRow(ref RowWrite write, RowRejection rejection, Lsn restsOn)
    {
        write.IsDropped = true;
        write.Effect = RowWriteEffect.None;
        envelope.Rejected.Add(rejection);
        if (envelope.Writes.HasCaused)
        {
            envelope.Writes.Drop(write.Number);
            _isSpoiled = true;
        }

        if (restsOn > RestsOn && restsOn != Lsn)
            RestsOn = restsOn;
    }

    private bool RefuseUnknown(TableId table) =>
        Refuse(new HeliosException(HeliosErrorKind.Invalid, "unknown_table", $"There is no table {table}. Nothing of the commit was written."), default);

    private bool RefuseRead(TablePlan plan, Lsn by) => Refuse(new HeliosException(HeliosErrorKind.Conflict, "conflict",
        $"What was read in table {plan.Definition.Name} has been changed by another commit since. Nothing of the commit was written: begin again.") { Table = plan.Definition.Name, Lsn = by }, by);

    private bool RefuseTooOld(TablePlan plan) => Refuse(new HeliosException(HeliosErrorKind.Conflict, "conflict",
        $"Table {plan.Definition.Name} has no primary key, and its row was read at commit {envelope.Writes.Snapshot}, before the changes that are remembered (since commit {state.Window.Floor}). Nothing of the commit was written: begin again.") { Table = plan.Definition.Name }, default);

    /// <summary>Walks the keys that a row has and will not have.</summary>
    private ref struct KeysGivenUp(int indexes, KeyList old, KeyList now, bool hasNow)
    {
        private KeyList _old = old;
        private KeyList _now = now;

        public int Index { get; private set; } = -1;

        public ReadOnlySpan<byte> Key { get; private set; }

        public bool MoveNext()
        {
            while (++Index < indexes)
            {
                ReadOnlySpan<byte> after = default;
                var had = _old.TryNext(out var before);
                var has = hasNow && _now.TryNext(out after);
                if (!had || (has && before.SequenceEqual(after)))
                    continue;
                Key = before;
                return true;
            }

            return false;
        }
    }
}
