namespace Helios.Pipeline.Storage;

/// <summary>A descending cursor's place in a tree: the inner nodes from the root down, each with where its entries still to visit end.</summary>
/// <remarks>
/// As <see cref="ArtPath"/>: the Seek methods and <see cref="Next"/> inside an epoch, which the path outlives only while
/// <see cref="IsWhole"/> says so inside the next one.
/// </remarks>
internal sealed unsafe class ArtDescendingPath(ArtTree tree)
{
    private Step[] _steps = new Step[16];
    private int _depth;
    private uint _pending;
    private long _shape;
    private bool _isKnown;

    public bool IsWhole => _isKnown && _shape == tree.Shape;

    public void Forget() => _isKnown = false;

    /// <summary>Goes to the last key of all.</summary>
    public void SeekLast()
    {
        var handle = Begin();
        if (handle != 0)
            Enter(handle);
    }

    /// <summary>Goes to the last key before one, which need not be there.</summary>
    public void SeekBefore(ReadOnlySpan<byte> key)
    {
        var at = 0;
        for (var handle = Begin(); handle != 0;)
        {
            var slot = tree.Slots.Address(handle);
            if (ArtLeaf.IsLeaf(slot))
            {
                if (ArtLeaf.Key(slot).SequenceCompareTo(key) < 0)
                    _pending = handle;
                return;
            }

            var prefix = ArtNode.Prefix(slot);
            var shared = prefix.CommonPrefixLength(key[at..]);
            if (shared < prefix.Length)
            {
                // All keys below share the prefix, so they are all before the key or all after it.
                if (at + shared < key.Length && prefix[shared] < key[at + shared])
                    Down(handle, ArtNode.Entries);
                return;
            }

            at += shared;
            if (at == key.Length)
                return; // the terminal is the key itself, and the bytes lead to longer ones

            var edge = key[at++];
            Down(handle, end: edge + 1);
            var cell = ArtNode.FindCell(slot, edge);
            handle = cell == null ? 0 : Volatile.Read(ref *cell);
        }
    }

    /// <summary>The next leaf downwards, or null after the first of the tree.</summary>
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
            var handle = ArtNode.PreviousEntry(tree.Slots.Address(step.Node), ref step.End);
            if (handle == 0)
            {
                _depth--;
                continue;
            }

            var slot = tree.Slots.Address(handle);
            if (ArtLeaf.IsLeaf(slot))
                return slot;
            Down(handle, ArtNode.Entries);
        }

        return null;
    }

    private uint Begin()
    {
        _shape = tree.Shape; // before the root is read: what is unlinked later is noticed later
        _isKnown = true;
        _depth = 0;
        _pending = 0;
        return Volatile.Read(ref *tree.Slots.Root);
    }

    private void Enter(uint root)
    {
        if (ArtLeaf.IsLeaf(tree.Slots.Address(root)))
            _pending = root;
        else
            Down(root, ArtNode.Entries);
    }

    private void Down(uint node, int end)
    {
        if (_depth == _steps.Length)
            Array.Resize(ref _steps, _depth * 2);
        _steps[_depth++] = new Step { Node = node, End = end };
    }

    private struct Step
    {
        public uint Node;
        public int End;
    }
}
