using System.Diagnostics;
using System.Runtime.CompilerServices;

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

    /// <summary>Makes a slot a node with all of its children, in the order of their bytes; the caller writes the prefix and its length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fill(byte* node, ArtKind kind, int bodySize, uint terminal, ReadOnlySpan<byte> edges, ReadOnlySpan<uint> cells)
    {
        new Span<byte>(node, bodySize).Clear();
        *node = (byte)kind;
        *ArtNode.Terminal(node) = terminal;
        if (kind > ArtKind.Node16)
        {
            for (var i = 0; i < edges.Length; i++)
                Append(node, edges[i], cells[i]);
            return;
        }

        ArtNode.Count(node) = (ushort)edges.Length;
        edges.CopyTo(new Span<byte>(node + ArtNode.HeaderSize, edges.Length));
        cells.CopyTo(new Span<uint>(node + (kind == ArtKind.Node4 ? 16 : 28), cells.Length));
    }

    public static Span<byte> NewPrefix(byte* node) =>
        new(node + ArtNode.BodySize(ArtNode.Kind(node)), (int)ArtNode.PrefixLength(node));

    /// <summary>Begins a node that stands where another one stood: the same prefix and terminal.</summary>
    public static void BeginLike(byte* node, ArtKind kind, byte* old)
    {
        Begin(node, kind, (int)ArtNode.PrefixLength(old), *ArtNode.Terminal(old));
        ArtNode.Prefix(old).CopyTo(NewPrefix(node));
    }

    /// <summary>Adds a child whose byte is not there yet.</summary>
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
                Debug.Assert(!new ReadOnlySpan<byte>(ArtNode.Keys(node), count).Contains(edge), "a byte leads to one child");
                ArtNode.Keys(node)[count] = edge;
                ArtNode.Cells(node)[count] = child;
                break;
        }

        count++;
    }

    /// <summary>Copies all children but one. -1 leaves none out.</summary>
    public static void AppendAll(byte* node, byte* old, int without)
    {
        var keys = ArtNode.Keys(old);
        var cells = ArtNode.Cells(old);
        switch (ArtNode.Kind(old))
        {
            case ArtKind.Node256:
                for (var edge = 0; edge < 256; edge++)
                {
                    if (cells[edge] != 0 && edge != without)
                        Append(node, (byte)edge, cells[edge]);
                }

                break;
            case ArtKind.Node48:
                for (var edge = 0; edge < 256; edge++)
                {
                    if (keys[edge] != 0 && edge != without)
                        Append(node, (byte)edge, cells[keys[edge] - 1]);
                }

                break;
            default:
                int count = ArtNode.Count(old);
                for (var i = 0; i < count; i++)
                {
                    if (keys[i] != without)
                        Append(node, keys[i], cells[i]);
                }

                break;
        }
    }

    /// <summary>Copies a node with another prefix, which the caller fills.</summary>
    public static void CopyBody(byte* node, byte* old, int prefixLength)
    {
        new ReadOnlySpan<byte>(old, ArtNode.BodySize(ArtNode.Kind(old))).CopyTo(new Span<byte>(node, ArtNode.BodySize(ArtNode.Kind(old))));
        *(uint*)(node + 4) = (uint)prefixLength;
    }
}
