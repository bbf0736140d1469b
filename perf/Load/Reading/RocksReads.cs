using RocksDbSharp;

namespace Helios.Pipeline.Load;

/// <summary>Plain RocksDB: rows as bytes by key, compacted into its last level.</summary>
internal sealed class RocksReads : ReadCandidate
{
    private const int BatchRows = 1_000;

    private RocksDb? _database;

    public override Task LoadAsync(BulkRows rows, long count, string directory)
    {
        using var database = RocksSettings.Open(directory);
        using var batch = new WriteBatch();
        Span<byte> key = stackalloc byte[BulkRows.KeySize];
        Span<byte> value = stackalloc byte[BulkRows.MaxValueSize];
        for (var row = 0L; row < count; row++)
        {
            BulkRows.WriteKey(row, key);
            batch.Put(key, value[..rows.WriteValue(row, value)]);
            if ((row + 1) % BatchRows != 0 && row + 1 != count)
                continue;
            database.Write(batch);
            batch.Clear();
        }

        database.Flush(new FlushOptions().SetWaitForFlush(true));
        database.CompactRange((byte[]?)null, null);
        return Task.CompletedTask;
    }

    public override Task OpenAsync(string directory)
    {
        _database = RocksSettings.Open(directory);
        return Task.CompletedTask;
    }

    public override Task<Answer> PointsAsync(long[] keys)
    {
        var answer = default(Answer);
        Span<byte> key = stackalloc byte[BulkRows.KeySize];
        foreach (var id in keys)
        {
            StoredRow.WriteKey(id, key);
            answer.AddInOrder(StoredRow.Row(id, _database!.Get(key)));
        }

        return Task.FromResult(answer);
    }

    public override Task<Answer> RangesAsync(long[] starts, int length)
    {
        var answer = default(Answer);
        Span<byte> key = stackalloc byte[BulkRows.KeySize];
        foreach (var start in starts)
        {
            StoredRow.WriteKey(start, key);
            using var iterator = _database!.NewIterator();
            iterator.Seek(key);
            for (var left = length; left > 0 && iterator.Valid(); left--, iterator.Next())
                answer.AddInOrder(StoredRow.Row(StoredRow.Id(iterator.GetKeySpan()), iterator.GetValueSpan()));
        }

        return Task.FromResult(answer);
    }

    public override Task<Answer> ScanAsync()
    {
        var answer = default(Answer);
        using var iterator = _database!.NewIterator();
        for (iterator.SeekToFirst(); iterator.Valid(); iterator.Next())
        {
            var value = iterator.GetValueSpan();
            answer.Add(StoredRow.Timestamp(value), StoredRow.Value(value));
        }

        return Task.FromResult(answer);
    }

    public override Task<Answer> ClusteredAsync(long from, long to)
    {
        var answer = default(Answer);
        using var iterator = _database!.NewIterator();
        for (iterator.SeekToFirst(); iterator.Valid(); iterator.Next())
        {
            var value = iterator.GetValueSpan();
            var timestamp = StoredRow.Timestamp(value);
            if (timestamp >= from && timestamp < to)
                answer.Add(StoredRow.Row(StoredRow.Id(iterator.GetKeySpan()), value));
        }

        return Task.FromResult(answer);
    }

    public override Task<Answer> ScatteredAsync(double below)
    {
        var answer = default(Answer);
        using var iterator = _database!.NewIterator();
        for (iterator.SeekToFirst(); iterator.Valid(); iterator.Next())
        {
            var value = iterator.GetValueSpan();
            if (StoredRow.Value(value) < below)
                answer.Add(StoredRow.Row(StoredRow.Id(iterator.GetKeySpan()), value));
        }

        return Task.FromResult(answer);
    }

    public override Task<long> CountAsync() => Task.FromResult(RocksSettings.Count(_database!, null));

    public override Task CloseAsync()
    {
        _database!.Dispose();
        return Task.CompletedTask;
    }
}
