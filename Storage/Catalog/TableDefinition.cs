using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>A table as the catalog knows it. Immutable.</summary>
/// <param name="Id">Its id for ever.</param>
/// <param name="Partition">Where its rows lie in the store.</param>
/// <param name="Name">What users call it.</param>
/// <param name="SchemaVersion">Written into every row; 1 at first.</param>
/// <param name="Schema">Columns, keys and constraints.</param>
/// <param name="Numbers">Which indexes have which numbers; null for a table as it is created.</param>
internal sealed record TableDefinition(TableId Id, uint Partition, string Name, uint SchemaVersion, TableSchema Schema, IndexNumbers? Numbers = null)
{
    /// <summary>
    /// Unique indexes in the order they are checked, the primary key first; behind them those of the foreign keys, over the
    /// columns that refer, whose keys several rows may share.
    /// </summary>
    public ImmutableArray<IndexDefinition> Indexes { get; } = MakeIndexes(Id, Schema, Numbers ?? IndexNumbers.First(Schema));

    /// <summary>How many of <see cref="Indexes"/> are unique: those stand in front.</summary>
    public int UniqueCount => Indexes.Length - Schema.ForeignKeys.Length;

    public IndexNumbers Numbers { get; } = Numbers ?? IndexNumbers.First(Schema);

    /// <summary>How often it has been altered since it was created.</summary>
    public uint Revision { get; init; }

    /// <summary>Names of its constraints that hold for rows written since they were added, and are not yet known to hold for those before.</summary>
    public ImmutableArray<string> Pending { get; init; } = [];

    /// <summary>Tables of the engine itself have ids below this.</summary>
    public const uint FirstUserTable = 16;

    public bool IsSystem => Id.Value < FirstUserTable;

    private static ImmutableArray<IndexDefinition> MakeIndexes(TableId table, TableSchema schema, IndexNumbers numbers)
    {
        var indexes = ImmutableArray.CreateBuilder<IndexDefinition>();
        if (!schema.PrimaryKey.IsEmpty)
            Add("primary key", schema.PrimaryKey, IndexKind.Primary);
        foreach (var unique in schema.Unique)
            Add(unique.Name, schema.Resolve(unique.Columns, unique.Name), IndexKind.Unique);
        foreach (var key in schema.ForeignKeys)
            Add(key.Name, schema.Resolve(key.Columns, key.Name), IndexKind.ForeignKey);
        return indexes.ToImmutable();

        void Add(string name, ImmutableArray<int> ordinals, IndexKind kind) =>
            indexes.Add(new IndexDefinition((table.Value << 8) + numbers.Used[indexes.Count], name, ordinals, kind));
    }
}

/// <summary>What an index is for.</summary>
internal enum IndexKind
{
    Primary,
    Unique,
    ForeignKey,
}

/// <summary>An index.</summary>
/// <param name="Id">Names it in the store and the log: table id times 256 plus its number in the table.</param>
/// <param name="Name">The constraint's name.</param>
/// <param name="Ordinals">Its columns in key order.</param>
/// <param name="Kind">What it is for.</param>
internal sealed record IndexDefinition(uint Id, string Name, ImmutableArray<int> Ordinals, IndexKind Kind)
{
    public bool IsPrimary => Kind == IndexKind.Primary;

    /// <summary>May no two rows share a key?</summary>
    public bool IsUnique => Kind != IndexKind.ForeignKey;
}
