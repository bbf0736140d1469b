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
    /// <param name="definition">The table.</param>
    /// <param name="time">The clock of its defaults.</param>
    /// <param name="maxIndexBytes">Memory of each unique index before entries go to the store; 0 for no bound.</param>
    public TablePlan(TableDefinition definition, TimeProvider time, long maxIndexBytes = 0)
    {
        Definition = definition;
        Encoders = [.. definition.Indexes.Select(i => new KeyEncoder(definition.Schema, i.Ordinals))];
        Trees = [.. definition.Indexes.Select((_, i) => new ArtTree { Budget = i < definition.UniqueCount ? maxIndexBytes : 0 })];
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

    /// <summary>Its indexes that are larger than they may be.</summary>
    public bool IsOverBudget
    {
        get
        {
            foreach (var tree in Trees)
            {
                if (tree.IsOverBudget)
                    return true;
            }

            return false;
        }
    }

    /// <summary>Its first unique index that is too large even for a moment; -1 where there is none.</summary>
    public int BeyondLimit
    {
        get
        {
            for (var i = 0; i < UniqueCount; i++)
            {
                if (Trees[i].IsBeyondLimit)
                    return i;
            }

            return -1;
        }
    }

    /// <summary>May the store have entries of an index, named by its number?</summary>
    public bool HasSpilled(uint index)
    {
        for (var i = 0; i < UniqueCount; i++)
        {
            if (Definition.Indexes[i].Id == index)
                return Trees[i].HasSpilled;
        }

        return false;
    }

    public string IndexName(int index) => Definition.Indexes[index].Name;

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
/// <param name="time">The clock of their defaults.</param>
/// <param name="maxIndexBytes">Memory of each unique index before entries go to the store; 0 for no bound.</param>
internal sealed class TablePlans(TimeProvider? time = null, long maxIndexBytes = 0) : IDisposable
{
    private readonly ConcurrentDictionary<uint, TablePlan> _plans = new();

    public IEnumerable<TablePlan> All => _plans.Values;

    /// <summary>Memory of each unique index before entries go to the store; 0 for no bound.</summary>
    public long MaxIndexBytes { get; } = maxIndexBytes;

    public bool IsOverBudget
    {
        get
        {
            if (MaxIndexBytes == 0)
                return false;
            foreach (var (_, plan) in _plans)
            {
                if (plan.IsOverBudget)
                    return true;
            }

            return false;
        }
    }

    /// <summary>A table with an index that is too large even for a moment; null where there is none.</summary>
    public TablePlan? BeyondLimit
    {
        get
        {
            if (MaxIndexBytes == 0)
                return null;
            foreach (var (_, plan) in _plans)
            {
                if (plan.BeyondLimit >= 0)
                    return plan;
            }

            return null;
        }
    }

    /// <summary>A table whose indexes may have entries in the store; null where they cannot.</summary>
    public TablePlan? SpillingOf(TableId table) => MaxIndexBytes > 0 && _plans.TryGetValue(table.Value, out var plan) ? plan : null;

    public TablePlan this[TableId table] => _plans[table.Value];

    public bool TryGet(TableId table, [MaybeNullWhen(false)] out TablePlan plan) => _plans.TryGetValue(table.Value, out plan);

    public TablePlan Add(TableDefinition definition)
    {
        if (_plans.TryGetValue(definition.Id.Value, out var known))
            return known;
        var plan = new TablePlan(definition, time ?? TimeProvider.System, MaxIndexBytes);
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
