using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Enters and takes back unique keys for Constrain, the only writer of the trees. A key entered is a reservation with its
/// commit's LSN: it counts as committed when Visible has reached that LSN, so nothing travels back.
/// </summary>
internal sealed class UniqueKeys(Func<Lsn> horizon)
{
    /// <summary>Versions looked at per run: trimming must not make one run long.</summary>
    private const int TrimPerRun = 4096;

    private readonly List<(ArtTree Tree, int Offset, int Length)> _entered = [];
    private readonly ByteBuffer _enteredKeys = new(4096);
    private readonly Queue<(Lsn Lsn, ArtTree Tree, byte[] Key)> _superseded = new();

    /// <summary>A point in the commit being decided to which <see cref="TakeBack"/> can return.</summary>
    public int Mark => _entered.Count;

    /// <summary>The commit is decided: what it entered stays.</summary>
    public void Keep()
    {
        _entered.Clear();
        _enteredKeys.Truncate(0);
    }

    /// <summary>No reader, and no commit before its decision, looks at anything before this.</summary>
    public Lsn Horizon => horizon();

    /// <summary>The newest version of a key: what the tree has; where it has nothing, the key is as Validate has found it.</summary>
    /// <remarks>That is exact: nothing that came after the commit's snapshot leaves the tree before the commit is decided.</remarks>
    public static bool TryGetNewest(ArtTree tree, ReadOnlySpan<byte> key, KeyVersion recorded, out KeyVersion newest)
    {
        if (tree.TryGetNewest(key, out newest))
            return true;
        newest = recorded;
        return recorded.Lsn != Lsn.Zero;
    }

    /// <summary>Reserves a key, or says who has it.</summary>
    public bool TryEnter(ArtTree tree, ReadOnlySpan<byte> key, KeyVersion recorded, RowId row, Lsn lsn, out KeyVersion holder)
    {
        if (recorded.Lsn != Lsn.Zero && !tree.TryGetNewest(key, out _))
        {
            holder = recorded;
            return false;
        }

        if (!tree.TryPushFree(key, new KeyVersion(row, lsn, Vacated: false), out holder))
            return false;
        Remember(tree, key);
        return true;
    }

    /// <summary>Frees a key as of <paramref name="lsn"/>; older readers still find it.</summary>
    public void Vacate(ArtTree tree, ReadOnlySpan<byte> key, RowId row, Lsn lsn)
    {
        if (tree.HasSpilled && !tree.TryGetNewest(key, out _))
            tree.CountSpilled(-1); // recovery: nobody reads yet, so what the store has of the key need not come back first
        Supersede(tree, key, new KeyVersion(row, lsn, Vacated: true));
    }

    /// <summary>The row that holds a key has another content from <paramref name="lsn"/> on; older readers still find the old one.</summary>
    public void Replace(ArtTree tree, ReadOnlySpan<byte> key, RowId row, Lsn lsn)
    {
        Supersede(tree, key, new KeyVersion(row, lsn, Vacated: false));
    }

    /// <summary>Undoes what the commit being decided has entered since a mark, newest first.</summary>
    public void TakeBack(int mark, Lsn lsn)
    {
        for (var i = _entered.Count - 1; i >= mark; i--)
        {
            var (tree, offset, length) = _entered[i];
            tree.Pop(_enteredKeys.Written.Slice(offset, length), lsn);
            _enteredKeys.Truncate(offset);
        }

        _entered.RemoveRange(mark, _entered.Count - mark);
    }

    /// <summary>Lets versions of keys go that no reader can ask for any more.</summary>
    public void Trim()
    {
        if (_superseded.Count == 0)
            return;
        var to = horizon();
        for (var i = 0; i < TrimPerRun && _superseded.TryPeek(out var oldest) && oldest.Lsn <= to; i++)
        {
            oldest.Tree.Trim(oldest.Key, to);
            _superseded.Dequeue();
        }
    }

    /// <summary>All of it at once, where nobody reads yet.</summary>
    public void TrimAll()
    {
        var to = horizon();
        while (_superseded.TryPeek(out var oldest) && oldest.Lsn <= to)
            Trim();
    }

    private void Supersede(ArtTree tree, ReadOnlySpan<byte> key, KeyVersion version)
    {
        tree.Push(key, version);
        Remember(tree, key);
        _superseded.Enqueue((version.Lsn, tree, key.ToArray()));
    }

    private void Remember(ArtTree tree, ReadOnlySpan<byte> key)
    {
        _entered.Add((tree, _enteredKeys.Length, key.Length));
        _enteredKeys.Append(key);
    }
}
