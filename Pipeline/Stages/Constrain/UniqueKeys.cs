using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Enters and takes back unique keys for Constrain, the only writer of the trees. A key entered is a reservation with its
/// commit's LSN: it counts as committed when Visible has reached that LSN, so nothing travels back.
/// </summary>
internal sealed class UniqueKeys(Func<Lsn> horizon)
{
    /// <summary>Vacated keys looked at per run: trimming must not make one run long.</summary>
    private const int TrimPerRun = 4096;

    private readonly List<(ArtTree Tree, int Offset, int Length)> _entered = [];
    private readonly ByteBuffer _enteredKeys = new(4096);
    private readonly Queue<(Lsn Lsn, ArtTree Tree, byte[] Key)> _vacated = new();

    /// <summary>A point in the commit being decided to which <see cref="TakeBack"/> can return.</summary>
    public int Mark => _entered.Count;

    /// <summary>The commit is decided: what it entered stays.</summary>
    public void Keep()
    {
        _entered.Clear();
        _enteredKeys.Truncate(0);
    }

    /// <summary>Reserves a key, or says who has it.</summary>
    public bool TryEnter(ArtTree tree, ReadOnlySpan<byte> key, RowId row, Lsn lsn, out KeyVersion holder)
    {
        if (!tree.TryPushFree(key, new KeyVersion(row, lsn, Vacated: false), out holder))
            return false;
        Remember(tree, key);
        return true;
    }

    /// <summary>Frees a key as of <paramref name="lsn"/>; older readers still find it.</summary>
    public void Vacate(ArtTree tree, ReadOnlySpan<byte> key, RowId row, Lsn lsn)
    {
        tree.Push(key, new KeyVersion(row, lsn, Vacated: true));
        Remember(tree, key);
        _vacated.Enqueue((lsn, tree, key.ToArray()));
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

    /// <summary>Lets vacated keys go that no reader can ask for any more.</summary>
    public void Trim()
    {
        if (_vacated.Count == 0)
            return;
        var to = horizon();
        for (var i = 0; i < TrimPerRun && _vacated.TryPeek(out var oldest) && oldest.Lsn <= to; i++)
        {
            oldest.Tree.Trim(oldest.Key, to);
            _vacated.Dequeue();
        }
    }

    private void Remember(ArtTree tree, ReadOnlySpan<byte> key)
    {
        _entered.Add((tree, _enteredKeys.Length, key.Length));
        _enteredKeys.Append(key);
    }
}
