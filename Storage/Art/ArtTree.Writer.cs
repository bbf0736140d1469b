namespace Helios.Pipeline.Storage;

/// <summary>What the one writer calls.</summary>
internal sealed unsafe partial class ArtTree
{
    /// <summary>The newest version of a key, vacated or not; false where the tree does not hold the key.</summary>
    public bool TryGetNewest(ReadOnlySpan<byte> key, out KeyVersion newest)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var leaf = FindLeaf(key);
        newest = leaf == null ? default : ArtLeaf.Read(leaf);
        return leaf != null;
    }

    /// <summary>Makes a version the newest of its key. Its LSN is that of the newest one before, or later.</summary>
    /// <exception cref="HeliosException"><c>index_full</c>: nothing has changed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A key over 64 KiB, a number over 48 bits, an LSN before the newest one.</exception>
    public void Push(ReadOnlySpan<byte> key, KeyVersion version) => Insert(key, version, ArtLeaf.NoOlder, onlyIfFree: false, out _);

    /// <summary>Pushes a version where the key is free: not there, or vacated. One descent for looking and entering.</summary>
    /// <param name="holder">The live version that is in the way, where the answer is false; nothing has changed then.</param>
    /// <exception cref="HeliosException">As for <see cref="Push"/>.</exception>
    public bool TryPushFree(ReadOnlySpan<byte> key, KeyVersion version, out KeyVersion holder) => Insert(key, version, ArtLeaf.NoOlder, onlyIfFree: true, out holder);

    /// <summary>Enters a key when the database is opened.</summary>
    /// <param name="key">0 to 65,536 bytes.</param>
    /// <param name="version">As for <see cref="Push"/>, which this is where the key is already there.</param>
    /// <param name="hasHistory">True where the store may hold older versions: as of an earlier LSN the answer is then <see cref="KeyLookup.Older"/>.</param>
    public void Load(ReadOnlySpan<byte> key, KeyVersion version, bool hasHistory = false) =>
        Insert(key, version, hasHistory ? ArtLeaf.OlderTrimmed : ArtLeaf.NoOlder, onlyIfFree: false, out _);

    /// <summary>Undoes a <see cref="Push"/>: removes the newest version if that is its LSN, and the key with its last version.</summary>
    /// <returns>False where the key is not there or its newest version has another LSN.</returns>
    /// <exception cref="HeliosException"><c>index_full</c>, where not even the memory kept back for removals fits; nothing has changed.</exception>
    public bool Pop(ReadOnlySpan<byte> key, Lsn lsn)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (!Locate(key, out var path))
            return false;
        var leaf = _slots.Address(*path.Cell);
        if (ArtLeaf.Lsn(leaf) != lsn)
            return false;

        var older = ArtLeaf.Older(leaf);
        if (older <= ArtLeaf.OlderTrimmed)
        {
            Remove(path);
            return true;
        }

        _slots.BeginOperation();
        var before = _slots.Address(older);
        ReplaceLeaf(path.Cell, key, ArtLeaf.Read(before), ArtLeaf.Older(before));
        _limbo.Add(older, ArtLeaf.VersionSize);
        return true;
    }

    /// <summary>
    /// Drops the versions of a key that no reader at or after the horizon can see. A key whose newest version is vacated
    /// at or before the horizon goes altogether.
    /// </summary>
    /// <exception cref="HeliosException">As for <see cref="Pop"/>.</exception>
    public void Trim(ReadOnlySpan<byte> key, Lsn horizon)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (!Locate(key, out var path))
            return;
        var leaf = _slots.Address(*path.Cell);
        if (ArtLeaf.Lsn(leaf) <= horizon)
            TrimToNewest(path, key, leaf, horizon);
        else
            TrimBelow(leaf, horizon);
    }

    private void TrimToNewest(in Path path, ReadOnlySpan<byte> key, byte* leaf, Lsn horizon)
    {
        var older = ArtLeaf.Older(leaf);
        if (ArtLeaf.IsVacated(leaf))
        {
            // Before the key goes: a reader that misses it finds the floor raised.
            if (horizon.Value > _written.HistoryFloor)
                Volatile.Write(ref _written.HistoryFloor, horizon.Value);
            Remove(path);
            RetireVersions(older);
        }
        else if (older > ArtLeaf.OlderTrimmed)
        {
            _slots.BeginOperation();
            ReplaceLeaf(path.Cell, key, ArtLeaf.Read(leaf), ArtLeaf.OlderTrimmed);
            RetireVersions(older);
        }
    }

    private void TrimBelow(byte* leaf, Lsn horizon)
    {
        for (var older = ArtLeaf.Older(leaf); older > ArtLeaf.OlderTrimmed;)
        {
            var version = _slots.Address(older);
            older = ArtLeaf.Older(version);
            if (ArtLeaf.Lsn(version) <= horizon && older > ArtLeaf.OlderTrimmed)
            {
                ArtLeaf.CutOlder(version);
                RetireVersions(older);
                return;
            }
        }
    }

    // The number of versions may differ; the key is the same.
    private void ReplaceLeaf(uint* cell, ReadOnlySpan<byte> key, KeyVersion newest, uint older)
    {
        var handle = *cell;
        var leaf = _slots.Address(handle);
        var wasVacated = ArtLeaf.IsVacated(leaf);
        Publish(cell, NewLeaf(key, newest, older, mayUseReserve: true));
        RetireLeaf(handle, leaf);
        CountVacating(wasVacated, newest.Vacated);
    }

    private void CountVacating(bool before, bool after) =>
        Volatile.Write(ref _written.Count, _written.Count + (before ? 1 : 0) - (after ? 1 : 0));

    private bool Locate(ReadOnlySpan<byte> key, out Path path)
    {
        path = new Path { Cell = _root };
        var depth = 0;
        while (*path.Cell != 0)
        {
            var slot = _slots.Address(*path.Cell);
            if (ArtLeaf.IsLeaf(slot))
                return ArtLeaf.Key(slot).SequenceEqual(key);
            if (!SkipPrefix(slot, key, ref depth))
                return false;

            path.Parent = path.Cell;
            path.Edge = depth == key.Length ? Path.TerminalEdge : key[depth];
            path.Cell = depth == key.Length ? ArtNode.Terminal(slot) : ArtNode.FindCell(slot, key[depth]);
            depth++;
            if (path.Cell == null)
                return false;
        }

        return false;
    }

    /// <summary>Where a leaf hangs: its cell, the cell of its node (null for the root), and the byte that leads from the one to the other.</summary>
    private struct Path
    {
        public const int TerminalEdge = -1;
        public uint* Cell;
        public uint* Parent;
        public int Edge;
    }
}
