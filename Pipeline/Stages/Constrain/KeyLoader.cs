using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Enters the unique keys of stored rows into the trees of their table: recovery's and rebuilding's way in. One thread.</summary>
/// <param name="plan">The table.</param>
/// <param name="spill">Takes what an index has no room for; null where everything goes into the tree.</param>
/// <param name="only">For each index, whether it gets the keys that it does not have yet; null where all get every key.</param>
internal sealed class KeyLoader(TablePlan plan, LoadedSpill? spill = null, bool[]? only = null) : IDisposable
{
    private readonly int[] _offsets = new int[plan.Definition.Schema.Columns.Length];
    private readonly ByteBuffer _key = new(256);
    private readonly ByteBuffer _treeKey = new();
    private readonly ByteBuffer _before = new();
    private int[] _offsetsBefore = [];

    /// <summary>Enters the keys of a row; with <paramref name="keys"/>, so that older versions of them go when nobody asks for them any more.</summary>
    /// <param name="row">The row.</param>
    /// <param name="id">Its id.</param>
    /// <param name="lsn">Its version.</param>
    /// <param name="keys">Where it has been changed.</param>
    /// <param name="before">What it was then; empty where that is not known.</param>
    public void Load(ReadOnlySpan<byte> row, RowId id, Lsn lsn, UniqueKeys? keys = null, ReadOnlySpan<byte> before = default)
    {
        if (plan.Encoders.IsEmpty)
            return;
        if (!RowRules.TryValidate(plan.Definition.Schema, row, _offsets, out var fault))
            throw ChangeFormat.Damaged($"row {id} of table {plan.Definition.Name}: {fault.Describe(plan.Definition.Schema)}");
        for (var i = 0; i < plan.Encoders.Length; i++)
        {
            if (plan.Incomplete[i])
                continue; // it is filled when all rows are there
            _key.Truncate(0);
            var key = plan.Encoders[i].Append(row, _offsets, _key);
            if (key.HasNull)
                continue;
            var entry = plan.TreeKey(i, _key.Written, id, _treeKey);
            var version = new KeyVersion(id, lsn, Vacated: false);
            if (only is not null && (!only[i] || plan.Trees[i].TryGetNewest(entry, out _)))
                continue;
            if (spill?.TryTake(i, entry, version) == true)
                continue;
            if (keys is null)
                plan.Trees[i].Push(entry, version);
            else
                Replace(keys, i, entry, id, lsn, before);
        }
    }

    private void Replace(UniqueKeys keys, int index, ReadOnlySpan<byte> entry, RowId id, Lsn lsn, ReadOnlySpan<byte> before)
    {
        var tree = plan.Trees[index];
        // Nobody reads yet, so what the store has of a key that the row had before need not come back first. A key that is new to the row is not there.
        if (tree.HasSpilled && !tree.TryGetNewest(entry, out _) && Had(index, before))
            tree.CountSpilled(-1);
        keys.Replace(tree, entry, id, lsn);
    }

    private bool Had(int index, ReadOnlySpan<byte> before)
    {
        if (before.IsEmpty)
            return true; // a row that is too long to be logged twice: its keys seldom change
        if (_offsetsBefore.Length == 0)
            _offsetsBefore = new int[_offsets.Length];
        RowView.ReadOffsets(before, _offsetsBefore);
        _before.Truncate(0);
        return !plan.Encoders[index].Append(before, _offsetsBefore, _before).HasNull && _before.Written.SequenceEqual(_key.Written);
    }

    public void Dispose()
    {
        _key.Dispose();
        _treeKey.Dispose();
        _before.Dispose();
    }
}
