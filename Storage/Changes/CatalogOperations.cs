using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>Reads the body of a CreateTable, or of an AlterTable.</summary>
internal static class CreateTableOperation
{
    public static TableDefinition Read(ReadOnlySpan<byte> body)
    {
        if (body.Length < ChangeFormat.CreateTableHeaderSize)
            throw ChangeFormat.Damaged("a CreateTable is shorter than its header");
        var table = new TableId(BinaryPrimitives.ReadUInt32LittleEndian(body));
        return CatalogCodec.Decode(table, BinaryPrimitives.ReadUInt32LittleEndian(body[4..]), body[ChangeFormat.CreateTableHeaderSize..]);
    }
}

/// <summary>Reads the body of a ForgetSource.</summary>
internal static class ForgetSourceOperation
{
    public static void Read(ReadOnlySpan<byte> body, out TableId table, out UInt128 fingerprint)
    {
        if (body.Length != ChangeFormat.ForgetSourceSize)
            throw ChangeFormat.Damaged($"a ForgetSource has {body.Length} bytes instead of {ChangeFormat.ForgetSourceSize}");
        table = new TableId(BinaryPrimitives.ReadUInt32LittleEndian(body));
        fingerprint = BinaryPrimitives.ReadUInt128LittleEndian(body[4..]);
    }
}
