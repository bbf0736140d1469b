using System.Runtime.InteropServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Which rows were changed or deleted lately, and by which commit: says whether a row is still as a snapshot showed it, also in a
/// table without a key. Bounded: of a snapshot older than what is remembered it says that it cannot know.
/// </summary>
/// <remarks>Owned by Constrain.</remarks>
internal sealed class ConflictWindow(Lsn floor, int maxRows = ConflictWindow.DefaultRows)
{
    /// <summary>Changes that are remembered; 40 bytes each.</summary>
    public const int DefaultRows = 1 << 18;

    private readonly Dictionary<(uint Table, ulong Row), Lsn> _rows = [];
    private readonly Queue<(uint Table, ulong Row, Lsn Lsn)> _order = new();
    private readonly Dictionary<uint, Lsn> _tables = [];

    /// <summary>Changes after this commit are remembered, all of them.</summary>
    public Lsn Floor { get; private set; } = floor;

    /// <summary>A row has been changed or deleted.</summary>
    public void Add(TableId table, RowId row, Lsn lsn)
    {
        _rows[(table.Value, row.Value)] = lsn;
        _order.Enqueue((table.Value, row.Value, lsn));
        if (_order.Count <= maxRows)
            return;
        var oldest = _order.Dequeue();
        Floor = oldest.Lsn > Floor ? oldest.Lsn : Floor;
        if (_rows.TryGetValue((oldest.Table, oldest.Row), out var newest) && newest == oldest.Lsn)
            _rows.Remove((oldest.Table, oldest.Row));
    }

    /// <summary>A table has a commit more.</summary>
    public void Touch(TableId table, Lsn lsn) => CollectionsMarshal.GetValueRefOrAddDefault(_tables, table.Value, out _) = lsn;

    /// <summary>The last commit that wrote to a table; zero where none has since the database was opened.</summary>
    public Lsn LastChange(TableId table) => _tables.GetValueOrDefault(table.Value);

    /// <summary>The commit that has changed a row after a snapshot, or zero; where the snapshot is older than the window, <see cref="Lsn.Max"/>.</summary>
    public Lsn ChangeSince(TableId table, RowId row, Lsn snapshot)
    {
        if (snapshot < Floor)
            return Lsn.Max;
        return _rows.TryGetValue((table.Value, row.Value), out var lsn) && lsn > snapshot ? lsn : Lsn.Zero;
    }

    /// <summary>Commits after <paramref name="head"/> were withdrawn: their numbers will mean something else.</summary>
    public void Restart(Lsn head)
    {
        _rows.Clear();
        _order.Clear();
        foreach (var table in _tables.Keys.ToArray())
            _tables[table] = head;
        Floor = head;
    }
}
