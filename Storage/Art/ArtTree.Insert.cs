using System.Diagnostics;

namespace Helios.Pipeline.Storage;

/// <summary>Entering keys. Every operation allocates first, fills, publishes with one store, and retires last.</summary>
internal sealed unsafe partial class ArtTree
{
    private bool Insert(ReadOnlySpan<byte> key, in KeyVersion version, uint older, bool onlyIfFree, out KeyVersion holder)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, ArtLeaf.MaxKeyLength, nameof(key));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(version.Row.Value, Lsn.Max.Value, nameof(version));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(version.Lsn.Value, Lsn.Max.Value, nameof(version));
        if (TryDescend(key, version, older, onlyIfFree, isLastTry: false, out var entered, out holder))
            return entered;

        // What was unlinked may be free by now; that is all that can still help.
        _limbo.Reclaim();
        TryDescend(key, version, older, onlyIfFree, isLastTry: true, out entered, out holder);
        return entered;
    }

    private bool TryDescend(ReadOnlySpan<byte> key, in KeyVersion version, uint older, bool onlyIfFree, bool isLastTry, out bool entered, out KeyVersion holder)
    {
        (entered, holder) = (false, default);
        _slots.BeginOperation();
        try
        {
            entered = Descend(key, version, older, onlyIfFree, out holder);
            return true;
        }
        catch (HeliosException full) when (full.Code == "index_full")
        {
            _slots.UndoOperation(); // nothing is published before the last allocation
            if (isLastTry)
                throw;
            return false;
        }
    }

    private bool Descend(ReadOnlySpan<byte> key, in KeyVersion version, uint older, bool onlyIfFree, out KeyVersion holder)
    {
        holder = default;
        var cell = _root;
        var depth = 0;
        while (*cell != 0)
        {
            var slot = _slots.Address(*cell);
            if (ArtLeaf.IsLeaf(slot))
            {
                if (!ArtLeaf.Key(slot).SequenceEqual(key))
                {
                    SplitLeaf(cell, slot, key, depth, version, older);
                    return true;
                }

                if (onlyIfFree && !ArtLeaf.IsVacated(slot))
                {
                    holder = ArtLeaf.Read(slot);
                    return false;
                }

                PushVersion(cell, slot, key, version);
                return true;
            }

            var prefix = ArtNode.Prefix(slot);
            var shared = prefix.CommonPrefixLength(key[depth..]);
            if (shared < prefix.Length)
            {
                SplitPrefix(cell, slot, shared, key, depth, version, older);
                return true;
            }

            depth += shared;
            if (depth == key.Length)
            {
                cell = ArtNode.Terminal(slot);
                continue; // it holds this very key, or nothing
            }

            var child = ArtNode.FindCell(slot, key[depth]);
            if (child == null || *child == 0)
            {
                AddChild(cell, slot, key[depth], NewLeaf(key, version, older, mayUseReserve: false));
                CountVacating(before: true, version.Vacated);
                return true;
            }

            cell = child;
            depth++;
        }

        Publish(cell, NewLeaf(key, version, older, mayUseReserve: false));
        CountVacating(before: true, version.Vacated);
        return true;
    }

    private void PushVersion(uint* cell, byte* leaf, ReadOnlySpan<byte> key, in KeyVersion version)
    {
        var before = ArtLeaf.Read(leaf);
        if (version.Lsn < before.Lsn)
            throw new ArgumentOutOfRangeException(nameof(version), version, $"The newest version of the key has LSN {before.Lsn}.");

        var handle = *cell;
        var olderHandle = _slots.Allocate(ArtKind.Version, ArtLeaf.VersionSize, mayUseReserve: false);
        var newLeaf = NewLeaf(key, version, olderHandle, mayUseReserve: false);
        ArtLeaf.WriteVersion(_slots.Address(olderHandle), before, ArtLeaf.Older(leaf));
        Publish(cell, newLeaf);
        RetireLeaf(handle, leaf);
        CountVacating(before.Vacated, version.Vacated);
    }

    // A leaf and a new key part at some byte: a Node4 takes the leaf's place and holds both.
    private void SplitLeaf(uint* cell, byte* leaf, ReadOnlySpan<byte> key, int depth, in KeyVersion version, uint older)
    {
        var leafKey = ArtLeaf.Key(leaf);
        var shared = leafKey[depth..].CommonPrefixLength(key[depth..]);
        var newLeaf = NewLeaf(key, version, older, mayUseReserve: false);
        var branchHandle = NewNode(ArtKind.Node4, shared, mayUseReserve: false);

        var branch = _slots.Address(branchHandle);
        ArtNodeCopy.Begin(branch, ArtKind.Node4, shared, terminal: 0);
        key.Slice(depth, shared).CopyTo(ArtNodeCopy.NewPrefix(branch));
        var at = depth + shared;
        FillBranch(branch, EdgeAt(leafKey, at), *cell, EdgeAt(key, at), newLeaf);

        Publish(cell, branchHandle);
        Events.LeafSplit++;
        CountVacating(before: true, version.Vacated);
    }

    // A new key leaves a node's prefix half way: a Node4 with the shared part takes its place, above the node with the rest.
    private void SplitPrefix(uint* cell, byte* node, int shared, ReadOnlySpan<byte> key, int depth, in KeyVersion version, uint older)
    {
        var handle = *cell;
        var prefix = ArtNode.Prefix(node);
        var rest = prefix[(shared + 1)..];
        var newLeaf = NewLeaf(key, version, older, mayUseReserve: false);
        var branchHandle = NewNode(ArtKind.Node4, shared, mayUseReserve: false);
        var lowerHandle = NewNode(ArtNode.Kind(node), rest.Length, mayUseReserve: false);

        var lower = _slots.Address(lowerHandle);
        ArtNodeCopy.CopyBody(lower, node, rest.Length);
        rest.CopyTo(ArtNodeCopy.NewPrefix(lower));
        var branch = _slots.Address(branchHandle);
        ArtNodeCopy.Begin(branch, ArtKind.Node4, shared, terminal: 0);
        prefix[..shared].CopyTo(ArtNodeCopy.NewPrefix(branch));
        FillBranch(branch, prefix[shared], lowerHandle, EdgeAt(key, depth + shared), newLeaf);

        Publish(cell, branchHandle);
        RetireNode(handle, node);
        Events.PrefixSplit++;
        CountVacating(before: true, version.Vacated);
    }

    private static int EdgeAt(ReadOnlySpan<byte> key, int at) => at == key.Length ? Path.TerminalEdge : key[at];

    private static void FillBranch(byte* branch, int edge1, uint child1, int edge2, uint child2)
    {
        Debug.Assert(edge1 != edge2, "two keys that do not part need no branch");
        if (edge1 > edge2)
            (edge1, child1, edge2, child2) = (edge2, child2, edge1, child1);
        if (edge1 == Path.TerminalEdge)
            *ArtNode.Terminal(branch) = child1;
        else
            ArtNodeCopy.Append(branch, (byte)edge1, child1);
        ArtNodeCopy.Append(branch, (byte)edge2, child2);
    }

    private void AddChild(uint* cell, byte* node, byte edge, uint child)
    {
        int count = ArtNode.Count(node);
        switch (ArtNode.Kind(node))
        {
            case ArtKind.Node256:
                ArtNode.Count(node)++;
                Publish(ArtNode.Cells(node) + edge, child);
                break;
            case ArtKind.Node48 when ArtNode.UsedCells(node) < 48:
                var used = ArtNode.UsedCells(node)++;
                ArtNode.Count(node)++;
                Publish(ArtNode.Cells(node) + used, child);
                Volatile.Write(ref ArtNode.Keys(node)[edge], (byte)(used + 1)); // after its cell: readers look here first
                break;
            case ArtKind.Node48 when count < 48:
                RebuildWith(cell, node, ArtKind.Node48, edge, child);
                Events.Compact48++;
                break;
            case ArtKind.Node48:
                RebuildWith(cell, node, ArtKind.Node256, edge, child);
                Events.Grow48To256++;
                break;
            case ArtKind.Node16 when count == 16:
                RebuildWith(cell, node, ArtKind.Node48, edge, child);
                Events.Grow16To48++;
                break;
            case ArtKind.Node4 when count == 4:
                RebuildWith(cell, node, ArtKind.Node16, edge, child);
                Events.Grow4To16++;
                break;
            default:
                ArtNode.Keys(node)[count] = edge;
                ArtNode.Cells(node)[count] = child;
                Volatile.Write(ref ArtNode.Count(node), (ushort)(count + 1)); // last: readers look at no more than are counted
                break;
        }
    }

    private void RebuildWith(uint* cell, byte* node, ArtKind kind, byte edge, uint child)
    {
        var handle = *cell;
        var newHandle = NewNode(kind, (int)ArtNode.PrefixLength(node), mayUseReserve: false);
        var copy = _slots.Address(newHandle);
        ArtNodeCopy.BeginLike(copy, kind, node);
        ArtNodeCopy.AppendAll(copy, node, without: -1);
        ArtNodeCopy.Append(copy, edge, child);

        Publish(cell, newHandle);
        RetireNode(handle, node);
    }
}
