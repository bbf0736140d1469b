using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Model.Tests;

/// <summary>A unique key of a table.</summary>
internal sealed record ModelKey(string Name, params int[] Columns)
{
    /// <summary>The key's values; null where one is NULL, for then the row collides with none.</summary>
    public string? Of(ModelRow row) =>
        Columns.Any(column => row[column] is null) ? null : string.Join('|', Columns.Select(column => row[column]));

    public object[] Values(ModelRow row) => [.. Columns.Select(column => row[column]!)];
}

/// <summary>The tables that sequences work on: every sort of key, and none.</summary>
internal sealed record ModelSchema(string Name, TableSchema Schema, IReadOnlyList<ModelKey> Keys, IReadOnlyList<int> Required)
{
    private static readonly Column[] s_columns = [new("a", ColumnType.Int8), new("b", ColumnType.Text), new("c", ColumnType.Int8)];

    public static IReadOnlyList<ModelSchema> Tables { get; } =
    [
        new("keyed", new TableSchema(s_columns, ["a"], [new UniqueConstraint("names", "b")]), [new("primary key", 0), new("names", 1)], [0]),
        new("paired", new TableSchema(s_columns, ["a", "b"], [new UniqueConstraint("numbers", "c")]), [new("primary key", 0, 1), new("numbers", 2)], [0, 1]),
        new("unique", new TableSchema([s_columns[0], s_columns[1], s_columns[2] with { IsNullable = false }], unique: [new UniqueConstraint("pairs", "b", "c")]), [new("pairs", 1, 2)], [2]),
        new("plain", new TableSchema(s_columns), [], []),
    ];

    public bool HasPrimaryKey => !Schema.PrimaryKey.IsEmpty;
}
