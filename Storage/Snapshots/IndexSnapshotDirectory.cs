using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>
/// The last block of an index snapshot: where each tree is. Its payload is one entry a tree, in the order of their blocks; little-endian.
/// <code>
/// offset size field
///      0    4 table id
///      4    4 index id
///      8    8 entries
///     16    8 highest row id of the entries, 0 where there are none
///     24    8 offset of its first block; where it has none, of the block behind it
///     32    4 number of that block
///     36    4 blocks
/// </code>
/// </summary>
internal static class IndexSnapshotDirectory
{
    public const int EntrySize = 40;

    public static void Append(ByteBuffer into, in IndexSnapshotTree tree)
    {
        var entry = into.GetSpan(EntrySize);
        BinaryPrimitives.WriteUInt32LittleEndian(entry, tree.Table.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], tree.Index);
        BinaryPrimitives.WriteInt64LittleEndian(entry[8..], tree.Entries);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], tree.HighestRow.Value);
        BinaryPrimitives.WriteInt64LittleEndian(entry[24..], tree.Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[32..], tree.FirstBlock);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[36..], tree.Blocks);
        into.Advance(EntrySize);
    }

    /// <summary>Reads the payload. The trees follow each other without gaps, from the header's end to the directory.</summary>
    /// <exception cref="HeliosException">Corrupt <c>corrupt</c>.</exception>
    public static IndexSnapshotTree[] Decode(ReadOnlySpan<byte> payload, in IndexSnapshotHeader header, string path)
    {
        if (payload.Length != (long)header.Trees * EntrySize)
            throw IndexSnapshotFormat.Damaged(path, header.DirectoryOffset, $"the directory of {header.Trees} trees has {payload.Length} bytes");
        var trees = new IndexSnapshotTree[header.Trees];
        var seen = new HashSet<(uint, uint)>();
        var (block, offset) = (0u, (long)IndexSnapshotHeader.Size);
        for (var i = 0; i < trees.Length; i++)
        {
            var tree = trees[i] = DecodeEntry(payload.Slice(i * EntrySize, EntrySize));
            var isSane = tree.FirstBlock == block && (tree.Blocks == 0 ? tree.Entries == 0 && tree.HighestRow.Value == 0 : tree.Entries >= tree.Blocks)
                && tree.HighestRow.Value <= Lsn.Max.Value && tree.Offset >= offset && (i > 0 || tree.Offset == offset) && tree.Offset <= header.DirectoryOffset
                && tree.Blocks < header.Blocks - block && seen.Add((tree.Table.Value, tree.Index));
            if (!isSane)
                throw IndexSnapshotFormat.Damaged(path, header.DirectoryOffset, $"its directory does not make sense at tree {i}");
            (block, offset) = (block + tree.Blocks, tree.Offset);
        }

        if (block + 1 != header.Blocks || (trees.Length == 0 && header.DirectoryOffset != IndexSnapshotHeader.Size))
            throw IndexSnapshotFormat.Damaged(path, header.DirectoryOffset, "its directory has not all blocks");
        return trees;
    }

    private static IndexSnapshotTree DecodeEntry(ReadOnlySpan<byte> entry) => new(
        new TableId(BinaryPrimitives.ReadUInt32LittleEndian(entry)),
        BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]),
        BinaryPrimitives.ReadInt64LittleEndian(entry[8..]),
        new RowId(BinaryPrimitives.ReadUInt64LittleEndian(entry[16..])),
        BinaryPrimitives.ReadInt64LittleEndian(entry[24..]),
        BinaryPrimitives.ReadUInt32LittleEndian(entry[32..]),
        BinaryPrimitives.ReadUInt32LittleEndian(entry[36..]));
}

/// <summary>Where the entries of one tree are in a snapshot.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Index">Its index.</param>
/// <param name="Entries">How many.</param>
/// <param name="HighestRow">The highest row id among them.</param>
/// <param name="Offset">Of its first block in the file.</param>
/// <param name="FirstBlock">Number of that block.</param>
/// <param name="Blocks">How many blocks.</param>
internal readonly record struct IndexSnapshotTree(TableId Table, uint Index, long Entries, RowId HighestRow, long Offset, uint FirstBlock, uint Blocks);
