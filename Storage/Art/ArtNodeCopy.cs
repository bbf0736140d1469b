using System.Diagnostics;

namespace Helios.Pipeline.Storage;

/// <summary>Fills new, unpublished nodes: empty, or from another node.</summary>
internal static unsafe class ArtNodeCopy
{
    /// <summary>Makes a slot of body size + prefix bytes an empty node; the caller fills <see cref="NewPrefix"/>.</summary>
    public static void Begin(byte* node, ArtKind kind, int prefixLength, uint terminal)
    {
        new Span<byte>(node, ArtNode.BodySize(kind)).Clear();
        *node = (byte)kind;
        *(uint*)(node + 4) = (uint)prefixLength;
        *ArtNode.Terminal(node) = terminal;
    }

    public static Span<byte> NewPrefix(byte* node) =>
        new(node + ArtNode.BodySize(ArtNode.Kind(node)), (int)ArtNode.PrefixLength(node));

    /// <summary>Begins a node that stands where another one stood: the same prefix and terminal.</summary>
    public static void BeginLike(byte* node, ArtKind kind, byte* old)
    {
        Begin(node, kind, (int)ArtNode.PrefixLength(old), *ArtNode.Terminal(old));
        ArtNode.Prefix(old).CopyTo(NewPrefix(node));
    }

    /// <summary>Adds a child whose byte is above those already there.</summary>
    public static void Append(byte* node, byte edge, uint child)
    {
        ref var count = ref ArtNode.Count(node);
        switch (ArtNode.Kind(node))
        {
            case ArtKind.Node256:
                ArtNode.Cells(node)[edge] = child;
                break;
            case ArtKind.Node48:
                ArtNode.Cells(node)[count] = child;
                ArtNode.Keys(node)[edge] = ++ArtNode.UsedCells(node);
                break;
            default:
                Debug.Assert(count == 0 || ArtNode.Keys(node)[count - 1] < edge, "children are appended in order");
                ArtNode.Keys(node)[count] = edge;
                ArtNode.Cells(node)[count] = child;
                break;
        }

        count++;
    }

    /// <summary>Copies all children, in order, but one. -1 leaves none out.</summary>
    public static void AppendAll(byte* node, byte* old, int without)
    {
        for (var next = 1; ;)
        {
            var child = ArtNode.NextEntry(old, ref next);
            if (child == 0)
                return;
            var edge = next - 2;
            if (edge != without)
                Append(node, (byte)edge, child);
        }
    }

    /// <summary>Copies a Node4 or Node16 into a begun one, with a child more.</summary>
    public static void AppendSortedWith(byte* node, byte* old, byte edge, uint child)
    {
        int count = ArtNode.Count(old);
        var at = 0;
        while (at < count && ArtNode.Keys(old)[at] < edge)
            at++;
        CopySorted(node, 0, old, 0, at);
        ArtNode.Keys(node)[at] = edge;
        ArtNode.Cells(node)[at] = child;
        CopySorted(node, at + 1, old, at, count - at);
        ArtNode.Count(node) = (ushort)(count + 1);
    }

    /// <summary>Copies a Node4 or Node16 into a begun one, with a child less.</summary>
    public static void AppendSortedWithout(byte* node, byte* old, byte edge)
    {
        int count = ArtNode.Count(old);
        var at = new ReadOnlySpan<byte>(ArtNode.Keys(old), count).IndexOf(edge);
        CopySorted(node, 0, old, 0, at);
        CopySorted(node, at, old, at + 1, count - at - 1);
        ArtNode.Count(node) = (ushort)(count - 1);
    }

    /// <summary>Copies a node with another prefix, which the caller fills.</summary>
    public static void CopyBody(byte* node, byte* old, int prefixLength)
    {
        new ReadOnlySpan<byte>(old, ArtNode.BodySize(ArtNode.Kind(old))).CopyTo(new Span<byte>(node, ArtNode.BodySize(ArtNode.Kind(old))));
        *(uint*)(node + 4) = (uint)prefixLength;
    }

    private static void CopySorted(byte* node, int to, byte* old, int from, int count)
    {
        new ReadOnlySpan<byte>(ArtNode.Keys(old) + from, count).CopyTo(new Span<byte>(ArtNode.Keys(node) + to, count));
        new ReadOnlySpan<uint>(ArtNode.Cells(old) + from, count).CopyTo(new Span<uint>(ArtNode.Cells(node) + to, count));
    }
}
