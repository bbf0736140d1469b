using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What the stages need to know of a table, made once: its definition, how its keys are written, its indexes.</summary>
/// <remarks>The trees have one writer, Constrain; anyone reads them.</remarks>
internal sealed class TablePlan : IDisposable
{
    public TablePlan(TableDefinition definition, TimeProvider time)
    {
        Definition = definition;
        Encoders = [.. definition.Indexes.Select(i => new KeyEncoder(definition.Schema, i.Ordinals))];
        Trees = [.. definition.Indexes.Select(_ => new ArtTree())];
        Numbers = AutoIncrement.Of(definition.Schema);
        Fill = ColumnFill.Of(definition.Schema, Numbers, time);
        Checks = RowChecks.Of(definition);
    }

    public TableDefinition Definition { get; }

    /// <summary>Indexes that no two rows share a key in: the first ones of the definition.</summary>
    public int UniqueCount => Definition.UniqueCount;

    /// <summary>Of all indexes, in their order.</summary>
    public ImmutableArray<KeyEncoder> Encoders { get; }

    /// <summary>Of all indexes, in their order. Several rows may share a key of a foreign key's: there its tree has the key and the row id, see <see cref="TreeKey"/>.</summary>
    public ImmutableArray<ArtTree> Trees { get; }

    /// <summary>The numbers of the auto-increment column; null where there is none.</summary>
    public AutoIncrement? Numbers { get; }

    /// <summary>Its CHECK constraints; null where it has none.</summary>
    public RowChecks? Checks { get; }

    /// <summary>What columns get where a row has no value; null where that is always NULL.</summary>
    public ColumnFill? Fill { get; }

    /// <summary>Its foreign keys whose parents are known.</summary>
    public ImmutableArray<ForeignKeyPlan> ForeignKeys { get; set; } = [];

    /// <summary>Foreign keys that refer to it.</summary>
    public ImmutableArray<ForeignKeyPlan> ReferencedBy { get; set; } = [];

    public string IndexName(int index) => Definition.Indexes[index].Name;

    /// <summary>Of an index over one column that column's name, else null: no single column is to blame.</summary>
    public string? ColumnOf(int index) => Definition.Indexes[index].Ordinals is [var only] ? Definition.Schema.Columns[only].Name : null;

    /// <summary>The answer to a row whose key of an index is too long.</summary>
    public RowRejection KeyTooLong(int index, int row) => new(row, RowFault.KeyTooLong, ColumnOf(index), IndexName(index),
        $"{IndexName(index)} ({string.Join(", ", Definition.Indexes[index].Ordinals.Select(o => Definition.Schema.Columns[o].Name))}) of table {Definition.Name}: the key is longer than {RowFormat.MaxKeyBytes} bytes") { Table = Definition.Name };

    /// <summary>The key under which a row stands in a tree.</summary>
    /// <param name="index">Which tree.</param>
    /// <param name="key">The row's key, as the encoder wrote it.</param>
    /// <param name="row">The row.</param>
    /// <param name="scratch">Room for the result, which is valid until it is used again.</param>
    public ReadOnlySpan<byte> TreeKey(int index, ReadOnlySpan<byte> key, RowId row, ByteBuffer scratch)
    {
        if (index < UniqueCount)
            return key;
        scratch.Truncate(0);
        scratch.Append(key);
        BinaryPrimitives.WriteUInt64BigEndian(scratch.GetSpan(sizeof(ulong)), row.Value);
        scratch.Advance(sizeof(ulong));
        return scratch.Written;
    }

    public void Dispose()
    {
        foreach (var tree in Trees)
            tree.Dispose();
    }
}

/// <summary>The plans of all tables. Tables are added by recovery and by Constrain; any thread reads.</summary>
internal sealed class TablePlans(TimeProvider? time = null) : IDisposable
{
    private readonly ConcurrentDictionary<uint, TablePlan> _plans = new();

    public IEnumerable<TablePlan> All => _plans.Values;

    public TablePlan this[TableId table] => _plans[table.Value];

    public bool TryGet(TableId table, [MaybeNullWhen(false)] out TablePlan plan) => _plans.TryGetValue(table.Value, out plan);

    public TablePlan Add(TableDefinition definition)
    {
        if (_plans.TryGetValue(definition.Id.Value, out var known))
            return known;
        var plan = new TablePlan(definition, time ?? TimeProvider.System);
        foreach (var other in _plans.Values.Append(plan))
            Link(other, plan);
        foreach (var parent in _plans.Values)
            Link(plan, parent);
        return _plans[definition.Id.Value] = plan;
    }

    public void Remove(TableId table)
    {
        if (!_plans.TryRemove(table.Value, out var plan))
            return;
        foreach (var other in _plans.Values)
            other.ReferencedBy = other.ReferencedBy.RemoveAll(key => key.Child == plan);
        plan.Dispose();
    }

    private static void Link(TablePlan child, TablePlan parent)
    {
        for (var i = 0; i < child.Definition.Schema.ForeignKeys.Length; i++)
        {
            var key = child.Definition.Schema.ForeignKeys[i];
            if (key.ReferencedTable != parent.Definition.Name || ForeignKeyRules.IndexOf(key, parent.Definition) is not (>= 0 and var index))
                continue;
            var link = new ForeignKeyPlan(key, child, child.UniqueCount + i, parent, index);
            child.ForeignKeys = child.ForeignKeys.Add(link);
            parent.ReferencedBy = parent.ReferencedBy.Add(link);
        }
    }

    public void Dispose()
    {
        foreach (var plan in _plans.Values)
            plan.Dispose();
        _plans.Clear();
    }
}
