using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>A table as the catalog knows it. Immutable.</summary>
/// <param name="Id">Its id for ever.</param>
/// <param name="Partition">Where its rows lie in the store.</param>
/// <param name="Name">What users call it.</param>
/// <param name="SchemaVersion">Written into every row; 1 at first.</param>
/// <param name="Schema">Columns and keys.</param>
internal sealed record TableDefinition(TableId Id, uint Partition, string Name, uint SchemaVersion, TableSchema Schema)
{
    /// <summary>Unique indexes in the order they are checked: the primary key first.</summary>
    public ImmutableArray<IndexDefinition> Indexes { get; } = MakeIndexes(Id, Schema);

    /// <summary>Tables of the engine itself have ids below this.</summary>
    public const uint FirstUserTable = 16;

    public bool IsSystem => Id.Value < FirstUserTable;

    private static ImmutableArray<IndexDefinition> MakeIndexes(TableId table, TableSchema schema)
    {
        var indexes = ImmutableArray.CreateBuilder<IndexDefinition>();
        if (!schema.PrimaryKey.IsEmpty)
            indexes.Add(new IndexDefinition(table.Value << 8, "primary key", schema.PrimaryKey, IsPrimary: true));
        foreach (var unique in schema.Unique)
            indexes.Add(new IndexDefinition((table.Value << 8) + 1 + (uint)indexes.Count, unique.Name, schema.Resolve(unique.Columns, unique.Name), IsPrimary: false));
        return indexes.ToImmutable();
    }
}

/// <summary>A unique index.</summary>
/// <param name="Id">Names it in the store and the log: table id times 256 plus its number in the table.</param>
/// <param name="Name">The constraint's name.</param>
/// <param name="Ordinals">Its columns in key order.</param>
/// <param name="IsPrimary">Is it the primary key?</param>
internal sealed record IndexDefinition(uint Id, string Name, ImmutableArray<int> Ordinals, bool IsPrimary);
