using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What the stages need to know of a table, made once: its definition, how its keys are written, its indexes.</summary>
/// <remarks>The trees have one writer, Constrain; anyone reads them.</remarks>
internal sealed class TablePlan : IDisposable
{
    public TablePlan(TableDefinition definition)
    {
        Definition = definition;
        var unique = definition.Indexes.AsSpan()[..definition.UniqueCount].ToArray(); // those of foreign keys are not kept yet
        Encoders = [.. unique.Select(i => new KeyEncoder(definition.Schema, i.Ordinals))];
        Trees = [.. unique.Select(_ => new ArtTree())];
        Numbers = AutoIncrement.Of(definition.Schema);
        Fill = ColumnFill.Of(definition.Schema, Numbers);
    }

    public TableDefinition Definition { get; }

    /// <summary>Indexes that no two rows share a key in: the first ones of the definition.</summary>
    public int UniqueCount => Definition.UniqueCount;

    /// <summary>Of the unique indexes, in their order.</summary>
    public ImmutableArray<KeyEncoder> Encoders { get; }

    /// <summary>Of the unique indexes, in their order.</summary>
    public ImmutableArray<ArtTree> Trees { get; }

    /// <summary>The numbers of the auto-increment column; null where there is none.</summary>
    public AutoIncrement? Numbers { get; }

    /// <summary>What columns get where a row has no value; null where that is always NULL.</summary>
    public ColumnFill? Fill { get; }

    public string IndexName(int index) => Definition.Indexes[index].Name;

    public void Dispose()
    {
        foreach (var tree in Trees)
            tree.Dispose();
    }
}

/// <summary>The plans of all tables. Tables are added by recovery and by Constrain; any thread reads.</summary>
internal sealed class TablePlans : IDisposable
{
    private readonly ConcurrentDictionary<uint, TablePlan> _plans = new();

    public IEnumerable<TablePlan> All => _plans.Values;

    public TablePlan this[TableId table] => _plans[table.Value];

    public bool TryGet(TableId table, [MaybeNullWhen(false)] out TablePlan plan) => _plans.TryGetValue(table.Value, out plan);

    public TablePlan Add(TableDefinition definition) => _plans.GetOrAdd(definition.Id.Value, static (_, d) => new TablePlan(d), definition);

    public void Remove(TableId table)
    {
        if (_plans.TryRemove(table.Value, out var plan))
            plan.Dispose();
    }

    public void Dispose()
    {
        foreach (var plan in _plans.Values)
            plan.Dispose();
        _plans.Clear();
    }
}
