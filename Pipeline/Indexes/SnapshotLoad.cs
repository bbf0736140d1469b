using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Builds the trees of all tables from a snapshot, large ones in parts, as many at once as there are processors. Used once; damage throws, and the trees are then of no use.</summary>
/// <param name="reader">The snapshot.</param>
/// <param name="plans">All tables.</param>
/// <param name="partEntries">A tree of more entries is built in parts.</param>
internal sealed class SnapshotLoad(IndexSnapshotReader reader, TablePlans plans, long partEntries = SnapshotLoad.LeastOfPart)
{
    /// <summary>Entries that are held against the store, over all trees: what is systematically wrong shows in a few.</summary>
    private const int MaxSamples = 1000;

    /// <summary>A part that is worth a thread of its own: some 10 ms.</summary>
    internal const long LeastOfPart = 100_000;

    /// <summary>So many for each processor where there is much, so that none has nothing to do at the end.</summary>
    private const int PartsPerProcessor = 4;

    /// <summary>Entries between two looks at the size of a tree.</summary>
    private const int CheckEach = 1024;

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
        var trees = new List<LoadedTree>();
        for (var i = 0; i < reader.Trees.Count; i++)
        {
            var entry = reader.Trees[i];
            if (!plans.TryGet(entry.Table, out var plan))
                continue; // a table that is no more
            for (var number = 0; number < plan.Trees.Length; number++)
            {
                if (plan.Definition.Indexes[number].Id == entry.Index && !plan.Incomplete[number])
                    trees.Add(new LoadedTree(plan, number, i, entry));
            }
        }

        Entries = trees.Sum(static tree => tree.Entry.Entries);
        var stride = Math.Max(1, (Entries + MaxSamples - 1) / MaxSamples);
        foreach (var tree in trees)
            _found.Add((tree.Entry.Table.Value, tree.Entry.Index));
        var most = Math.Max(partEntries, Entries / (PartsPerProcessor * Environment.ProcessorCount));
        var parts = trees.SelectMany(tree => tree.Begin(reader, most)).ToArray();
        // The largest first: the others fit beside it. One at a time from the list, or one processor would have all that is large.
        Parallel.ForEach(Partitioner.Create(parts.OrderByDescending(static part => part.Blocks.Entries), EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, part => Build(part, stride));
        foreach (var tree in trees)
            Join(tree);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // its one long loop would begin in code that is not
    private void Build(LoadedPart part, long stride)
    {
        var (tree, builder) = (part.Tree, part.Builder);
        var samples = new List<IndexSample>();
        using var entries = reader.OpenPart(part.Blocks);
        var toNext = 0L;
        var toCheck = CheckEach;
        while (entries.MoveNext())
        {
            if (!builder.TryAppend(entries.Key, entries.Version, entries.Shared))
                throw Disorder(tree, part.Blocks.Offset);
            if (--toCheck == 0)
            {
                CheckSize(tree);
                toCheck = CheckEach;
            }

            if (toNext-- > 0)
                continue;
            samples.Add(new IndexSample(tree.Plan, tree.Number, entries.Key.ToArray()));
            toNext = stride - 1;
        }

        builder.EndPart();
        lock (_samples)
            _samples.AddRange(samples);
    }

    private void Join(LoadedTree tree)
    {
        foreach (var part in tree.Parts)
        {
            if (!tree.Builder.TryJoin(part.Builder))
                throw Disorder(tree, part.Blocks.Offset);
        }

        tree.Builder.Complete();
        CheckSize(tree);
    }

    private static void CheckSize(LoadedTree tree)
    {
        if (tree.Tree.IsBeyondLimit)
            throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt", $"The index snapshot does not fit: index {tree.Plan.IndexName(tree.Number)} of table {tree.Plan.Definition.Name} is larger than it may be.");
    }

    private HeliosException Disorder(LoadedTree tree, long offset) =>
        IndexSnapshotFormat.Damaged(reader.Path, offset, $"the keys of index {tree.Plan.IndexName(tree.Number)} do not ascend");

    /// <summary>A tree that is made of parts of the snapshot, in their order.</summary>
    private sealed class LoadedTree(TablePlan plan, int number, int place, IndexSnapshotTree entry)
    {
        public TablePlan Plan => plan;

        public int Number => number;

        public IndexSnapshotTree Entry => entry;

        public ArtTree Tree => plan.Trees[number];

        public ArtTree.Builder Builder { get; } = plan.Trees[number].BeginBuild();

        public LoadedPart[] Parts { get; private set; } = [];

        public LoadedPart[] Begin(IndexSnapshotReader from, long entries) =>
            Parts = [.. from.Split(place, entries).Select(blocks => new LoadedPart(this, Builder.BeginPart(), blocks))];
    }

    private sealed record LoadedPart(LoadedTree Tree, ArtTree.Builder Builder, IndexSnapshotPart Blocks);
}

/// <summary>A key of a snapshot that is to be held against the store.</summary>
internal sealed record IndexSample(TablePlan Plan, int Index, byte[] Key);
