using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// Writes rows into an encrypted database and rotates its key all the time, until it is killed. It tells each thing on a line of stderr, before it is tried and
/// after it has been answered: <c>row N</c>, <c>try K</c>, <c>key K</c>.
/// </summary>
internal sealed class RotatingHost(string directory)
{
    public const string Table = "t";

    public static readonly TableSchema Schema = new([new Column("id", ColumnType.Int8), new Column("text", ColumnType.Text)], primaryKey: ["id"]);

    /// <summary>The database is under one of two keys: the last one that a rotation answered, or the one that it was trying.</summary>
    public static HeliosOptions Options(int answered, int tried) => WriterHost.Options() with { Encryption = KeyProviders.Combine(Key(tried), Key(answered)) };

    /// <summary>Keys are numbered; number N is the 32 bytes N, N, …</summary>
    public static IKeyProvider Key(int number) => KeyProviders.FromBytes(KeyBytes(number));

    public static byte[] KeyBytes(int number)
    {
        var key = new byte[KekId.KeySize];
        for (var i = 0; i < key.Length; i += sizeof(int))
            BitConverter.TryWriteBytes(key.AsSpan(i), number);
        return key;
    }

    public static Row Row(Table table, long id)
    {
        var row = table.NewRow();
        (row["id"], row["text"]) = (id, $"the text of row {id}");
        return row;
    }

    public async Task RunAsync(int answered, int tried)
    {
        await using var engine = await HeliosEngine.OpenAsync(directory, Options(answered, tried));
        var table = await engine.TableAsync(Table, Schema);
        await Task.WhenAll(WriteAsync(table), RotateAsync(engine, tried + 1));
    }

    private static async Task WriteAsync(Table table)
    {
        for (var id = await table.CountAsync() + 1; ; id++)
        {
            await table.InsertAsync(Row(table, id));
            await Console.Error.WriteLineAsync($"row {id}");
        }
    }

    private static async Task RotateAsync(HeliosEngine engine, int next)
    {
        for (; ; next++)
        {
            await Console.Error.WriteLineAsync($"try {next}");
            await engine.RotateKeyAsync(Key(next));
            await Console.Error.WriteLineAsync($"key {next}");
        }
    }
}
