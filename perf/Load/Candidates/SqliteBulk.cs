namespace Helios.Pipeline.Load;

/// <summary>SQLite with a transaction per commit.</summary>
internal sealed class SqliteBulk(bool full) : Candidate
{
    private SqliteTable? _table;

    public override Task OpenAsync(string directory)
    {
        _table = new SqliteTable(directory, full);
        return Task.CompletedTask;
    }

    public override Task<long> RunAsync(BulkRows rows, Workload workload, Latencies latencies)
    {
        for (var first = 0L; first < workload.Rows; first += workload.CommitRows)
        {
            using var transaction = _table!.Begin();
            var end = Math.Min(first + workload.CommitRows, workload.Rows);
            for (var row = first; row < end; row++)
                _table.Insert(rows, row);
            transaction.Commit();
        }

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
