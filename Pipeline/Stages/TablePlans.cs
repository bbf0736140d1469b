using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>The plans of all tables. Recovery and Constrain add and change them; any thread reads.</summary>
/// <param name="time">The clock of their defaults.</param>
/// <param name="maxIndexBytes">Memory of each unique index before entries go to the store; 0 for no bound. An index that is added later has none until the next open.</param>
internal sealed class TablePlans(TimeProvider? time = null, long maxIndexBytes = 0) : IDisposable
{
    private readonly ConcurrentDictionary<uint, TablePlan> _plans = new();
    private readonly List<TablePlan> _replaced = []; // readers may still be in a tree that a table has no more: they go with the engine
    private int _epoch;

    public IEnumerable<TablePlan> All => _plans.Values;

    /// <summary>Memory of all trees, those of dropped indexes too.</summary>
    public long IndexBytes
    {
        get
        {
            var bytes = _plans.Values.Sum(static plan => plan.Trees.Sum(static tree => tree.Bytes));
            lock (_replaced)
                return bytes + _replaced.SelectMany(static plan => plan.Trees.Except(plan.Newest.Trees)).Distinct().Sum(static tree => tree.Bytes);
        }
    }

    /// <summary>Changes with every plan that is replaced: what was validated with another one may not obey the rules of now.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

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
        _plans[definition.Id.Value] = plan;
        Link();
        return plan;
    }

    /// <summary>A table has been altered: returns the plan that it had.</summary>
    public TablePlan Replace(TableDefinition definition, Lsn since, bool isReplayed)
    {
        var before = _plans[definition.Id.Value];
        Put(before, new TablePlan(definition, before, since, isReplayed));
        lock (_replaced)
            _replaced.Add(before);
        return before;
    }

    /// <summary>Takes the last <see cref="Replace"/> of a table back.</summary>
    public void Revert(TablePlan before)
    {
        var withdrawn = _plans[before.Definition.Id.Value];
        before.Follow(null);
        Put(withdrawn, before);
        lock (_replaced)
        {
            _replaced.Remove(before);
            _replaced.Add(withdrawn);
        }
    }

    public void Remove(TableId table)
    {
        if (!_plans.TryRemove(table.Value, out var plan))
            return;
        Link();
        plan.Dispose();
    }

    public void Dispose()
    {
        foreach (var plan in _plans.Values.Concat(_replaced))
            plan.Dispose();
        _plans.Clear();
        _replaced.Clear();
    }

    private void Put(TablePlan known, TablePlan plan)
    {
        _plans[plan.Definition.Id.Value] = plan;
        Link();
        Interlocked.Increment(ref _epoch); // before anybody gets the new plan by way of the old one, and after it stands in the dictionary
        known.Follow(plan);
    }

    /// <summary>Brings together the foreign keys and the tables that they refer to.</summary>
    private void Link()
    {
        var links = new List<ForeignKeyPlan>();
        foreach (var child in _plans.Values)
        {
            for (var i = 0; i < child.Definition.Schema.ForeignKeys.Length; i++)
            {
                var key = child.Definition.Schema.ForeignKeys[i];
                foreach (var parent in _plans.Values)
                {
                    if (key.ReferencedTable == parent.Definition.Name && ForeignKeyRules.IndexOf(key, parent.Definition) is >= 0 and var index)
                        links.Add(new ForeignKeyPlan(key, child, child.UniqueCount + i, parent, index));
                }
            }
        }

        // One assignment each: whoever reads them meanwhile has the old ones or the new ones.
        foreach (var plan in _plans.Values)
        {
            plan.ForeignKeys = [.. links.Where(link => link.Child == plan)];
            plan.ReferencedBy = [.. links.Where(link => link.Parent == plan)];
        }
    }
}
