using ZoneTree;

namespace Helios.Pipeline.Load;

/// <summary>ZoneTree with its defaults: the same bytes a row as RocksDB keeps, evicted to its disk segment and merged.</summary>
internal sealed class ZoneTreeReads : ReadCandidate
{
    private IZoneTree<long, Memory<byte>>? _tree;

    private IZoneTree<long, Memory<byte>> Tree => _tree ?? throw new InvalidOperationException("The tree is not open.");

    public override Task LoadAsync(BulkRows rows, long count, string directory)
    {
        using var tree = Open(directory);
        using var maintainer = tree.CreateMaintainer();
        Span<byte> value = stackalloc byte[BulkRows.MaxValueSize];
        for (var row = 0L; row < count; row++)
            tree.Upsert(BulkRows.Id(row), value[..rows.WriteValue(row, value)].ToArray());
        maintainer.EvictToDisk();
        maintainer.WaitForBackgroundThreads();
        return Task.CompletedTask;
    }

    public override Task OpenAsync(string directory)
    {
        _tree = Open(directory);
        return Task.CompletedTask;
    }

    public override Task<Answer> PointsAsync(long[] keys)
    {
        var answer = default(Answer);
        foreach (var id in keys)
        {
            if (!Tree.TryGet(id, out var value))
                throw new InvalidOperationException($"Row {id} is not found.");
            answer.AddInOrder(StoredRow.Row(id, value.Span));
        }

        return Task.FromResult(answer);
    }

    public override Task<Answer> RangesAsync(long[] starts, int length)
    {
        var answer = default(Answer);
        foreach (var start in starts)
        {
            using var iterator = Tree.CreateIterator();
            iterator.Seek(start);
            for (var left = length; left > 0 && iterator.Next(); left--)
                answer.AddInOrder(StoredRow.Row(iterator.CurrentKey, iterator.CurrentValue.Span));
        }

        return Task.FromResult(answer);
    }

    public override Task<Answer> ScanAsync()
    {
        var answer = default(Answer);
        using var iterator = Tree.CreateIterator();
        while (iterator.Next())
        {
            var value = iterator.CurrentValue.Span;
            answer.Add(StoredRow.Timestamp(value), StoredRow.Value(value));
        }

        return Task.FromResult(answer);
    }

    public override Task<Answer> ClusteredAsync(long from, long to)
    {
        var answer = default(Answer);
        using var iterator = Tree.CreateIterator();
        while (iterator.Next())
        {
            var value = iterator.CurrentValue.Span;
            var timestamp = StoredRow.Timestamp(value);
            if (timestamp >= from && timestamp < to)
                answer.Add(StoredRow.Row(iterator.CurrentKey, value));
        }

        return Task.FromResult(answer);
    }

    public override Task<Answer> ScatteredAsync(double below)
    {
        var answer = default(Answer);
        using var iterator = Tree.CreateIterator();
        while (iterator.Next())
        {
            var value = iterator.CurrentValue.Span;
            if (StoredRow.Value(value) < below)
                answer.Add(StoredRow.Row(iterator.CurrentKey, value));
        }

        return Task.FromResult(answer);
    }

    public override Task<long> CountAsync() => Task.FromResult(Tree.Count());

    public override Task CloseAsync()
    {
        Tree.Dispose();
        return Task.CompletedTask;
    }

    private static IZoneTree<long, Memory<byte>> Open(string directory) =>
        new ZoneTreeFactory<long, Memory<byte>>().SetDataDirectory(directory).DisableDeletion().OpenOrCreate();
}
