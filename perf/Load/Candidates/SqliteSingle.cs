using System.Diagnostics;

namespace Helios.Pipeline.Load;

/// <summary>SQLite with a synced transaction per row; it lets one writer in at a time, so producers share a connection under a lock.</summary>
internal sealed class SqliteSingle : Candidate
{
    private readonly Lock _turn = new();
    private SqliteTable? _table;

    public override Task OpenAsync(string directory)
    {
        _table = new SqliteTable(directory, full: true);
        return Task.CompletedTask;
    }

    public override Task<long> RunAsync(BulkRows rows, Workload workload, Latencies latencies)
    {
        Parallelism.Run(workload.Producers, producer =>
        {
            for (long row = producer; row < workload.Rows; row += workload.Producers)
            {
                var started = Stopwatch.GetTimestamp();
                lock (_turn)
                    _table!.Insert(rows, row);
                latencies.Record(row, started);
            }
        });
        return Task.FromResult(workload.Rows);
    }

    public override Task CloseAsync()
    {
        _table!.Settle();
        _table.Dispose();
        return Task.CompletedTask;
    }

    public override Task<long> CountAsync(string directory) => Task.FromResult(SqliteTable.Count(directory));
}
