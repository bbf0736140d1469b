using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Helios.Pipeline.Storage;

/// <summary>
/// Inner nodes; little-endian, at multiples of 16 bytes. A cell is the 4-byte handle of a child, 0 = none.
/// <code>
///            offset size field
/// all             0    1 kind
///                 1    1 cells used so far (Node48 alone: a cell is never used twice)
///                 2    2 children
///                 4    4 prefix length, bytes
///                 8    4 terminal: the leaf whose key ends here, after the prefix; 0 = none
/// Node4          12    4 key bytes, ascending
///                16   16 cells                                  32 + prefix
/// Node16         12   16 key bytes, ascending
///                28   64 cells                                  92 + prefix
/// Node48         12  256 cell number + 1 of each byte, 0 = none
///               268  192 cells                                 460 + prefix
/// Node256        12 1024 a cell for each byte                 1036 + prefix
/// </code>
/// Readers hold no lock, so a published node changes only where one store does it: any cell and the terminal may be replaced,
/// a Node256 gains and loses children, a Node48 gains one (the cell first, then its byte's number) and loses one (the number to 0).
/// Node4 and Node16 gain and lose children by being copied; the prefix never changes.
/// </summary>
internal static unsafe class ArtNode
{
    public const int HeaderSize = 12;

    public static ArtKind Kind(byte* node) => (ArtKind)(*node);

    public static ref byte UsedCells(byte* node) => ref node[1];

    public static ref ushort Count(byte* node) => ref *(ushort*)(node + 2);

    public static uint PrefixLength(byte* node) => *(uint*)(node + 4);

    public static uint* Terminal(byte* node) => (uint*)(node + 8);

    public static ReadOnlySpan<byte> Prefix(byte* node) =>
        new(node + BodySize(Kind(node)), (int)PrefixLength(node));

    /// <summary>Size without the prefix, which is where the prefix begins.</summary>
    public static int BodySize(ArtKind kind) => kind switch
    {
        ArtKind.Node4 => 32,
        ArtKind.Node16 => 92,
        ArtKind.Node48 => 460,
        ArtKind.Node256 => 1036,
        _ => throw ArtSlots.Damaged(),
    };

    public static byte* Keys(byte* node) => node + HeaderSize;

    public static uint* Cells(byte* node) => (uint*)(node + Kind(node) switch
    {
        ArtKind.Node4 => 16,
        ArtKind.Node16 => 28,
        ArtKind.Node48 => 268,
        ArtKind.Node256 => HeaderSize,
        _ => throw ArtSlots.Damaged(),
    });

    /// <summary>The cell of a byte, or null; a Node256 may answer a cell that is empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint* FindCell(byte* node, byte edge)
    {
        switch (Kind(node))
        {
            case ArtKind.Node256:
                return (uint*)(node + HeaderSize) + edge;
            case ArtKind.Node48:
                return Cell48(node, Volatile.Read(ref node[HeaderSize + edge]));
            case ArtKind.Node16:
                var hits = Vector128.Equals(Vector128.Load(node + HeaderSize), Vector128.Create(edge)).ExtractMostSignificantBits()
                    & ((1u << Count(node)) - 1);
                return hits == 0 ? null : (uint*)(node + 28) + BitOperations.TrailingZeroCount(hits);
            case ArtKind.Node4:
                // All four places are looked at; an unused one is 0, and a child for byte 0 would be the first.
                for (var i = 0; i < 4; i++)
                {
                    if (node[HeaderSize + i] == edge)
                        return i < Count(node) ? (uint*)(node + 16) + i : null;
                }

                return null;
            default:
                throw ArtSlots.Damaged();
        }
    }

    /// <summary>
    /// The next entry in key order: <paramref name="next"/> 0 stands for the terminal, 1 + b for byte b.
    /// Answers the handle and leaves <paramref name="next"/> after it; 0 when there is none.
    /// </summary>
    public static uint NextEntry(byte* node, ref int next)
    {
        if (next == 0)
        {
            next = 1;
            var terminal = Volatile.Read(ref *Terminal(node));
            if (terminal != 0)
                return terminal;
        }

        switch (Kind(node))
        {
            case ArtKind.Node4 or ArtKind.Node16:
                return NextSorted(node, ref next);
            case ArtKind.Node48:
                for (var edge = next - 1; edge < 256; edge++)
                {
                    var cell = Cell48(node, Volatile.Read(ref node[HeaderSize + edge]));
                    if (cell != null)
                    {
                        next = edge + 2;
                        return Volatile.Read(ref *cell);
                    }
                }

                break;
            case ArtKind.Node256:
                for (var edge = next - 1; edge < 256; edge++)
                {
                    var child = Volatile.Read(ref ((uint*)(node + HeaderSize))[edge]);
                    if (child != 0)
                    {
                        next = edge + 2;
                        return child;
                    }
                }

                break;
            default:
                throw ArtSlots.Damaged();
        }

        next = 257;
        return 0;
    }

    private static uint NextSorted(byte* node, ref int next)
    {
        var cells = Cells(node);
        var count = Count(node);
        for (var i = 0; i < count; i++)
        {
            var edge = node[HeaderSize + i];
            if (edge >= next - 1)
            {
                next = edge + 2;
                return Volatile.Read(ref cells[i]);
            }
        }

        next = 257;
        return 0;
    }

    private static uint* Cell48(byte* node, byte number)
    {
        if (number == 0)
            return null;
        if (number > 48)
            throw ArtSlots.Damaged();
        return (uint*)(node + 268) + (number - 1);
    }
}
