using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>Fills in what the caller's thread could not know, in place. The spans are bodies of operations.</summary>
internal static class ChangePatch
{
    public static void SetFirstRow(Span<byte> insert, RowId first) => BinaryPrimitives.WriteUInt64LittleEndian(insert[8..], first.Value);

    /// <summary>Leaves a row of a droppable insert out.</summary>
    public static void Drop(Span<byte> insert, int row)
    {
        var rows = BinaryPrimitives.ReadUInt32LittleEndian(insert[20..]);
        insert[ChangeFormat.InsertHeaderSize + (int)rows + (row >> 3)] |= (byte)(1 << (row & 7));
    }

    public static void SetSourceTotals(Span<byte> moveSource, long stored, long rejected)
    {
        BinaryPrimitives.WriteInt64LittleEndian(moveSource[56..], stored);
        BinaryPrimitives.WriteInt64LittleEndian(moveSource[64..], rejected);
    }

    public static void SetTable(Span<byte> createTable, TableId table, uint partition)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(createTable, table.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(createTable[4..], partition);
    }
}
