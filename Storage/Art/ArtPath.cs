namespace Helios.Pipeline.Storage;

/// <summary>A cursor's place in a tree: the inner nodes from the root down, each with the entry to visit next.</summary>
/// <remarks>
/// <see cref="Seek"/> and <see cref="Next"/> inside an epoch. The path outlives the epoch only while no inner node of the tree was
/// unlinked meanwhile; that is what <see cref="IsWhole"/> asks, inside the epoch that wants to go on with it.
/// </remarks>
internal sealed unsafe class ArtPath(ArtTree tree)
{
    private Step[] _steps = new Step[16];
    private int _depth;
    private uint _pending;
    private long _shape;
    private bool _isKnown;

    public bool IsWhole => _isKnown && _shape == tree.Shape;

    public void Forget() => _isKnown = false;

    /// <summary>Goes to the first key at or after one, or strictly after it.</summary>
    public void Seek(ReadOnlySpan<byte> key, bool isAfter)
    {
        _shape = tree.Shape; // before the root is read: what is unlinked later is noticed later
        _isKnown = true;
        _depth = 0;
        _pending = 0;
        var at = 0;
        for (var handle = Volatile.Read(ref *tree.Slots.Root); handle != 0;)
        {
            var slot = tree.Slots.Address(handle);
            if (ArtLeaf.IsLeaf(slot))
            {
                var order = ArtLeaf.Key(slot).SequenceCompareTo(key);
                if (order > 0 || (order == 0 && !isAfter))
                    _pending = handle;
                return;
            }

            var prefix = ArtNode.Prefix(slot);
            var shared = prefix.CommonPrefixLength(key[at..]);
            if (shared < prefix.Length)
            {
                // All keys below share the prefix, so they are all before the key or all after it.
                if (at + shared == key.Length || prefix[shared] > key[at + shared])
                    Down(handle, next: 0);
                return;
            }

            at += shared;
            if (at == key.Length)
            {
                Down(handle, next: isAfter ? 1 : 0);
                return;
            }

            var edge = key[at++];
            Down(handle, next: edge + 2);
            var cell = ArtNode.FindCell(slot, edge);
            handle = cell == null ? 0 : Volatile.Read(ref *cell);
        }
    }

    /// <summary>The next leaf, or null after the last.</summary>
    public byte* Next()
    {
        if (_pending != 0)
        {
            var leaf = tree.Slots.Address(_pending);
            _pending = 0;
            return leaf;
        }

        while (_depth > 0)
        {
            ref var step = ref _steps[_depth - 1];
            var handle = ArtNode.NextEntry(tree.Slots.Address(step.Node), ref step.Next);
            if (handle == 0)
            {
                _depth--;
                continue;
            }

            var slot = tree.Slots.Address(handle);
            if (ArtLeaf.IsLeaf(slot))
                return slot;
            Down(handle, next: 0);
        }

        return null;
    }

    private void Down(uint node, int next)
    {
        if (_depth == _steps.Length)
            Array.Resize(ref _steps, _depth * 2);
        _steps[_depth++] = new Step { Node = node, Next = next };
    }

    private struct Step
    {
        public uint Node;
        public int Next;
    }
}
