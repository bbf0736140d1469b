using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Helios.Pipeline.Load;

/// <summary>SQLite with the table that it is written with, and the cache that the others have.</summary>
internal sealed class SqliteReads : SqlReads
{
    private const int CommitRows = 1_000;

    /// <summary>256 MiB, as RocksDB and Helios have; a negative number is KiB.</summary>
    private const int CacheSize = -(256 << 10);

    protected override string Sign => "$";

    public override Task LoadAsync(BulkRows rows, long count, string directory)
    {
        using var table = new SqliteTable(directory, full: false);
        for (var first = 0L; first < count; first += CommitRows)
        {
            using var transaction = table.Begin();
            for (var row = first; row < Math.Min(first + CommitRows, count); row++)
                table.Insert(rows, row);
            transaction.Commit();
        }

        table.Settle();
        return Task.CompletedTask;
    }

    protected override DbConnection Connect(string directory)
    {
        var connection = SqliteTable.Connect(directory);
        Execute(connection, $"PRAGMA cache_size={CacheSize}");
        return connection;
    }

    protected override byte[] Bytes(DbDataReader reader, int column) => ((SqliteDataReader)reader).GetFieldValue<byte[]>(column);
}
