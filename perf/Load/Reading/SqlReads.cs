using System.Data.Common;

namespace Helios.Pipeline.Load;

/// <summary>What the databases with SQL have in common: prepared statements over one table, each row read by its reader.</summary>
internal abstract class SqlReads : ReadCandidate
{
    private const string Columns = "id, ts, device, value, payload";

    private DbConnection? _connection;

    /// <summary>How the dialect names a parameter in a statement; its own name is without the sign.</summary>
    protected abstract string Sign { get; }

    private DbConnection Connection => _connection ?? throw new InvalidOperationException("The database is not open.");

    public override Task OpenAsync(string directory)
    {
        _connection = Connect(directory);
        return Task.CompletedTask;
    }

    public override Task<Answer> PointsAsync(long[] keys)
    {
        using var command = Prepare($"SELECT {Columns} FROM rows WHERE id = {Sign}id", ("id", 0L));
        var answer = default(Answer);
        foreach (var id in keys)
        {
            command.Parameters[0].Value = id;
            using var reader = command.ExecuteReader();
            if (!reader.Read())
                throw new InvalidOperationException($"Row {id} is not found.");
            answer.AddInOrder(Row(reader));
        }

        return Task.FromResult(answer);
    }

    public override Task<Answer> RangesAsync(long[] starts, int length)
    {
        using var command = Prepare($"SELECT {Columns} FROM rows WHERE id >= {Sign}first AND id < {Sign}last ORDER BY id", ("first", 0L), ("last", 0L));
        var answer = default(Answer);
        foreach (var start in starts)
        {
            command.Parameters[0].Value = start;
            command.Parameters[1].Value = start + length; // keys follow one another without a gap
            using var reader = command.ExecuteReader();
            while (reader.Read())
                answer.AddInOrder(Row(reader));
        }

        return Task.FromResult(answer);
    }

    public override Task<Answer> ScanAsync()
    {
        using var command = Prepare("SELECT ts, value FROM rows");
        var answer = default(Answer);
        using var reader = command.ExecuteReader();
        while (reader.Read())
            answer.Add(reader.GetInt64(0), reader.GetDouble(1));
        return Task.FromResult(answer);
    }

    public override Task<Answer> ClusteredAsync(long from, long to) =>
        Task.FromResult(Where($"ts >= {Sign}first AND ts < {Sign}last", ("first", from), ("last", to)));

    public override Task<Answer> ScatteredAsync(double below) => Task.FromResult(Where($"value < {Sign}below", ("below", below)));

    public override Task<long> CountAsync()
    {
        using var command = Prepare("SELECT COUNT(*) FROM rows");
        return Task.FromResult((long)command.ExecuteScalar()!);
    }

    public override Task CloseAsync()
    {
        Connection.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Opens the database that is in a directory.</summary>
    protected abstract DbConnection Connect(string directory);

    /// <summary>The bytes in a column of the reader's row.</summary>
    protected abstract byte[] Bytes(DbDataReader reader, int column);

    protected static void Execute(DbConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private Answer Where(string condition, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Prepare($"SELECT {Columns} FROM rows WHERE {condition}", parameters);
        var answer = default(Answer);
        using var reader = command.ExecuteReader();
        while (reader.Read())
            answer.Add(Row(reader));
        return answer;
    }

    private LoadRow Row(DbDataReader reader) => new(reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2), reader.GetDouble(3), Bytes(reader, 4));

    private DbCommand Prepare(string text, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = Connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        command.Prepare();
        return command;
    }
}
