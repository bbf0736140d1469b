using System.Buffers;
using MessagePack;

namespace Helios.Pipeline.Storage;

/// <summary>
/// A table's definition in MessagePack, as CreateTable and the store keep it:
/// <c>[format 1, name, schema version, [[name, type, flags (1 = nullable), length, element type or nil]…], [key ordinal…], [[name, [column…]]…]]</c>.
/// </summary>
internal static class CatalogCodec
{
    public const int Format = 1;

    public static byte[] Encode(string name, uint schemaVersion, TableSchema schema)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(6);
        writer.Write(Format);
        writer.Write(name);
        writer.Write(schemaVersion);
        writer.WriteArrayHeader(schema.Columns.Length);
        foreach (var column in schema.Columns)
        {
            writer.WriteArrayHeader(5);
            writer.Write(column.Name);
            writer.Write((byte)column.Type);
            writer.Write(column.IsNullable ? 1 : 0);
            writer.Write(column.Length);
            if (column.ElementType is { } element)
                writer.Write((byte)element);
            else
                writer.WriteNil();
        }

        writer.WriteArrayHeader(schema.PrimaryKey.Length);
        foreach (var ordinal in schema.PrimaryKey)
            writer.Write(ordinal);
        writer.WriteArrayHeader(schema.Unique.Length);
        foreach (var unique in schema.Unique)
        {
            writer.WriteArrayHeader(2);
            writer.Write(unique.Name);
            writer.WriteArrayHeader(unique.Columns.Length);
            foreach (var column in unique.Columns)
                writer.Write(column);
        }

        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="HeliosException">Corrupt: the bytes are no definition; Unavailable <c>format_too_new</c>: a newer version wrote them.</exception>
    public static TableDefinition Decode(TableId id, uint partition, ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = new MessagePackReader(bytes.ToArray());
            var fields = reader.ReadArrayHeader();
            var format = reader.ReadInt32();
            if (format > Format)
                throw new HeliosException(HeliosErrorKind.Unavailable, "format_too_new", $"The definition of table {id} has format {format}; this version reads up to {Format}. Nothing was changed.");
            if (fields != 6 || format != Format)
                throw Damaged(id, null);
            var table = DecodeFields(id, partition, ref reader);
            return reader.End ? table : throw Damaged(id, null);
        }
        catch (Exception error) when (error is MessagePackSerializationException or EndOfStreamException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw Damaged(id, error);
        }
    }

    private static TableDefinition DecodeFields(TableId id, uint partition, ref MessagePackReader reader)
    {
        var name = reader.ReadString() ?? throw Damaged(id, null);
        var version = reader.ReadUInt32();
        // A header may lie about its count: nothing is allocated by it but what a table may have.
        var count = ReadCount(ref reader, id, TableSchema.MaxColumns);
        var columns = new List<Column>(count);
        for (var left = count; left > 0; left--)
        {
            if (reader.ReadArrayHeader() != 5)
                throw Damaged(id, null);
            columns.Add(new Column(reader.ReadString() ?? throw Damaged(id, null), (ColumnType)reader.ReadByte())
            {
                IsNullable = reader.ReadInt32() == 1,
                Length = reader.ReadInt32(),
                ElementType = reader.TryReadNil() ? null : (ColumnType)reader.ReadByte(),
            });
        }

        count = ReadCount(ref reader, id, columns.Count);
        var key = new List<string>(count);
        for (var left = count; left > 0; left--)
            key.Add(columns[reader.ReadInt32()].Name);
        var unique = new List<UniqueConstraint>();
        for (var left = ReadCount(ref reader, id, TableSchema.MaxIndexes); left > 0; left--)
        {
            if (reader.ReadArrayHeader() != 2)
                throw Damaged(id, null);
            var constraint = reader.ReadString() ?? throw Damaged(id, null);
            var names = new List<string>();
            for (var more = ReadCount(ref reader, id, columns.Count); more > 0; more--)
                names.Add(reader.ReadString() ?? throw Damaged(id, null));
            unique.Add(new UniqueConstraint(constraint, [.. names]));
        }

        return new TableDefinition(id, partition, name, version, new TableSchema(columns, key, unique));
    }

    private static int ReadCount(ref MessagePackReader reader, TableId id, int most)
    {
        var count = reader.ReadArrayHeader();
        return count <= most ? count : throw Damaged(id, null);
    }

    private static HeliosException Damaged(TableId id, Exception? inner) =>
        new(HeliosErrorKind.Corrupt, "corrupt", $"The definition of table {id} is damaged. Rows are untouched.", inner);
}
