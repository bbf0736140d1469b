using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>All tables as of one LSN. Immutable; a new one is published with each change.</summary>
internal sealed class CatalogSnapshot
{
    private readonly ImmutableDictionary<string, TableDefinition> _byName;
    private readonly ImmutableDictionary<uint, TableDefinition> _byId;

    private CatalogSnapshot(ImmutableDictionary<string, TableDefinition> byName, ImmutableDictionary<uint, TableDefinition> byId)
    {
        _byName = byName;
        _byId = byId;
    }

    /// <summary>A new database: the tables of the engine itself.</summary>
    public static CatalogSnapshot Initial { get; } =
        new CatalogSnapshot(ImmutableDictionary.Create<string, TableDefinition>(StringComparer.Ordinal), ImmutableDictionary<uint, TableDefinition>.Empty)
            .With(DeadLetters.Definition);

    /// <summary>All tables, those of the engine too, by id.</summary>
    public IEnumerable<TableDefinition> Tables => _byId.Values.OrderBy(t => t.Id.Value);

    public uint HighestId => Math.Max(_byId.Keys.Max(), TableDefinition.FirstUserTable - 1);

    public TableDefinition? Find(string name) => _byName.GetValueOrDefault(name);

    public TableDefinition? Find(TableId id) => _byId.GetValueOrDefault(id.Value);

    public CatalogSnapshot Without(TableDefinition table) => new(_byName.Remove(table.Name), _byId.Remove(table.Id.Value));

    public CatalogSnapshot With(TableDefinition table) =>
        new(_byName.SetItem(table.Name, table), _byId.SetItem(table.Id.Value, table));
}
