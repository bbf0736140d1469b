namespace Helios.Pipeline.Storage;

/// <summary>Taking keys out. May use the memory kept back, so that an undo does not fail where the push did not.</summary>
internal sealed unsafe partial class ArtTree
{
    // Well below the size at which they grew, so that a key that comes and goes does not rebuild a node each time.
    private const int Shrink256At = 40;
    private const int Shrink48At = 12;
    private const int Shrink16At = 3;

    // The versions that hang on the leaf are the caller's.
    private void Remove(in Path path)
    {
        _slots.BeginOperation();
        var handle = *path.Cell;
        var leaf = _slots.Address(handle);
        var wasVacated = ArtLeaf.IsVacated(leaf);
        if (path.Parent == null)
            Publish(_root, 0);
        else if (path.Edge == Path.TerminalEdge)
            RemoveTerminal(path.Parent);
        else
            RemoveChild(path.Parent, (byte)path.Edge);
        RetireLeaf(handle, leaf);
        CountVacating(wasVacated, after: true);
    }

    private void RemoveTerminal(uint* cell)
    {
        var node = _slots.Address(*cell);
        if (ArtNode.Count(node) == 1)
            JoinWithChild(cell, node, ArtNode.Keys(node)[0], ArtNode.Cells(node)[0]);
        else
            Publish(ArtNode.Terminal(node), 0);
    }

    private void RemoveChild(uint* cell, byte edge)
    {
        var node = _slots.Address(*cell);
        var left = ArtNode.Count(node) - 1;
        switch (ArtNode.Kind(node))
        {
            case ArtKind.Node256 when left <= Shrink256At:
                RebuildWithout(cell, node, ArtKind.Node48, edge);
                Events.Shrink256To48++;
                break;
            case ArtKind.Node256:
                ArtNode.Count(node)--;
                Publish(ArtNode.Cells(node) + edge, 0);
                break;
            case ArtKind.Node48 when left <= Shrink48At:
                RebuildWithout(cell, node, ArtKind.Node16, edge);
                Events.Shrink48To16++;
                break;
            case ArtKind.Node48:
                ArtNode.Count(node)--;
                Volatile.Write(ref ArtNode.Keys(node)[edge], 0); // its cell is not used again: a reader may be on its way there
                break;
            case ArtKind.Node16 when left <= Shrink16At:
                RebuildWithout(cell, node, ArtKind.Node4, edge);
                Events.Shrink16To4++;
                break;
            case ArtKind.Node4 when left == 0:
                ReplaceByLeaf(cell, node, *ArtNode.Terminal(node));
                break;
            case ArtKind.Node4 when left == 1 && *ArtNode.Terminal(node) == 0:
                var other = ArtNode.Keys(node)[0] == edge ? 1 : 0;
                JoinWithChild(cell, node, ArtNode.Keys(node)[other], ArtNode.Cells(node)[other]);
                break;
            default:
                RebuildWithout(cell, node, ArtNode.Kind(node), edge);
                break;
        }
    }

    private void RebuildWithout(uint* cell, byte* node, ArtKind kind, byte edge)
    {
        var handle = *cell;
        var newHandle = NewNode(kind, (int)ArtNode.PrefixLength(node), mayUseReserve: true);
        var copy = _slots.Address(newHandle);
        ArtNodeCopy.BeginLike(copy, kind, node);
        ArtNodeCopy.AppendAll(copy, node, without: edge);
        Publish(cell, newHandle);
        RetireNode(handle, node);
    }

    // One entry is left: path compression lets it stand where its node stood.
    private void JoinWithChild(uint* cell, byte* node, byte edge, uint childHandle)
    {
        var child = _slots.Address(childHandle);
        if (ArtLeaf.IsLeaf(child))
        {
            ReplaceByLeaf(cell, node, childHandle);
            return;
        }

        var handle = *cell;
        var prefix = ArtNode.Prefix(node);
        var childPrefix = ArtNode.Prefix(child);
        var length = prefix.Length + 1 + childPrefix.Length;
        var newHandle = NewNode(ArtNode.Kind(child), length, mayUseReserve: true);
        var joined = _slots.Address(newHandle);
        ArtNodeCopy.CopyBody(joined, child, length);
        var newPrefix = ArtNodeCopy.NewPrefix(joined);
        prefix.CopyTo(newPrefix);
        newPrefix[prefix.Length] = edge;
        childPrefix.CopyTo(newPrefix[(prefix.Length + 1)..]);

        Publish(cell, newHandle);
        RetireNode(handle, node);
        RetireNode(childHandle, child);
        Events.Merge++;
    }

    private void ReplaceByLeaf(uint* cell, byte* node, uint leaf)
    {
        var handle = *cell;
        Publish(cell, leaf);
        RetireNode(handle, node);
        Events.Collapse++;
    }
}
