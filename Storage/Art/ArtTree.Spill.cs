namespace Helios.Pipeline.Storage;

/// <summary>A tree with a budget: past it, entries that nobody has changed for a while stand in the store instead.</summary>
internal sealed unsafe partial class ArtTree
{
    /// <summary>What a small index may be beyond its budget for a moment: memory comes in pieces as large.</summary>
    private const long LeastSlack = 2 << 20;

    private bool _hasSpilled;
    private long _spilled;

    /// <summary>Bytes of live slots past which entries are to go to the store; 0 where there is no bound.</summary>
    public long Budget { get; init; }

    public bool CanSpill => Budget > 0;

    public bool IsOverBudget => CanSpill && LiveBytes > Budget;

    /// <summary>Too large even for a moment: commits wait, and an open reads the rows instead of a snapshot.</summary>
    public bool IsBeyondLimit => CanSpill && LiveBytes > Budget + Math.Max(Budget / 4, LeastSlack);

    /// <summary>What a spill leaves, so that one does not follow the other.</summary>
    public long SpillTarget => Budget / 4 * 3;

    /// <summary>May a key that is not here be in the store? Look after the lookup that missed. Once true it stays so.</summary>
    public bool HasSpilled => Volatile.Read(ref _hasSpilled);

    /// <summary>Keys that are in the store only.</summary>
    public long Spilled => Volatile.Read(ref _spilled);

    /// <summary>Said before the first entry is written to the store.</summary>
    public void BeginSpill() => Volatile.Write(ref _hasSpilled, true);

    /// <summary>An entry has gone straight to the store, or comes back in another way than <see cref="Restore"/>. The writer alone.</summary>
    public void CountSpilled(int more) => Volatile.Write(ref _spilled, _spilled + more);

    /// <summary>Can an entry go: is this its newest version, and the only one?</summary>
    public bool IsEvictable(ReadOnlySpan<byte> key, KeyVersion version)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var leaf = FindLeaf(key);
        return leaf != null && IsEvictable(leaf, version);
    }

    /// <summary>Takes an entry out that the store has: where this is its newest version and the only one, else nothing changes.</summary>
    /// <exception cref="HeliosException">As for <see cref="Pop"/>.</exception>
    public bool Evict(ReadOnlySpan<byte> key, KeyVersion version)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (!Locate(key, out var path) || !IsEvictable(_slots.Address(*path.Cell), version))
            return false;
        Remove(path);
        CountSpilled(1);
        return true;
    }

    /// <summary>Brings a key back that is in the store only, with the version that it has there; nothing where the tree has the key.</summary>
    public void Restore(ReadOnlySpan<byte> key, KeyVersion version)
    {
        if (!HasSpilled || TryGetNewest(key, out _))
            return;
        Load(key, version);
        CountSpilled(-1);
    }

    private static bool IsEvictable(byte* leaf, KeyVersion version) =>
        !version.Vacated && ArtLeaf.Older(leaf) <= ArtLeaf.OlderTrimmed && ArtLeaf.Read(leaf) == version;
}
