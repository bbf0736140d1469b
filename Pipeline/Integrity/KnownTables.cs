using System.Diagnostics.CodeAnalysis;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>The tables that a store's catalog names, by everything that keys of the store name them by.</summary>
internal sealed class KnownTables
{
    private readonly Dictionary<uint, TableDefinition> _byId = [];
    private readonly Dictionary<uint, TableDefinition> _byPartition = [];
    private readonly Dictionary<uint, TableDefinition> _byIndex = [];
    private readonly Dictionary<(uint Table, uint Version), TableDefinition> _byVersion = [];

    public KnownTables() => Add(DeadLetters.Definition);

    /// <summary>The newest definition of each table.</summary>
    public IEnumerable<TableDefinition> All => _byId.Values.OrderBy(t => t.Id.Value);

    /// <summary>Takes a definition in; of one table the newest comes first.</summary>
    public void Add(TableDefinition definition)
    {
        _byVersion.TryAdd((definition.Id.Value, definition.SchemaVersion), definition);
        foreach (var index in definition.Indexes)
            _byIndex.TryAdd(index.Id, definition);
        if (_byId.TryAdd(definition.Id.Value, definition))
            _byPartition.TryAdd(definition.Partition, definition);
    }

    public bool Has(TableId table) => _byId.ContainsKey(table.Value);

    public bool TryGetByPartition(uint partition, [MaybeNullWhen(false)] out TableDefinition table) => _byPartition.TryGetValue(partition, out table);

    /// <summary>Has a table this index, or had it one of this number?</summary>
    public bool HasIndex(uint index) => _byIndex.ContainsKey(index) || (_byId.TryGetValue(index >> 8, out var table) && IndexNumbers.WasUsed(table, index));

    public bool TryGetVersion(TableId table, uint schemaVersion, [MaybeNullWhen(false)] out TableDefinition definition) =>
        _byVersion.TryGetValue((table.Value, schemaVersion), out definition);
}
