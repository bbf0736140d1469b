using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Entries of one index that are to leave memory. Constrain sees it twice: it keeps those that are still so and sends them to Commit with the group
/// being formed; when the store has them, it takes those out of the tree that are still so. No commit can come in between unnoticed.
/// </summary>
/// <remarks>Filled by its maker; then Constrain's, Commit's from <see cref="Begin"/> to <see cref="Stored"/>, and Constrain's again.</remarks>
internal sealed class SpillRequest(TablePlan plan, int index)
{
    private readonly List<(int Offset, int Length, KeyVersion Version)> _entries = [];
    private readonly ByteBuffer _keys = new();

    public int Count => _entries.Count;

    /// <summary>Entries that left the tree.</summary>
    public int Evicted { get; private set; }

    /// <summary>The store has what was kept of it.</summary>
    public TaskCompletionSource Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The tree no longer has what could go.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(ReadOnlySpan<byte> key, KeyVersion version)
    {
        _entries.Add((_keys.Length, key.Length, version));
        _keys.Append(key);
    }

    /// <summary>Keeps what may go: live, the only version, not after what every reader and every undecided commit sees. False where nothing is left.</summary>
    public bool Begin(Lsn horizon)
    {
        var tree = plan.Trees[index];
        tree.BeginSpill();
        _entries.RemoveAll(e => e.Version.Lsn > horizon || !tree.IsEvictable(Key(e.Offset, e.Length), e.Version));
        if (_entries.Count > 0)
            return true;
        Stored.TrySetResult();
        return false;
    }

    public void Write(StoreBatch batch)
    {
        foreach (var (offset, length, version) in _entries)
            SpilledKeys.Put(batch, plan.Definition.Indexes[index].Id, Key(offset, length), version);
    }

    public void Evict()
    {
        var tree = plan.Trees[index];
        foreach (var (offset, length, version) in _entries)
            Evicted += tree.Evict(Key(offset, length), version) ? 1 : 0;
        Done.TrySetResult();
    }

    public void Fail(Exception error)
    {
        Stored.TrySetException(error);
        Done.TrySetException(error);
    }

    private ReadOnlySpan<byte> Key(int offset, int length) => _keys.Written.Slice(offset, length);
}
