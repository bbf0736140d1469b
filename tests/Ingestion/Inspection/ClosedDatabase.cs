using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A small database on disk that two sessions of an engine wrote, and ways to damage it: 100 rows with a key and a unique column, a commit with a number, and a source of 3 records, one of them refused.</summary>
internal sealed class ClosedDatabase : IDisposable
{
    public const string TableName = "things";

    /// <summary>The first user's table.</summary>
    public static readonly TableId Things = new(TableDefinition.FirstUserTable);

    private static readonly TableSchema s_schema = new(
        [new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text), new Column("value", ColumnType.Float8)],
        primaryKey: ["id"],
        unique: [new UniqueConstraint("names", "name")]);

    private ClosedDatabase(IKeyProvider? encryption) => Encryption = encryption;

    /// <summary>Null where it is not encrypted.</summary>
    public IKeyProvider? Encryption { get; }

    public HeliosOptions Options => new() { Encryption = Encryption };

    public string Path { get; } = Directory.CreateTempSubdirectory("helios-test-").FullName;

    public string LogPath => System.IO.Path.Combine(Path, "log");

    public string StorePath => System.IO.Path.Combine(Path, "store");

    /// <summary>Names of the log's segments, oldest first: a header alone, then one for each session.</summary>
    public string[] Segments => [.. Directory.GetFiles(LogPath, "*.wal").Order(StringComparer.Ordinal)];

    public static async Task<ClosedDatabase> CreateAsync(IKeyProvider? encryption = null)
    {
        var database = new ClosedDatabase(encryption);
        await using (var helios = await HeliosEngine.OpenAsync(database.Path, database.Options))
        {
            var table = await helios.TableAsync(TableName, s_schema);
            for (var id = 1; id <= 60; id += 20)
                await table.InsertAsync(Rows(table, id, 20));
        }

        await using (var helios = await HeliosEngine.OpenAsync(database.Path, database.Options))
        {
            var table = helios.FindTable(TableName)!;
            await table.InsertAsync(Rows(table, 61, 40), NumberedCommit.Someone, sequence: 1);
            using var csv = new MemoryStream(Encoding.UTF8.GetBytes("a,b\n1,x\n2,y\n2,z\n"));
            await helios.IngestAsync(csv, "small.csv", "small", new IngestOptions { Key = ["a"] });
        }

        return database;
    }

    public static IEnumerable<Row> Rows(Table table, long first, int count)
    {
        for (var id = first; id < first + count; id++)
        {
            var row = table.NewRow();
            row["id"] = id;
            row["name"] = $"name {id}";
            row["value"] = id / 2.0;
            yield return row;
        }
    }

    public Task<VerifyReport> VerifyAsync() => DatabaseVerifier.VerifyAsync(Path, encryption: Encryption);

    /// <summary>The caller disposes of them; null where it is not encrypted.</summary>
    public DatabaseKeys? OpenKeys()
    {
        var identity = System.IO.Path.Combine(Path, DatabaseIdentity.FileName);
        var id = DatabaseIdentity.Decode(File.ReadAllBytes(identity), identity).Id;
        return Encryption is null ? null : DatabaseKeys.Open(PhysicalFiles.Instance, System.IO.Path.Combine(Path, "keys"), id, Encryption, TimeProvider.System);
    }

    /// <summary>Changes the store behind the engine's back, durably.</summary>
    public void EditStore(Action<RocksStore, StoreBatch> edit)
    {
        using var keys = OpenKeys();
        using var store = RocksStore.Open(StorePath, new StoreOptions(), create: false, keys: keys);
        using var batch = store.NewBatch();
        edit(store, batch);
        store.Write(batch);
        store.Flush();
    }

    /// <summary>The LSN of the version of a row of <see cref="TableName"/>.</summary>
    public static Lsn VersionOf(RocksStore store, ulong row, ByteBuffer? bytes = null)
    {
        using var unused = new ByteBuffer();
        Assert.True(store.TryGetRowAsOf(Things.Value, new RowId(row), Lsn.Max, bytes ?? unused, out var version));
        return version;
    }

    public static void FlipByte(string file, long offset)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = offset;
        var value = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(value ^ 0x10));
    }

    /// <summary>Names and contents of the log's files.</summary>
    public Dictionary<string, byte[]> LogContents() => Segments.ToDictionary(file => file, File.ReadAllBytes);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
