using RocksDbSharp;

namespace Helios.Pipeline.Load;

/// <summary>RocksDB with a WriteBatch per commit, its log on. Checks no uniqueness.</summary>
internal sealed class RocksBulk(bool sync, int writers) : Candidate
{
    private RocksDb? _database;

    public override Task OpenAsync(string directory)
    {
        _database = RocksSettings.Open(directory);
        return Task.CompletedTask;
    }

    public override Task<long> RunAsync(BulkRows rows, Workload workload, Latencies latencies)
    {
        var next = 0L;
        Parallelism.Run(writers, _ =>
        {
            using var batch = new WriteBatch();
            var options = new WriteOptions().SetSync(sync);
            Span<byte> key = stackalloc byte[BulkRows.KeySize];
            Span<byte> value = stackalloc byte[BulkRows.MaxValueSize];
            while (true)
            {
                var first = Interlocked.Add(ref next, workload.CommitRows) - workload.CommitRows;
                if (first >= workload.Rows)
                    return;
                var end = Math.Min(first + workload.CommitRows, workload.Rows);
                for (var row = first; row < end; row++)
                {
                    BulkRows.WriteKey(row, key);
                    batch.Put(key, value[..rows.WriteValue(row, value)]);
                }

                _database!.Write(batch, options);
                batch.Clear();
            }
        });
        return Task.FromResult(workload.Rows);
    }

    public override Task CloseAsync()
    {
        RocksSettings.FlushAndClose(_database!);
        return Task.CompletedTask;
    }

    public override Task<long> CountAsync(string directory) => Task.FromResult(RocksSettings.Count(directory));
}
