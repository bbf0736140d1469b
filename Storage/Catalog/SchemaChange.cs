using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>Makes a table's next definition of its last one. Columns and the primary key stay as they are.</summary>
internal static class SchemaChange
{
    /// <summary>With a unique constraint more, which is pending.</summary>
    /// <exception cref="ArgumentException">It does not fit the table, or its name is taken.</exception>
    /// <exception cref="HeliosException">Invalid <c>too_many_indexes</c>: every number that an index of the table may have has been used.</exception>
    public static TableDefinition Add(TableDefinition table, UniqueConstraint unique)
    {
        var schema = table.Schema;
        return Next(table, Make(schema, schema.Unique.Add(unique), schema.Checks, schema.ForeignKeys), WithIndex(table, table.UniqueCount), table.Pending.Add(unique.Name));
    }

    /// <summary>With a condition more, which is pending.</summary>
    public static TableDefinition Add(TableDefinition table, CheckConstraint check)
    {
        var schema = table.Schema;
        return Next(table, Make(schema, schema.Unique, schema.Checks.Add(check), schema.ForeignKeys), table.Numbers, table.Pending.Add(check.Name));
    }

    /// <summary>With a foreign key more, which is pending.</summary>
    /// <exception cref="HeliosException">As for a unique constraint.</exception>
    public static TableDefinition Add(TableDefinition table, ForeignKey key)
    {
        var schema = table.Schema;
        return Next(table, Make(schema, schema.Unique, schema.Checks, schema.ForeignKeys.Add(key)), WithIndex(table, table.Indexes.Length), table.Pending.Add(key.Name));
    }

    /// <summary>Without a constraint; null where there is none of that name.</summary>
    public static TableDefinition? Drop(TableDefinition table, string name)
    {
        if (!Has(table.Schema, name))
            return null;
        var schema = table.Schema;
        var numbers = table.Numbers;
        for (var i = 0; i < table.Indexes.Length; i++)
        {
            if (!table.Indexes[i].IsPrimary && table.Indexes[i].Name == name)
                numbers = numbers with { Used = numbers.Used.RemoveAt(i) };
        }

        var rest = Make(schema, schema.Unique.RemoveAll(u => u.Name == name), schema.Checks.RemoveAll(c => c.Name == name), schema.ForeignKeys.RemoveAll(k => k.Name == name));
        return Next(table, rest, numbers, table.Pending.Remove(name));
    }

    /// <summary>With a constraint that is known to hold for every row; null where it is not pending.</summary>
    public static TableDefinition? Validate(TableDefinition table, string name) =>
        table.Pending.Contains(name) ? Next(table, table.Schema, table.Numbers, table.Pending.Remove(name)) : null;

    /// <summary>Is there a constraint of that name?</summary>
    public static bool Has(TableSchema schema, string name) =>
        schema.Unique.Any(u => u.Name == name) || schema.Checks.Any(c => c.Name == name) || schema.ForeignKeys.Any(k => k.Name == name);

    private static TableDefinition Next(TableDefinition table, TableSchema schema, IndexNumbers numbers, ImmutableArray<string> pending) =>
        new(table.Id, table.Partition, table.Name, table.SchemaVersion, schema, numbers) { Revision = table.Revision + 1, Pending = pending };

    private static TableSchema Make(TableSchema of, IEnumerable<UniqueConstraint> unique, IEnumerable<CheckConstraint> checks, IEnumerable<ForeignKey> keys) =>
        new(of.Columns, of.PrimaryKey.Select(ordinal => of.Columns[ordinal].Name), unique, checks, keys);

    private static IndexNumbers WithIndex(TableDefinition table, int place) => table.Numbers.Next <= byte.MaxValue
        ? new IndexNumbers(table.Numbers.Used.Insert(place, (byte)table.Numbers.Next), table.Numbers.Next + 1)
        : throw new HeliosException(HeliosErrorKind.Invalid, "too_many_indexes",
            $"Table {table.Name} has had {byte.MaxValue} indexes, dropped ones too: it cannot get another one. Nothing was changed.") { Table = table.Name };
}
