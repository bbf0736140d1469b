using System.Runtime.InteropServices;
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
    private readonly List<long> _ids = []; // one per mark
    private long _nextUndo;
    private long _nextId;
    private long _bytes;

    /// <summary>Every row that was changed, in the order of its first change.</summary>
    public IReadOnlyList<OwnRow> Rows => _rows;

    public OwnTable? TableOf(TablePlan plan) => _tables.GetValueOrDefault(plan.Definition.Id.Value);

    /// <summary>A row that is changed for the first time; it has no content until it is set.</summary>
    public OwnRow Add(TablePlan plan, byte[]? key, StoredRowVersion? found, RowWriteMode mode, bool isExact)
    {
        var row = new OwnRow(plan, key, found) { Mode = mode, IsExact = isExact };
        (CollectionsMarshal.GetValueRefOrAddDefault(_tables, plan.Definition.Id.Value, out _) ??= new OwnTable(plan)).Add(row);
        _rows.Add(row);
        _bytes += row.CostOf(null);
        Record(new Undo(row, Created: true, null, default, false, -1));
        return row;
    }

    public void Set(OwnRow row, OwnContent? content, RowWriteMode mode, bool isExact)
    {
        if (_marks.Count > 0 && row.LastUndo < _marks[^1])
            Record(new Undo(row, Created: false, row.Content, row.Mode, row.IsExact, row.LastUndo));
        Put(row, content, mode, isExact);
    }

    /// <exception cref="HeliosException">Invalid <c>commit_too_long</c>: with so many bytes more no commit would hold the writes.</exception>
    public void CheckRoom(TablePlan plan, long more = 0)
    {
        if (_bytes + more > MaxBytes)
            throw RowErrors.CommitTooLong(plan.Definition.Name, _rows.Count - 1);
    }

    /// <summary>Marks this moment; returns the mark's place.</summary>
    public int Mark()
    {
        _marks.Add(_nextUndo);
        _ids.Add(_nextId++);
        return _marks.Count - 1;
    }

    /// <summary>The same, with a number that tells the mark from a later one in its place.</summary>
    public (int Place, long Number) Save()
    {
        var place = Mark();
        return (place, _ids[place]);
    }

    /// <summary>Is a mark still there?</summary>
    public bool Has(int place, long number) => place < _ids.Count && _ids[place] == number;

    /// <summary>Takes back what came behind a mark; the mark stays, later ones are gone.</summary>
    public void UndoTo(int mark)
    {
        var from = _marks[mark];
        _marks.RemoveRange(mark + 1, _marks.Count - mark - 1);
        _ids.RemoveRange(mark + 1, _ids.Count - mark - 1);
        while (_undo.Count > 0 && _undo[^1].Number >= from)
        {
            var undo = _undo[^1];
            _undo.RemoveAt(_undo.Count - 1);
            if (undo.Created)
            {
                Forget(undo.Row);
                continue;
            }

            Put(undo.Row, undo.Content, undo.Mode, undo.IsExact);
            undo.Row.LastUndo = undo.LastUndo;
        }
    }

    /// <summary>Drops a mark and later ones; the writes stay.</summary>
    public void Drop(int mark)
    {
        _marks.RemoveRange(mark, _marks.Count - mark);
        _ids.RemoveRange(mark, _ids.Count - mark);
        if (_marks.Count == 0)
            _undo.Clear();
    }

    private void Put(OwnRow row, OwnContent? content, RowWriteMode mode, bool isExact)
    {
        var table = _tables[row.Plan.Definition.Id.Value];
        _bytes += row.CostOf(content) - row.CostOf(row.Content);
        if (row.IsLive)
            table.RemoveKeys(row);
        row.Content = content;
        if (row.IsLive)
            table.EnterKeys(row);
        (row.Mode, row.IsExact) = (mode, isExact);
    }

    /// <summary>Creations are undone newest first, and none is left out: the row is the last one.</summary>
    private void Forget(OwnRow row)
    {
        Put(row, null, row.Mode, row.IsExact);
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
    private readonly record struct Undo(OwnRow Row, bool Created, OwnContent? Content, RowWriteMode Mode, bool IsExact, long LastUndo)
    {
        public long Number { get; init; }
    }
}
