using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>What the parts of a schema must keep to that need no other table. All throw <see cref="ArgumentException"/>.</summary>
internal static class SchemaRules
{
    /// <summary>Bytes of UTF-8 that the text of an expression may have.</summary>
    public const int MaxExpressionBytes = 16 * 1024;

    /// <summary>Check constraints a table may have.</summary>
    public const int MaxChecks = 255;

    public static void CheckColumn(Column column)
    {
        CheckName(column.Name, "column");
        if (!Enum.IsDefined(column.Type))
            throw new ArgumentException($"Column {column.Name} has an unknown type {(int)column.Type}.");
        if (column.Length is < 0 or > 16_777_216)
            throw new ArgumentException($"Column {column.Name}: the length is 0 to 16,777,216, not {column.Length}.");
        if (column.Length != 0 && column.Type is not (ColumnType.Varchar or ColumnType.Char or ColumnType.Vector))
            throw new ArgumentException($"Column {column.Name}: {column.Type} takes no length.");
        if (column.Type == ColumnType.Array != column.ElementType.HasValue)
            throw new ArgumentException($"Column {column.Name}: an element type belongs to Array and to nothing else.");
        if (column.ElementType is { } element && (!Enum.IsDefined(element) || element is ColumnType.Array))
            throw new ArgumentException($"Column {column.Name}: arrays of {column.ElementType} are not supported.");
        if (column.Default is { } expression)
            CheckExpression(expression, $"the default of column {column.Name}");
        if (!column.IsAutoIncrement)
            return;
        if (column.Type is not (ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8))
            throw new ArgumentException($"Column {column.Name}: auto-increment is for Int2, Int4 and Int8, not {column.Type}.");
        if (column.Default is not null)
            throw new ArgumentException($"Column {column.Name} has a default and auto-increment: choose one.");
    }

    /// <summary>Several columns together.</summary>
    public static void CheckColumns(TableSchema schema)
    {
        if (schema.Columns.Count(c => c.IsAutoIncrement) is var count and > 1)
            throw new ArgumentException($"A table has at most one auto-increment column, not {count}.");
    }

    public static void CheckConstraints(TableSchema schema)
    {
        var indexes = schema.Unique.Length + schema.ForeignKeys.Length + (schema.PrimaryKey.IsEmpty ? 0 : 1);
        if (indexes > TableSchema.MaxIndexes)
            throw new ArgumentException($"A table has at most {TableSchema.MaxIndexes} unique constraints and foreign keys, the primary key among them, not {indexes}.");
        if (schema.Checks.Length > MaxChecks)
            throw new ArgumentException($"A table has at most {MaxChecks} check constraints, not {schema.Checks.Length}.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var unique in schema.Unique)
        {
            CheckConstraintName(unique.Name, "unique constraint", names);
            if (schema.Resolve(unique.Columns, unique.Name).IsEmpty)
                throw new ArgumentException($"Unique constraint {unique.Name} names no column.");
        }

        foreach (var check in schema.Checks)
        {
            CheckConstraintName(check.Name, "check constraint", names);
            CheckExpression(check.Expression, $"check constraint {check.Name}");
        }

        foreach (var key in schema.ForeignKeys)
        {
            CheckConstraintName(key.Name, "foreign key", names);
            CheckForeignKey(schema, key);
        }
    }

    private static void CheckForeignKey(TableSchema schema, ForeignKey key)
    {
        var ordinals = schema.Resolve(key.Columns, key.Name);
        if (ordinals.IsEmpty)
            throw new ArgumentException($"Foreign key {key.Name} names no column.");
        CheckName(key.ReferencedTable, "table");
        foreach (var column in key.ReferencedColumns)
            CheckName(column, "column");
        if (key.ReferencedColumns.Count != 0 && key.ReferencedColumns.Count != key.Columns.Count)
            throw new ArgumentException($"Foreign key {key.Name} has {key.Columns.Count} columns and refers to {key.ReferencedColumns.Count}.");
        if (!Enum.IsDefined(key.OnDelete) || !Enum.IsDefined(key.OnUpdate))
            throw new ArgumentException($"Foreign key {key.Name} has an unknown action.");
        foreach (var ordinal in ordinals)
        {
            var column = schema.Columns[ordinal];
            if (Has(key, ReferentialAction.SetNull) && !column.IsNullable)
                throw new ArgumentException($"Foreign key {key.Name} sets column {column.Name} to NULL, which the column does not allow.");
            if (Has(key, ReferentialAction.SetDefault) && !column.IsNullable && column.Default is null)
                throw new ArgumentException($"Foreign key {key.Name} sets column {column.Name} to its default, and it has none and does not allow NULL.");
        }
    }

    private static bool Has(ForeignKey key, ReferentialAction action) => key.OnDelete == action || key.OnUpdate == action;

    private static void CheckConstraintName(string name, string what, HashSet<string> names)
    {
        CheckName(name, what);
        if (!names.Add(name))
            throw new ArgumentException($"Two constraints have the same name {name}.");
    }

    private static void CheckExpression(string expression, string owner)
    {
        if (string.IsNullOrWhiteSpace(expression) || Encoding.UTF8.GetByteCount(expression) > MaxExpressionBytes)
            throw new ArgumentException($"The expression of {owner} has 1 to {MaxExpressionBytes} bytes.");
    }

    private static void CheckName(string name, string what)
    {
        if (string.IsNullOrEmpty(name) || Encoding.UTF8.GetByteCount(name) > TableSchema.MaxNameBytes)
            throw new ArgumentException($"A {what} name has 1 to {TableSchema.MaxNameBytes} bytes: '{name}'.");
    }
}
