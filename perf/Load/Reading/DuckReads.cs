using System.Data.Common;
using DuckDB.NET.Data;

namespace Helios.Pipeline.Load;

/// <summary>DuckDB: written by its appender, columns on disk, as many threads as it likes.</summary>
internal sealed class DuckReads : SqlReads
{
    private const string FileName = "rows.duckdb";

    protected override string Sign => "$";

    public override Task LoadAsync(BulkRows rows, long count, string directory)
    {
        using var connection = Connected(directory);
        Execute(connection, "CREATE TABLE rows (id BIGINT PRIMARY KEY, ts BIGINT NOT NULL, device VARCHAR NOT NULL, value DOUBLE NOT NULL, payload BLOB NOT NULL)");
        using (var appender = connection.CreateAppender("rows"))
        {
            for (var row = 0L; row < count; row++)
            {
                appender.CreateRow()
                    .AppendValue(BulkRows.Id(row))
                    .AppendValue(rows.Timestamp(row))
                    .AppendValue(rows.Device(row))
                    .AppendValue(rows.Value(row))
                    .AppendValue(rows.Payload(row).ToArray())
                    .EndRow();
            }
        }

        Execute(connection, "CHECKPOINT");
        return Task.CompletedTask;
    }

    protected override DbConnection Connect(string directory) => Connected(directory);

    protected override byte[] Bytes(DbDataReader reader, int column)
    {
        using var stream = reader.GetStream(column);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static DuckDBConnection Connected(string directory)
    {
        var connection = new DuckDBConnection($"Data Source={Path.Combine(directory, FileName)}");
        connection.Open();
        return connection;
    }
}
