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
/// Node4          12    4 key bytes, in the order they came
///                16   16 cells                                  32 + prefix
/// Node16         12   16 key bytes, in the order they came
///                28   64 cells                                  92 + prefix
/// Node48         12  256 cell number + 1 of each byte, 0 = none
///               268  192 cells                                 460 + prefix
/// Node256        12 1024 a cell for each byte                 1036 + prefix
/// </code>
/// Readers hold no lock, so a published node changes only where one store does it: any cell and the terminal may be replaced,
/// a Node256 gains and loses children, a Node48 gains one (the cell first, then its byte's number) and loses one (the number to 0).
/// A Node4 or Node16 gains one behind the others (its byte and cell first, then the number of children) and loses one by being copied;
/// the prefix never changes.
/// </summary>
internal static unsafe partial class ArtNode
{
    public const int HeaderSize = 12;

    public static ArtKind Kind(byte* node) => (ArtKind)(*node);

    public static ref byte UsedCells(byte* node) => ref node[1];

    public static ref ushort Count(byte* node) => ref *(ushort*)(node + 2);

    /// <summary>The number of children, of a Node4 or Node16 read before what it counts.</summary>
    public static int ReadCount(byte* node) => Volatile.Read(ref *(ushort*)(node + 2));

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
                var count16 = ReadCount(node); // before the bytes: what is counted has been written
                var hits = Vector128.Equals(Vector128.Load(node + HeaderSize), Vector128.Create(edge)).ExtractMostSignificantBits()
                    & ((1u << count16) - 1);
                return hits == 0 ? null : (uint*)(node + 28) + BitOperations.TrailingZeroCount(hits);
            case ArtKind.Node4:
                var count4 = ReadCount(node);
                // The lowest byte that is equal comes out right, and an unused one is behind those that are used.
                var unequal = *(uint*)(node + HeaderSize) ^ (edge * 0x0101_0101u);
                var at = BitOperations.TrailingZeroCount((unequal - 0x0101_0101u) & ~unequal & 0x8080_8080u) >> 3;
                return at < count4 ? (uint*)(node + 16) + at : null;
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
                return NextUnsorted(node, ref next);
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

    private static uint NextUnsorted(byte* node, ref int next)
    {
        int count = ReadCount(node);
        var (least, at) = (256, 0);
        for (var i = 0; i < count; i++)
        {
            int edge = node[HeaderSize + i];
            if (edge >= next - 1 && edge < least)
                (least, at) = (edge, i);
        }

        if (least == 256)
        {
            next = 257;
            return 0;
        }

        next = least + 2;
        return Volatile.Read(ref Cells(node)[at]);
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
