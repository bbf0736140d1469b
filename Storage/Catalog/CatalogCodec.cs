using System.Buffers;
using MessagePack;

namespace Helios.Pipeline.Storage;

/// <summary>
/// A table's definition in MessagePack, as CreateTable and the store keep it. Format 1, which is written where nothing more is there to say:
/// <c>[1, name, schema version, [[name, type, flags (1 = nullable), length, element type or nil]…], [key ordinal…], [[name, [column…]]…]]</c>.
/// Format 2:
/// <c>[2, name, schema version, [[name, type, flags (1 = nullable, 2 = auto-increment), length, element type or nil, default or nil]…],
/// [key ordinal…], [[name, [column…]]…], [[name, expression]…],
/// [[name, [column…], table, [column of it…], on delete, on update, flags (1 = deferred)]…], [index number…], next index number]</c>.
/// Format 3, of a table that has been altered: format 2 with <c>revision, [name of a pending constraint…]</c> behind it.
/// </summary>
internal static partial class CatalogCodec
{
    /// <summary>The newest format.</summary>
    public const int Format = 3;

    private const int FirstFormat = 1;
    private const int AlteredFormat = 3;

    /// <summary>Fields of each format.</summary>
    private static ReadOnlySpan<int> FieldsOf => [0, 6, 10, 12];

    /// <summary>A table as it is created.</summary>
    public static byte[] Encode(string name, uint schemaVersion, TableSchema schema) => Encode(new TableDefinition(default, 0, name, schemaVersion, schema));

    /// <exception cref="HeliosException">Corrupt: the bytes are no definition; Unavailable <c>format_too_new</c>: a newer version wrote them.</exception>
    public static TableDefinition Decode(TableId id, uint partition, ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = new MessagePackReader(bytes.ToArray());
            var fields = reader.ReadArrayHeader();
            var format = reader.ReadInt32();
            if (format > Format)
                throw TooNew(id, $"format {format}; this version reads up to {Format}");
            if (format < FirstFormat || fields != FieldsOf[format])
                throw Damaged(id, null);
            var table = DecodeFields(id, partition, format, ref reader);
            return reader.End ? table : throw Damaged(id, null);
        }
        catch (Exception error) when (error is MessagePackSerializationException or EndOfStreamException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw Damaged(id, error);
        }
    }

    public static byte[] Encode(TableDefinition table)
    {
        var (schema, numbers) = (table.Schema, table.Numbers);
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        var format = FormatFor(table);
        var isFirst = format == FirstFormat;
        writer.WriteArrayHeader(FieldsOf[format]);
        writer.Write(format);
        writer.Write(table.Name);
        writer.Write(table.SchemaVersion);
        writer.WriteArrayHeader(schema.Columns.Length);
        foreach (var column in schema.Columns)
            WriteColumn(ref writer, column, isFirst);
        writer.WriteArrayHeader(schema.PrimaryKey.Length);
        foreach (var ordinal in schema.PrimaryKey)
            writer.Write(ordinal);
        writer.WriteArrayHeader(schema.Unique.Length);
        foreach (var unique in schema.Unique)
        {
            writer.WriteArrayHeader(2);
            writer.Write(unique.Name);
            WriteNames(ref writer, unique.Columns);
        }

        if (!isFirst)
            WriteConstraints(ref writer, schema, numbers);
        if (format >= AlteredFormat)
        {
            writer.Write(table.Revision);
            WriteNames(ref writer, table.Pending);
        }

        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static TableDefinition DecodeFields(TableId id, uint partition, int format, ref MessagePackReader reader)
    {
        var name = reader.ReadString() ?? throw Damaged(id, null);
        var version = reader.ReadUInt32();
        // A header may lie about its count: nothing is allocated by it but what a table may have.
        var count = ReadCount(ref reader, id, TableSchema.MaxColumns);
        var columns = new List<Column>(count);
        for (var left = count; left > 0; left--)
            columns.Add(ReadColumn(id, format, ref reader));

        count = ReadCount(ref reader, id, columns.Count);
        var key = new List<string>(count);
        for (var left = count; left > 0; left--)
            key.Add(columns[reader.ReadInt32()].Name);
        var unique = new List<UniqueConstraint>();
        for (var left = ReadCount(ref reader, id, TableSchema.MaxIndexes); left > 0; left--)
        {
            if (reader.ReadArrayHeader() != 2)
                throw Damaged(id, null);
            unique.Add(new UniqueConstraint(reader.ReadString() ?? throw Damaged(id, null), [.. ReadNames(ref reader, id, columns.Count)]));
        }

        if (format == FirstFormat)
            return new TableDefinition(id, partition, name, version, new TableSchema(columns, key, unique));
        var checks = ReadChecks(ref reader, id);
        var foreignKeys = ReadForeignKeys(ref reader, id, columns.Count);
        var schema = new TableSchema(columns, key, unique, checks, foreignKeys);
        var table = new TableDefinition(id, partition, name, version, schema, ReadNumbers(ref reader, id, schema));
        if (format < AlteredFormat)
            return table;
        table = table with { Revision = reader.ReadUInt32(), Pending = [.. ReadNames(ref reader, id, TableSchema.MaxIndexes + SchemaRules.MaxChecks)] };
        return table.Revision > 0 && table.Pending.All(name => SchemaChange.Has(schema, name)) ? table : throw Damaged(id, null);
    }

    private static int ReadCount(ref MessagePackReader reader, TableId id, int most)
    {
        var count = reader.ReadArrayHeader();
        return count <= most ? count : throw Damaged(id, null);
    }

    private static HeliosException Damaged(TableId id, Exception? inner) =>
        new(HeliosErrorKind.Corrupt, "corrupt", $"The definition of table {id} is damaged. Rows are untouched.", inner);

    private static HeliosException TooNew(TableId id, string what) =>
        new(HeliosErrorKind.Unavailable, "format_too_new", $"The definition of table {id} has {what}. Nothing was changed.");
}
