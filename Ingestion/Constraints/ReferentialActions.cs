using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>
/// Adds to a commit what its foreign keys say of the rows that refer to rows which it deletes or whose keys it changes: they go too,
/// take over the new key, or refer to nothing or to their default. Goes on with what these rows' going does, and comes to each row
/// once, so that cycles end. Constrain checks that no such row is missing; then the commit is made again.
/// </summary>
internal sealed class ReferentialActions
{
    private readonly RowWrites _writes;
    private readonly ReadView _view;
    private readonly TablePlans _plans;
    private readonly Dictionary<(uint Table, ulong Row), int> _byRow = [];
    private readonly Queue<int> _pending = new();

    private ReferentialActions(RowWrites writes, ReadView view, TablePlans plans)
    {
        _writes = writes;
        _view = view;
        _plans = plans;
    }

    /// <summary>Completes the writes of a commit that have been read ahead at the view's LSN.</summary>
    /// <exception cref="HeliosException">Invalid <c>commit_too_long</c>: the rows that refer are more than one commit can hold.</exception>
    public static void Complete(RowWrites writes, ReadView view, TablePlans plans)
    {
        var isReferenced = false;
        foreach (ref var write in writes.All)
            isReferenced |= !write.Before.IsNone && !plans[write.Table].ReferencedBy.IsEmpty;
        if (isReferenced)
            new ReferentialActions(writes, view, plans).Run();
    }

    private void Run()
    {
        for (var i = 0; i < _writes.Count; i++)
        {
            if (_writes.All[i].Before.IsNone)
                continue;
            _byRow[(_writes.All[i].Table.Value, _writes.All[i].Row.Value)] = i;
            _pending.Enqueue(i);
        }

        while (_pending.TryDequeue(out var i))
        {
            foreach (var reference in _plans[_writes.All[i].Table].ReferencedBy)
                Follow(i, reference);
        }
    }

    /// <summary>Looks for the rows that refer by one foreign key to what a write takes away.</summary>
    private void Follow(int parent, ForeignKeyPlan reference)
    {
        var write = _writes.All[parent];
        var isDelete = write.Mode == RowWriteMode.Delete;
        var action = isDelete ? reference.Key.OnDelete : reference.Key.OnUpdate;
        if (action is ReferentialAction.NoAction or ReferentialAction.Restrict || write.Mode == RowWriteMode.InsertIfAbsent)
            return;
        using var before = new ByteBuffer();
        using var after = new ByteBuffer();
        var hasBefore = TryEncode(reference.Parent, reference.ParentIndex, _writes[write.Before], before);
        var hasAfter = !isDelete && TryEncode(reference.Parent, reference.ParentIndex, _writes[write.After], after);
        if (!hasBefore || (hasAfter && before.Written.SequenceEqual(after.Written)))
            return;
        foreach (var (row, version) in _view.Children(reference, before.Written))
            Act(parent, reference, action, row, version);
    }

    private void Act(int parent, ForeignKeyPlan reference, ReferentialAction action, RowId row, Lsn version)
    {
        if (_byRow.TryGetValue((reference.Child.Definition.Id.Value, row.Value), out var known))
        {
            ref var earlier = ref _writes.All[known];
            if (!earlier.IsCaused || earlier.Mode == RowWriteMode.Delete)
                return; // it goes anyway, or the caller says what it is to be: that is judged as it is
        }
        else
        {
            known = Read(parent, reference.Child, row, version);
        }

        var isDelete = action == ReferentialAction.Cascade && _writes.All[parent].Mode == RowWriteMode.Delete;
        ref var write = ref _writes.All[known];
        if (isDelete)
        {
            (write.Mode, write.After) = (RowWriteMode.Delete, Slice.None);
        }
        else
        {
            var patched = Patch(parent, reference, action, _writes[write.After]);
            if (_writes[patched].SequenceEqual(_writes[write.After]))
                return; // it was so before: a cycle has come round
            write.After = patched;
        }

        if (_writes.Bytes.Length > ChangeFormat.MaxCommitBytes * 2L)
            throw ValidateStage.TooLong(_writes.Bytes.Length);
        _pending.Enqueue(known);
    }

    /// <summary>Adds a row that refers, as it is; returns its place.</summary>
    private int Read(int parent, TablePlan plan, RowId row, Lsn version)
    {
        using var content = new ByteBuffer();
        if (!_view.TryRead(plan, row, content, out _))
            throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt", $"Table {plan.Definition.Name}: the index of a foreign key names row {row} of LSN {version}, which the store does not have.") { Table = plan.Definition.Name };
        var key = Slice.None;
        if (!plan.Definition.Schema.PrimaryKey.IsEmpty)
        {
            using var bytes = new ByteBuffer();
            TryEncode(plan, 0, content.Written, bytes);
            key = _writes.Keep(bytes.Written);
        }

        var before = _writes.Keep(content.Written);
        _byRow[(plan.Definition.Id.Value, row.Value)] = _writes.Count;
        _writes.Add(new RowWrite
        {
            Table = plan.Definition.Id,
            Mode = RowWriteMode.Update,
            IsExact = true,
            IsCaused = true,
            Number = _writes.All[parent].Number,
            Key = key,
            After = before,
            Row = row,
            RowLsn = version,
            Before = before,
        });
        return _writes.Count - 1;
    }

    /// <summary>The row that refers with other values in the columns of the foreign key.</summary>
    private Slice Patch(int parent, ForeignKeyPlan reference, ReferentialAction action, ReadOnlySpan<byte> row)
    {
        using var patched = new ByteBuffer();
        var after = _writes.All[parent].After;
        ReferentialPatch.Append(reference, action, row, after.IsNone ? default : _writes[after], patched);
        return _writes.Keep(patched.Written);
    }

    private static bool TryEncode(TablePlan plan, int index, ReadOnlySpan<byte> row, ByteBuffer key)
    {
        var offsets = new int[plan.Definition.Schema.Columns.Length];
        RowView.ReadOffsets(row, offsets);
        return !plan.Encoders[index].Append(row, offsets, key).HasNull;
    }
}
