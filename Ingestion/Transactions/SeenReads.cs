using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>What a serializable transaction has looked at, and Constrain looks at again: keys, found or not, and whole tables.</summary>
/// <remarks>One thread. Bounded: a key beyond the bound makes its table count as read.</remarks>
internal sealed class SeenReads
{
    public const int MaxKeys = 100_000;

    private const int MaxBytes = 8 << 20;

    private readonly Dictionary<TableId, Dictionary<byte[], KeyVersion>[]> _keys = [];
    private readonly HashSet<TableId> _tables = [];
    private int _count;
    private int _bytes;

    /// <param name="plan">The table.</param>
    /// <param name="index">Its index.</param>
    /// <param name="key">The key that was looked for.</param>
    /// <param name="found">The row that had it; default where none had.</param>
    public void Add(TablePlan plan, int index, ReadOnlySpan<byte> key, KeyVersion found)
    {
        var table = plan.Definition.Id;
        if (_tables.Contains(table))
            return;
        if (!_keys.TryGetValue(table, out var indexes))
            _keys.Add(table, indexes = [.. plan.Encoders.Select(static _ => new Dictionary<byte[], KeyVersion>(KeyBytes.Comparer))]);
        if (!indexes[index].GetAlternateLookup<ReadOnlySpan<byte>>().TryAdd(key, found))
            return;
        (_count, _bytes) = (_count + 1, _bytes + key.Length);
        if (_count > MaxKeys || _bytes > MaxBytes)
            AddScan(table);
    }

    /// <summary>A table was read as a whole: its single keys say nothing more.</summary>
    public void AddScan(TableId table)
    {
        if (!_tables.Add(table) || !_keys.Remove(table, out var indexes))
            return;
        foreach (var index in indexes)
        {
            _count -= index.Count;
            foreach (var key in index.Keys)
                _bytes -= key.Length;
        }
    }

    public void WriteTo(RowWrites into)
    {
        foreach (var table in _tables)
            into.AddScan(table);
        foreach (var (table, indexes) in _keys)
        {
            for (var i = 0; i < indexes.Length; i++)
            {
                foreach (var (key, found) in indexes[i])
                    into.Add(new KeyRead(table, i, into.Keep(key), found.Row, found.Lsn));
            }
        }
    }
}
