using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>What a foreign key needs of the table that it refers to.</summary>
internal static class ForeignKeyRules
{
    /// <summary>Why a table may not be: one of its foreign keys has nothing to refer to. Null where all have.</summary>
    public static HeliosException? Check(TableDefinition child, CatalogSnapshot catalog) =>
        child.Schema.ForeignKeys.Select(key => Check(key, child, catalog)).FirstOrDefault(refusal => refusal is not null);

    /// <summary>The table that a foreign key refers to: it may be the table itself.</summary>
    public static TableDefinition? ParentOf(ForeignKey key, TableDefinition child, CatalogSnapshot catalog) =>
        key.ReferencedTable == child.Name ? child : catalog.Find(key.ReferencedTable);

    /// <summary>Place of the unique index that a foreign key refers to in <see cref="TableDefinition.Indexes"/> of its parent, or -1.</summary>
    public static int IndexOf(ForeignKey key, TableDefinition parent)
    {
        if (key.ReferencedColumns.Count == 0)
            return parent.Schema.PrimaryKey.IsEmpty ? -1 : 0;
        for (var i = 0; i < parent.UniqueCount; i++)
        {
            if (parent.Indexes[i].Ordinals.Select(o => parent.Schema.Columns[o].Name).SequenceEqual(key.ReferencedColumns, StringComparer.Ordinal))
                return i;
        }

        return -1;
    }

    private static HeliosException? Check(ForeignKey key, TableDefinition child, CatalogSnapshot catalog)
    {
        if (ParentOf(key, child, catalog) is not { } parent)
            return Refuse("unknown_table", $"there is no table {key.ReferencedTable}");
        if (parent.IsSystem)
            return Refuse("invalid_schema", $"table {parent.Name} belongs to the engine");
        if (key.ReferencedColumns.FirstOrDefault(c => parent.Schema.OrdinalOf(c) < 0) is { } unknown)
            return Refuse("unknown_column", $"table {parent.Name} has no column {unknown}");
        var index = IndexOf(key, parent);
        if (index < 0)
            return Refuse("invalid_schema", key.ReferencedColumns.Count == 0
                ? $"table {parent.Name} has no primary key"
                : $"({string.Join(", ", key.ReferencedColumns)}) is neither the primary key nor a unique constraint of table {parent.Name}, its columns in their order");
        if (parent.Pending.Contains(parent.Indexes[index].Name))
            return Refuse("constraint_pending", $"unique constraint {parent.Indexes[index].Name} of table {parent.Name} is not yet known to hold for the rows from before it was added");
        return DifferenceOf(key, child, parent, parent.Indexes[index].Ordinals) is { } difference ? Refuse("invalid_schema", difference) : null;

        HeliosException Refuse(string code, string why) =>
            new(HeliosErrorKind.Invalid, code, $"Foreign key {key.Name} of table {child.Name}: {why}. Nothing was changed.") { Table = child.Name, Constraint = key.Name };
    }

    /// <summary>Keys are compared as bytes: their columns must have the same types, of whatever length.</summary>
    private static string? DifferenceOf(ForeignKey key, TableDefinition child, TableDefinition parent, ImmutableArray<int> ordinals)
    {
        if (ordinals.Length != key.Columns.Count)
            return $"it has {key.Columns.Count} columns, the key of table {parent.Name} {ordinals.Length}";
        for (var i = 0; i < ordinals.Length; i++)
        {
            var own = child.Schema.Columns[child.Schema.OrdinalOf(key.Columns[i])];
            var other = parent.Schema.Columns[ordinals[i]];
            if ((own.Type, own.ElementType) != (other.Type, other.ElementType))
                return $"column {own.Name} is {own.Type}, column {other.Name} of table {parent.Name} is {other.Type}";
        }

        return null;
    }
}
