namespace Helios.Pipeline.Storage;

/// <summary>The entries of a node from the last one to the first.</summary>
internal static unsafe partial class ArtNode
{
    /// <summary>The entries of a node, 0 for the terminal and 1 + b for byte b: what <see cref="PreviousEntry"/> begins with.</summary>
    public const int Entries = 257;

    /// <summary>
    /// The last entry in key order before <paramref name="end"/>: the bytes downwards, then the terminal, whose key is a prefix of theirs.
    /// Answers the handle and leaves <paramref name="end"/> at it; 0 when there is none.
    /// </summary>
    public static uint PreviousEntry(byte* node, ref int end)
    {
        switch (Kind(node))
        {
            case ArtKind.Node4 or ArtKind.Node16:
                var unsorted = PreviousUnsorted(node, ref end);
                if (unsorted != 0)
                    return unsorted;
                break;
            case ArtKind.Node48:
                for (var edge = end - 2; edge >= 0; edge--)
                {
                    var cell = Cell48(node, Volatile.Read(ref node[HeaderSize + edge]));
                    if (cell != null)
                    {
                        end = edge + 1;
                        return Volatile.Read(ref *cell);
                    }
                }

                break;
            case ArtKind.Node256:
                for (var edge = end - 2; edge >= 0; edge--)
                {
                    var child = Volatile.Read(ref ((uint*)(node + HeaderSize))[edge]);
                    if (child != 0)
                    {
                        end = edge + 1;
                        return child;
                    }
                }

                break;
            default:
                throw ArtSlots.Damaged();
        }

        var terminal = end > 0 ? Volatile.Read(ref *Terminal(node)) : 0;
        end = 0;
        return terminal;
    }

    private static uint PreviousUnsorted(byte* node, ref int end)
    {
        int count = ReadCount(node);
        var (greatest, at) = (-1, 0);
        for (var i = 0; i < count; i++)
        {
            int edge = node[HeaderSize + i];
            if (edge < end - 1 && edge > greatest)
                (greatest, at) = (edge, i);
        }

        if (greatest < 0)
            return 0;
        end = greatest + 1;
        return Volatile.Read(ref Cells(node)[at]);
    }
}
