using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>Walks every slot of a tree that nobody writes and checks what must always hold of it.</summary>
internal static unsafe class ArtWalk
{
    public static void Check(ArtTree tree)
    {
        var seen = new long[7];
        long bytes = 0;
        if (*tree.Slots.Root != 0)
            Visit(tree, *tree.Slots.Root, [], seen, ref bytes);
        Assert.Equal(
            new ArtNodeCounts(seen[1], seen[2], seen[3], seen[4], seen[5], seen[6]),
            tree.NodeCounts);
        Assert.Equal(bytes, tree.LiveBytes);
    }

    private static void Visit(ArtTree tree, uint handle, byte[] path, long[] seen, ref long bytes)
    {
        var slot = tree.Slots.Address(handle);
        seen[*slot]++;
        if (ArtLeaf.IsLeaf(slot))
        {
            Assert.True(ArtLeaf.Key(slot).StartsWith(path), "a leaf hangs under a path that its key does not have");
            bytes += Rounded(ArtLeaf.Size(ArtLeaf.Key(slot).Length, ArtLeaf.Older(slot)));
            for (var older = ArtLeaf.Older(slot); older > ArtLeaf.OlderTrimmed; older = ArtLeaf.Older(tree.Slots.Address(older)))
            {
                seen[*tree.Slots.Address(older)]++;
                bytes += Rounded(ArtLeaf.VersionSize);
            }

            return;
        }

        var prefix = ArtNode.Prefix(slot).ToArray();
        bytes += Rounded(ArtNode.BodySize(ArtNode.Kind(slot)) + prefix.Length);
        byte[] here = [.. path, .. prefix];
        var terminal = *ArtNode.Terminal(slot);
        if (terminal != 0)
        {
            Assert.Equal(here, ArtLeaf.Key(tree.Slots.Address(terminal)).ToArray());
            Visit(tree, terminal, here, seen, ref bytes);
        }

        var children = 0;
        for (var next = 1; ;)
        {
            var child = ArtNode.NextEntry(slot, ref next);
            if (child == 0)
                break;
            children++;
            Visit(tree, child, [.. here, (byte)(next - 2)], seen, ref bytes);
        }

        Assert.Equal(ArtNode.Count(slot), children);
        Assert.True(children + (terminal != 0 ? 1 : 0) >= 2, "a node with one entry should have given it its place");
    }

    private static int Rounded(int size) => ArtSizeClass.Size(ArtSizeClass.Of(size));
}
