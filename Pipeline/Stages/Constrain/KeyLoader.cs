using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Enters the unique keys of stored rows into the trees of their table: recovery's and rebuilding's way in. One thread.</summary>
/// <param name="plan">The table.</param>
/// <param name="spill">Takes what an index has no room for; null where everything goes into the tree.</param>
internal sealed class KeyLoader(TablePlan plan, LoadedSpill? spill = null) : IDisposable
{
    private readonly int[] _offsets = new int[plan.Definition.Schema.Columns.Length];
    private readonly ByteBuffer _key = new(256);
    private readonly ByteBuffer _treeKey = new();

    /// <summary>Enters the keys of a row; with <paramref name="keys"/>, so that older versions of them go when nobody asks for them any more.</summary>
    public void Load(ReadOnlySpan<byte> row, RowId id, Lsn lsn, UniqueKeys? keys = null)
    {
        if (plan.Encoders.IsEmpty)
            return;
        if (!RowRules.TryValidate(plan.Definition.Schema, row, _offsets, out var fault))
            throw ChangeFormat.Damaged($"row {id} of table {plan.Definition.Name}: {fault.Describe(plan.Definition.Schema)}");
        for (var i = 0; i < plan.Encoders.Length; i++)
        {
            _key.Truncate(0);
            var key = plan.Encoders[i].Append(row, _offsets, _key);
            if (key.HasNull)
                continue;
            var entry = plan.TreeKey(i, _key.Written, id, _treeKey);
            var version = new KeyVersion(id, lsn, Vacated: false);
            if (spill?.TryTake(i, entry, version) == true)
                continue;
            if (keys is null)
                plan.Trees[i].Push(entry, version);
            else
                keys.Replace(plan.Trees[i], entry, id, lsn);
        }
    }

    public void Dispose()
    {
        _key.Dispose();
        _treeKey.Dispose();
    }
}
