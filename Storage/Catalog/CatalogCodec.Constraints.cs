using System.Collections.Immutable;
using MessagePack;

namespace Helios.Pipeline.Storage;

/// <summary>Columns, and what format 2 says beyond format 1.</summary>
internal static partial class CatalogCodec
{
    private const int Nullable = 1;
    private const int AutoIncrement = 2;
    private const int Deferred = 1;

    /// <summary>Versions that do not know format 2 read every table that has nothing of it.</summary>
    private static int FormatFor(TableDefinition table) => table.Revision > 0 ? AlteredFormat : IsFirstFormat(table.Schema, table.Numbers) ? FirstFormat : AlteredFormat - 1;

    private static bool IsFirstFormat(TableSchema schema, IndexNumbers numbers) =>
        schema.Checks.IsEmpty && schema.ForeignKeys.IsEmpty && schema.Columns.All(c => c.Default is null && !c.IsAutoIncrement) && numbers.Is(IndexNumbers.First(schema));

    private static void WriteColumn(ref MessagePackWriter writer, Column column, bool isFirst)
    {
        writer.WriteArrayHeader(isFirst ? 5 : 6);
        writer.Write(column.Name);
        writer.Write((byte)column.Type);
        writer.Write((column.IsNullable ? Nullable : 0) | (column.IsAutoIncrement ? AutoIncrement : 0));
        writer.Write(column.Length);
        if (column.ElementType is { } element)
            writer.Write((byte)element);
        else
            writer.WriteNil();
        if (!isFirst)
            writer.Write(column.Default);
    }

    private static Column ReadColumn(TableId id, int format, ref MessagePackReader reader)
    {
        if (reader.ReadArrayHeader() != (format == FirstFormat ? 5 : 6))
            throw Damaged(id, null);
        var (name, type, flags) = (reader.ReadString() ?? throw Damaged(id, null), (ColumnType)reader.ReadByte(), reader.ReadInt32());
        if (format != FirstFormat && (flags & ~(Nullable | AutoIncrement)) != 0)
            throw TooNew(id, $"a column with flags {flags}");
        return new Column(name, type)
        {
            IsNullable = format == FirstFormat ? flags == Nullable : (flags & Nullable) != 0,
            IsAutoIncrement = format != FirstFormat && (flags & AutoIncrement) != 0,
            Length = reader.ReadInt32(),
            ElementType = reader.TryReadNil() ? null : (ColumnType)reader.ReadByte(),
            Default = format == FirstFormat ? null : reader.ReadString(),
        };
    }

    private static void WriteNames(ref MessagePackWriter writer, IReadOnlyList<string> names)
    {
        writer.WriteArrayHeader(names.Count);
        for (var i = 0; i < names.Count; i++)
            writer.Write(names[i]);
    }

    private static List<string> ReadNames(ref MessagePackReader reader, TableId id, int most)
    {
        var names = new List<string>();
        for (var left = ReadCount(ref reader, id, most); left > 0; left--)
            names.Add(reader.ReadString() ?? throw Damaged(id, null));
        return names;
    }

    private static void WriteConstraints(ref MessagePackWriter writer, TableSchema schema, IndexNumbers numbers)
    {
        writer.WriteArrayHeader(schema.Checks.Length);
        foreach (var check in schema.Checks)
        {
            writer.WriteArrayHeader(2);
            writer.Write(check.Name);
            writer.Write(check.Expression);
        }

        writer.WriteArrayHeader(schema.ForeignKeys.Length);
        foreach (var key in schema.ForeignKeys)
        {
            writer.WriteArrayHeader(7);
            writer.Write(key.Name);
            WriteNames(ref writer, key.Columns);
            writer.Write(key.ReferencedTable);
            WriteNames(ref writer, key.ReferencedColumns);
            writer.Write((byte)key.OnDelete);
            writer.Write((byte)key.OnUpdate);
            writer.Write(key.IsDeferred ? Deferred : 0);
        }

        writer.WriteArrayHeader(numbers.Used.Length);
        foreach (var number in numbers.Used)
            writer.Write(number);
        writer.Write(numbers.Next);
    }

    private static List<CheckConstraint> ReadChecks(ref MessagePackReader reader, TableId id)
    {
        var checks = new List<CheckConstraint>();
        for (var left = ReadCount(ref reader, id, SchemaRules.MaxChecks); left > 0; left--)
        {
            if (reader.ReadArrayHeader() != 2)
                throw Damaged(id, null);
            checks.Add(new CheckConstraint(reader.ReadString() ?? throw Damaged(id, null), reader.ReadString() ?? throw Damaged(id, null)));
        }

        return checks;
    }

    private static List<ForeignKey> ReadForeignKeys(ref MessagePackReader reader, TableId id, int columns)
    {
        var keys = new List<ForeignKey>();
        for (var left = ReadCount(ref reader, id, TableSchema.MaxIndexes); left > 0; left--)
        {
            if (reader.ReadArrayHeader() != 7)
                throw Damaged(id, null);
            var name = reader.ReadString() ?? throw Damaged(id, null);
            var own = ReadNames(ref reader, id, columns);
            var table = reader.ReadString() ?? throw Damaged(id, null);
            var key = new ForeignKey(name, own, table, ReadNames(ref reader, id, columns)) { OnDelete = ReadAction(ref reader, id), OnUpdate = ReadAction(ref reader, id) };
            var flags = reader.ReadInt32();
            if ((flags & ~Deferred) != 0)
                throw TooNew(id, $"a foreign key with flags {flags}");
            keys.Add(key with { IsDeferred = flags == Deferred });
        }

        return keys;
    }

    private static ReferentialAction ReadAction(ref MessagePackReader reader, TableId id)
    {
        var action = (ReferentialAction)reader.ReadByte();
        return Enum.IsDefined(action) ? action : throw TooNew(id, $"action {(int)action}");
    }

    private static IndexNumbers ReadNumbers(ref MessagePackReader reader, TableId id, TableSchema schema)
    {
        var used = ImmutableArray.CreateBuilder<byte>();
        for (var left = ReadCount(ref reader, id, TableSchema.MaxIndexes); left > 0; left--)
            used.Add(reader.ReadByte());
        var numbers = new IndexNumbers(used.ToImmutable(), reader.ReadInt32());
        return numbers.Fit(IndexNumbers.First(schema).Used.Length) ? numbers : throw Damaged(id, null);
    }
}
