using Microsoft.Data.Sqlite;

namespace Helios.Pipeline.Load;

/// <summary>A SQLite database with one table, and its prepared insert. Write-ahead journal. One thread at a time.</summary>
internal sealed class SqliteTable : IDisposable
{
    private const string FileName = "rows.db";

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;
    private readonly SqliteParameter[] _parameters;
    private readonly byte[] _payload = new byte[BulkRows.PayloadSize];

    /// <param name="directory">Where.</param>
    /// <param name="full">True: synced at each commit; false: synced at journal checkpoints.</param>
    public SqliteTable(string directory, bool full)
    {
        _connection = Connect(directory);
        Execute("PRAGMA journal_mode=WAL");
        Execute($"PRAGMA synchronous={(full ? "FULL" : "NORMAL")}");
        Execute("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, ts INTEGER NOT NULL, device TEXT NOT NULL, value REAL NOT NULL, payload BLOB NOT NULL)");
        _insert = _connection.CreateCommand();
        _insert.CommandText = "INSERT INTO rows (id, ts, device, value, payload) VALUES ($id, $ts, $device, $value, $payload)";
        _parameters =
        [
            _insert.Parameters.Add("$id", SqliteType.Integer),
            _insert.Parameters.Add("$ts", SqliteType.Integer),
            _insert.Parameters.Add("$device", SqliteType.Text),
            _insert.Parameters.Add("$value", SqliteType.Real),
            _insert.Parameters.Add("$payload", SqliteType.Blob),
        ];
        _parameters[4].Value = _payload;
        _insert.Prepare();
    }

    public SqliteTransaction Begin() => (_insert.Transaction = _connection.BeginTransaction())!;

    public void Insert(BulkRows rows, long index)
    {
        _parameters[0].Value = BulkRows.Id(index);
        _parameters[1].Value = rows.Timestamp(index);
        _parameters[2].Value = rows.Device(index);
        _parameters[3].Value = rows.Value(index);
        rows.Payload(index).CopyTo(_payload);
        _insert.ExecuteNonQuery();
    }

    /// <summary>Moves the journal into the table's file.</summary>
    public void Settle() => Execute("PRAGMA wal_checkpoint(TRUNCATE)");

    public static long Count(string directory)
    {
        using var connection = Connect(directory);
        using var count = connection.CreateCommand();
        count.CommandText = "SELECT COUNT(*) FROM rows";
        return (long)count.ExecuteScalar()!;
    }

    public void Dispose()
    {
        _insert.Dispose();
        _connection.Dispose();
    }

    public static SqliteConnection Connect(string directory)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(directory, FileName), Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    private void Execute(string text)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
