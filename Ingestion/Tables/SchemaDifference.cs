using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Says in words how two schemas differ.</summary>
internal static class SchemaDifference
{
    public static string Describe(TableSchema have, TableSchema wanted)
    {
        foreach (var (i, column) in wanted.Columns.Index())
        {
            if (i >= have.Columns.Length)
                return $"it has no column {column.Name}";
            if (have.Columns[i].Name != column.Name)
                return $"its column {i + 1} is {have.Columns[i].Name}, not {column.Name}";
            if (have.Columns[i] != column)
                return $"its column {column.Name} is {Describe(have.Columns[i])}, not {Describe(column)}";
        }

        if (have.Columns.Length > wanted.Columns.Length)
            return $"it has a column {have.Columns[wanted.Columns.Length].Name} more";
        var (keyHave, keyWanted) = (Names(have, have.PrimaryKey), Names(wanted, wanted.PrimaryKey));
        return keyHave != keyWanted ? $"its primary key is ({keyHave}), not ({keyWanted})" : DescribeConstraints(have, wanted);
    }

    public static string Describe(Column column) =>
        $"{column.Type}{(column.ElementType is { } element ? $" of {element}" : "")}{(column.Length > 0 ? $"({column.Length})" : "")}{(column.IsNullable ? "" : " NOT NULL")}{(column.IsAutoIncrement ? " AUTO_INCREMENT" : "")}{(column.Default is { } value ? $" DEFAULT {value}" : "")}";

    private static string DescribeConstraints(TableSchema have, TableSchema wanted)
    {
        var (own, others) = (Constraints(have).ToList(), Constraints(wanted).ToList());
        return others.Except(own).FirstOrDefault() is { } missing ? $"it has no constraint {missing}"
            : own.Except(others).FirstOrDefault() is { } more ? $"it has a constraint more: {more}"
            : "its constraints have another order";
    }

    private static IEnumerable<string> Constraints(TableSchema schema) =>
        schema.Unique.Select(u => $"{u.Name} UNIQUE ({string.Join(", ", u.Columns)})")
            .Concat(schema.Checks.Select(c => c.ToString()))
            .Concat(schema.ForeignKeys.Select(k => k.ToString()));

    private static string Names(TableSchema schema, IEnumerable<int> ordinals) => string.Join(", ", ordinals.Select(o => schema.Columns[o].Name));
}
