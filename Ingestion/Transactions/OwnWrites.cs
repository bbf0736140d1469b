using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>
/// What a transaction has written and not committed: one entry per row, the last content of each. Marks and a list of what
/// changed since the first of them take statements and savepoints back.
/// </summary>
/// <remarks>One thread. At most as many bytes as one commit holds.</remarks>
internal sealed class OwnWrites
{
    /// <summary>What Constrain allows a commit: the limit, and room for headers.</summary>
    private const int MaxBytes = ChangeFormat.MaxCommitBytes + (64 << 10);

    private readonly List<OwnRow> _rows = [];
    private readonly Dictionary<uint, OwnTable> _tables = [];
    private readonly List<Undo> _undo = [];
    private readonly List<long> _marks = []; // numbers of the first undo entry behind each mark
    private long _nextUndo;
    private long _bytes;

    /// <summary>Every row that was changed, in the order of its first change.</summary>
    public IReadOnlyList<OwnRow> Rows => _rows;

    /// <exception cref="HeliosException">Conflict: the table has been altered since the transaction wrote to it.</exception>
    public OwnTable? TableOf(TablePlan plan)
    {
        var table = _tables.GetValueOrDefault(plan.Definition.Id.Value);
        return table is null || table.Plan == plan ? table : throw RowErrors.Altered(plan.Definition.Name);
    }

    /// <summary>A row that is changed for the first time; it has no content until it is set.</summary>
    public OwnRow Add(TablePlan plan, byte[]? key, StoredRowVersion? found, RowWriteMode mode, bool isExact)
    {
        var row = new OwnRow(plan, key, found, isExact) { Mode = mode };
        var table = TableOf(plan);
        if (table is null)
            _tables.Add(plan.Definition.Id.Value, table = new OwnTable(plan));
        table.Add(row);
        _rows.Add(row);
        _bytes += row.CostOf(null);
        Record(new Undo(row, Created: true, null, default, -1));
        return row;
    }

    /// <summary>A stored row that is to be changed, and only as it was read.</summary>
    public OwnRow Claim(TablePlan plan, StoredRowVersion found)
    {
        var key = plan.Definition.Schema.PrimaryKey.IsEmpty ? null : OwnContent.KeysOf(plan, found.Content)[0];
        return Add(plan, key, found, RowWriteMode.Update, isExact: true);
    }

    /// <exception cref="HeliosException">Invalid <c>commit_too_long</c>.</exception>
    public void Set(OwnRow row, OwnContent? content, RowWriteMode mode)
    {
        CheckRoom(row.Plan, row.CostOf(content) - row.CostOf(row.Content));
        if (_marks.Count > 0 && row.LastUndo < _marks[^1])
            Record(new Undo(row, Created: false, row.Content, row.Mode, row.LastUndo));
        Put(row, content, mode);
    }

    /// <exception cref="HeliosException">Invalid <c>commit_too_long</c>: with so many bytes more no commit would hold the writes.</exception>
    public void CheckRoom(TablePlan plan, long more = 0)
    {
        if (_bytes + more > MaxBytes)
            throw RowErrors.CommitTooLong(plan.Definition.Name, _rows.Count - 1);
    }

    /// <summary>The rows of tables with foreign keys, or referred to by some, that have changed since the newest mark, each with the keys that it had then; null where there was none.</summary>
    public List<OwnChange> ChangesSince(int mark)
    {
        var changes = new List<OwnChange>();
        for (var i = _undo.Count - 1; i >= 0 && _undo[i].Number >= _marks[mark]; i--)
        {
            var undo = _undo[i];
            if (undo.Row.Plan is { ForeignKeys.IsEmpty: true, ReferencedBy.IsEmpty: true })
                continue;
            var before = undo.Content?.Keys ?? (undo is { Created: true, Row.Found: { } found } ? OwnContent.KeysOf(undo.Row.Plan, found.Content) : null);
            changes.Add(new OwnChange(undo.Row, before, undo.Row.Content));
        }

        return changes;
    }

    /// <summary>Marks this moment; returns the mark's place.</summary>
    public int Mark()
    {
        _marks.Add(_nextUndo);
        return _marks.Count - 1;
    }

    /// <summary>Takes back what came behind a mark; the mark stays, later ones are gone.</summary>
    public void UndoTo(int mark)
    {
        var from = _marks[mark];
        _marks.RemoveRange(mark + 1, _marks.Count - mark - 1);
        while (_undo.Count > 0 && _undo[^1].Number >= from)
        {
            var undo = _undo[^1];
            _undo.RemoveAt(_undo.Count - 1);
            if (undo.Created)
            {
                Forget(undo.Row);
                continue;
            }

            Put(undo.Row, undo.Content, undo.Mode);
            undo.Row.LastUndo = undo.LastUndo;
        }
    }

    /// <summary>Drops a mark and later ones; the writes stay.</summary>
    public void Drop(int mark)
    {
        _marks.RemoveRange(mark, _marks.Count - mark);
        if (_marks.Count == 0)
            _undo.Clear();
    }

    private void Put(OwnRow row, OwnContent? content, RowWriteMode mode)
    {
        var table = _tables[row.Plan.Definition.Id.Value];
        _bytes += row.CostOf(content) - row.CostOf(row.Content);
        if (row.IsLive)
            table.RemoveKeys(row);
        row.Content = content;
        if (row.IsLive)
            table.EnterKeys(row);
        row.Mode = mode;
    }

    /// <summary>Creations are undone newest first, and none is left out: the row is the last one.</summary>
    private void Forget(OwnRow row)
    {
        Put(row, null, row.Mode);
        _bytes -= row.CostOf(null);
        _tables[row.Plan.Definition.Id.Value].Remove(row);
        _rows.RemoveAt(_rows.Count - 1);
    }

    private void Record(in Undo undo)
    {
        if (_marks.Count == 0)
            return;
        undo.Row.LastUndo = _nextUndo;
        _undo.Add(undo with { Number = _nextUndo++ });
    }

    /// <summary>How a row was before its first change behind a mark.</summary>
    private readonly record struct Undo(OwnRow Row, bool Created, OwnContent? Content, RowWriteMode Mode, long LastUndo)
    {
        public long Number { get; init; }
    }
}

/// <summary>What a statement has made of a row.</summary>
/// <param name="Row">The row.</param>
/// <param name="Before">The keys that it had; null where it was not there.</param>
/// <param name="After">What it is; null where it is gone.</param>
internal readonly record struct OwnChange(OwnRow Row, byte[]?[]? Before, OwnContent? After)
{
    /// <summary>The key that it had in an index and has no longer; null where there is none.</summary>
    public byte[]? GivenUp(int index) => Before?[index] is { } key && !key.AsSpan().SequenceEqual(After?.Keys[index]) ? key : null;

    /// <summary>The key that it has in an index and did not have; null where there is none.</summary>
    public byte[]? Taken(int index) => After?.Keys[index] is { } key && !key.AsSpan().SequenceEqual(Before?[index]) ? key : null;
}
