using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>How far each source has been taken into each table. Owned by Constrain; the store has the same, one commit batch behind.</summary>
internal sealed class SourceLedger
{
    /// <summary>Sources remembered per table; the one that moved longest ago is forgotten first.</summary>
    public const int MaxSources = 10_000;

    private readonly Dictionary<(uint Table, UInt128 Fingerprint), SourceProgress> _sources = [];
    private readonly Dictionary<uint, LinkedList<UInt128>> _order = [];
    private readonly Dictionary<(uint Table, UInt128 Fingerprint), LinkedListNode<UInt128>> _nodes = [];

    /// <summary>Where a source stands, or -1.</summary>
    public long OffsetOf(TableId table, UInt128 fingerprint) =>
        _sources.TryGetValue((table.Value, fingerprint), out var progress) ? progress.Offset : -1;

    public SourceProgress? Find(TableId table, UInt128 fingerprint) => _sources.GetValueOrDefault((table.Value, fingerprint));

    public int Count(TableId table) => _order.TryGetValue(table.Value, out var order) ? order.Count : 0;

    public void Move(SourceProgress progress)
    {
        var key = (progress.Table.Value, progress.Key.Fingerprint);
        _sources[key] = progress;
        if (!_order.TryGetValue(progress.Table.Value, out var order))
            _order[progress.Table.Value] = order = new LinkedList<UInt128>();
        if (_nodes.TryGetValue(key, out var node))
            order.Remove(node);
        _nodes[key] = order.AddLast(progress.Key.Fingerprint);
    }

    /// <summary>The source of a table that moved longest ago.</summary>
    public UInt128 Oldest(TableId table) => _order[table.Value].First!.Value;

    public void Forget(TableId table, UInt128 fingerprint)
    {
        var key = (table.Value, fingerprint);
        _sources.Remove(key);
        if (_nodes.Remove(key, out var node))
            _order[table.Value].Remove(node);
    }
}
