using System.Diagnostics;
using RocksDbSharp;

namespace Helios.Pipeline.Load;

/// <summary>RocksDB with a synced Put per row, a thread per producer; RocksDB joins waiting writers into one sync by itself.</summary>
internal sealed class RocksSinglePut : Candidate
{
    private RocksDb? _database;

    public override Task OpenAsync(string directory)
    {
        _database = RocksSettings.Open(directory);
        return Task.CompletedTask;
    }

    public override Task<long> RunAsync(BulkRows rows, Workload workload, Latencies latencies)
    {
        Parallelism.Run(workload.Producers, producer =>
        {
            var options = new WriteOptions().SetSync(true);
            Span<byte> key = stackalloc byte[BulkRows.KeySize];
            Span<byte> value = stackalloc byte[BulkRows.MaxValueSize];
            for (long row = producer; row < workload.Rows; row += workload.Producers)
            {
                var started = Stopwatch.GetTimestamp();
                BulkRows.WriteKey(row, key);
                _database!.Put(key, value[..rows.WriteValue(row, value)], null, options);
                latencies.Record(row, started);
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
