using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Keys of rows from before an index was made, on their way into its tree. They were read as of a snapshot: Constrain, which alone knows what has changed since,
/// enters those of rows that have not, for it has entered the others itself.
/// </summary>
/// <remarks>Filled by the reader, run by Constrain, read again by the reader when the envelope has been answered: by then everything that the findings rest on is visible.</remarks>
internal sealed class IndexFill(TablePlan plan, Lsn snapshot) : IDisposable
{
    private readonly List<Entry> _entries = [];
    private readonly ByteBuffer _keys = new();
    private readonly List<FillConflict> _conflicts = [];

    /// <summary>Keys in it.</summary>
    public int Count => _entries.Count;

    /// <summary>Bytes of the keys.</summary>
    public int Bytes => _keys.Length;

    /// <summary>The snapshot was too old to know what has changed since, or the table has been altered: nothing was entered that is not right, and all is to be read again.</summary>
    public bool IsStale { get; private set; }

    /// <summary>Why not all could be entered: the index is full, or a defect; null where all were.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Rows that the constraint does not hold for.</summary>
    public IReadOnlyList<FillConflict> Conflicts => _conflicts;

    /// <summary>Room for one more key: the caller appends it, then calls <see cref="Add"/>.</summary>
    public ByteBuffer Keys => _keys;

    /// <param name="index">Place of the index in the table.</param>
    /// <param name="row">The row.</param>
    /// <param name="version">Its version.</param>
    /// <param name="start">Where its key begins in <see cref="Keys"/>.</param>
    /// <param name="parent">What a foreign key's parent has under the key as of the snapshot, which stays pinned: its index may be in the store in part.</param>
    public void Add(int index, RowId row, Lsn version, int start, KeyVersion parent) => _entries.Add(new Entry(index, row, version, start, _keys.Length - start, parent));

    /// <summary>Called by Constrain. Never throws: it is no reason to stop the commits.</summary>
    public void Run(OrderState state)
    {
        try
        {
            Enter(state);
        }
        catch (Exception error)
        {
            Failure = error;
        }
    }

    private void Enter(OrderState state)
    {
        var table = plan.Definition.Id;
        if (!state.Plans.TryGet(table, out var now) || now != plan)
        {
            IsStale = true;
            return;
        }

        foreach (var entry in _entries)
        {
            var changed = state.Window.ChangeSince(table, entry.Row, snapshot);
            if (changed == Lsn.Max)
            {
                IsStale = true;
                return;
            }

            if (changed == Lsn.Zero)
                Enter(state, entry);
        }
    }

    public void Dispose() => _keys.Dispose();

    private void Enter(OrderState state, Entry entry)
    {
        var key = _keys.Written.Slice(entry.Start, entry.Length);
        if (entry.Index >= plan.UniqueCount)
        {
            var reference = plan.ForeignKeys.First(link => link.ChildIndex == entry.Index);
            if (!UniqueKeys.TryGetNewest(reference.Parents, key, entry.Parent, out var parent) || parent.Vacated)
                _conflicts.Add(new FillConflict(entry.Index, entry.Row, default));
        }

        var tree = plan.Trees[entry.Index];
        var treeKey = plan.TreeKey(entry.Index, key, entry.Row, state.TreeKey);
        // Somebody else had the key meanwhile and gave it up: that is later than this version, and nobody reads the index before it is complete.
        if (tree.TryGetNewest(treeKey, out var newest) && newest.Vacated && newest.Lsn > entry.Version)
            tree.Trim(treeKey, newest.Lsn);
        if (!state.Keys.TryEnter(tree, treeKey, default, entry.Row, entry.Version, out var holder) && holder.Row != entry.Row)
            _conflicts.Add(new FillConflict(entry.Index, entry.Row, holder.Row));
    }

    private readonly record struct Entry(int Index, RowId Row, Lsn Version, int Start, int Length, KeyVersion Parent);
}

/// <summary>A row that a constraint does not hold for.</summary>
/// <param name="Index">Place of the index in the table.</param>
/// <param name="Row">The row.</param>
/// <param name="Other">The row that has the same key; zero where the row refers to a key that is not there.</param>
internal readonly record struct FillConflict(int Index, RowId Row, RowId Other);
