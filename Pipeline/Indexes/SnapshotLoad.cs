using System.Runtime.CompilerServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Builds the trees of all tables from a snapshot, as many at once as there are processors. Used once; damage throws, and the trees are then of no use.</summary>
internal sealed class SnapshotLoad(IndexSnapshotReader reader, TablePlans plans)
{
    /// <summary>Entries that are held against the store, over all trees: what is systematically wrong shows in a few.</summary>
    private const int MaxSamples = 1000;

    private readonly List<IndexSample> _samples = [];
    private readonly HashSet<(uint Table, uint Index)> _found = [];

    /// <summary>Entries with a fixed distance between them.</summary>
    public IReadOnlyList<IndexSample> Samples => _samples;

    /// <summary>Keys in the snapshot's trees.</summary>
    public long Entries { get; private set; }

    /// <summary>Highest row id that the snapshot has of a table.</summary>
    public RowId HighestRow(TableId table) => new(reader.Trees.Where(tree => tree.Table == table).Select(static tree => tree.HighestRow.Value).DefaultIfEmpty().Max());

    /// <summary>Does the snapshot have a tree?</summary>
    public bool Has(TableId table, uint index) => _found.Contains((table.Value, index));

    public void Run()
    {
        var trees = new List<(int Place, IndexSnapshotTree Entry, TablePlan Plan, int Number)>();
        for (var i = 0; i < reader.Trees.Count; i++)
        {
            var entry = reader.Trees[i];
            if (!plans.TryGet(entry.Table, out var plan))
                continue; // a table that is no more
            for (var number = 0; number < plan.Trees.Length; number++)
            {
                if (plan.Definition.Indexes[number].Id == entry.Index && !plan.Incomplete[number])
                    trees.Add((i, entry, plan, number));
            }
        }

        Entries = trees.Sum(static tree => tree.Entry.Entries);
        var stride = Math.Max(1, (Entries + MaxSamples - 1) / MaxSamples);
        foreach (var (_, entry, _, _) in trees)
            _found.Add((entry.Table.Value, entry.Index));
        // The largest first: the others fit beside it.
        Parallel.ForEach(trees.OrderByDescending(static tree => tree.Entry.Entries), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            tree => Build(tree.Place, tree.Plan, tree.Number, stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // its one long loop would begin in code that is not
    private void Build(int place, TablePlan plan, int number, long stride)
    {
        var tree = plan.Trees[number];
        var builder = tree.BeginBuild();
        var samples = new List<IndexSample>();
        using var entries = reader.OpenTree(place);
        var toNext = 0L;
        while (entries.MoveNext())
        {
            if (!builder.TryAppend(entries.Key, entries.Version))
                throw IndexSnapshotFormat.Damaged(reader.Path, reader.Trees[place].Offset, $"the keys of index {plan.IndexName(number)} do not ascend");
            if (tree.IsBeyondLimit)
                throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt", $"The index snapshot does not fit: index {plan.IndexName(number)} of table {plan.Definition.Name} is larger than it may be.");
            if (toNext-- > 0)
                continue;
            samples.Add(new IndexSample(plan, number, entries.Key.ToArray()));
            toNext = stride - 1;
        }

        builder.Complete();
        lock (_samples)
            _samples.AddRange(samples);
    }
}

/// <summary>A key of a snapshot that is to be held against the store.</summary>
internal sealed record IndexSample(TablePlan Plan, int Index, byte[] Key);
