using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>An encrypted database that was closed twice, and somebody without the key who has the stored values of both times.</summary>
/// <remarks>
/// At the first close table "plain" (no keys) has 3 rows, "keyed" rows 1 and 3 of 3, "fed" 70 records of a source. At the second "plain" has 5, "keyed" row 3, "fed"
/// 72 records of the same source, which has grown.
/// </remarks>
internal sealed class RolledBackStore : IDisposable
{
    public const string Plain = "plain", Keyed = "keyed", Fed = "fed";

    /// <summary>Tables have the numbers of their partitions, in the order in which they are made.</summary>
    public static readonly TableId PlainTable = new(TableDefinition.FirstUserTable), KeyedTable = new(TableDefinition.FirstUserTable + 1);

    private static readonly Column[] s_columns = [new("id", ColumnType.Int8)];

    private readonly SortedDictionary<string, byte[]> _older;

    private RolledBackStore(SortedDictionary<string, byte[]> older) => _older = older;

    public string Path { get; } = Directory.CreateTempSubdirectory("helios-test-").FullName;

    public HeliosOptions Options { get; } = new() { Encryption = DatabaseFiles.Key(1), LogRetention = 0, Log = new WalOptions { SegmentBytes = [1 << 20] }, Versions = new VersionOptions { IsEnabled = false } };

    public static IReadOnlyList<byte> Kinds { get; } = [KeySpace.Applied, KeySpace.Counters, KeySpace.SourcePosition, KeySpace.CleanClose];

    private string StorePath => System.IO.Path.Combine(Path, "store");

    public static async Task<RolledBackStore> CreateAsync()
    {
        var database = new RolledBackStore(new(StringComparer.Ordinal));
        var options = database.Options with { LogRetention = 1 << 30 };
        await using (var helios = await HeliosEngine.OpenAsync(database.Path, options))
        {
            await InsertAsync(helios, Plain, 1, 3);
            await InsertAsync(helios, Keyed, 1, 3);
            await DeleteAsync(helios, 2);
            await IngestAsync(helios, records: 70);
        }

        database.Keep();
        await using (var helios = await HeliosEngine.OpenAsync(database.Path, options))
        {
            await InsertAsync(helios, Plain, 4, 2);
            await DeleteAsync(helios, 1);
            Assert.Equal((70, 2), await IngestAsync(helios, records: 72));
        }

        return database;
    }

    public RolledBackStore Copy()
    {
        var copy = new RolledBackStore(_older);
        DatabaseFiles.Copy(Path, copy.Path);
        return copy;
    }

    /// <summary>Other commits, until the log begins behind all of the above.</summary>
    public async Task TrimLogAsync()
    {
        var end = Lsn.Zero;
        for (var session = 0; session < 4; session++)
        {
            await using var helios = await OpenAsync();
            if (session == 0)
                end = helios.Visible;
            else if (helios.Inspect().Lsns.Oldest > end.Value)
                return;
            await InsertAsync(helios, "other", session, 1);
        }

        throw new InvalidOperationException($"The log still holds LSN {end}.");
    }

    /// <summary>Puts back the older value of each key of these kinds. Fails where there is none, or it is the same.</summary>
    public void PutBack(IEnumerable<byte> kinds) => EditRaw((store, batch) =>
    {
        foreach (var kind in kinds)
        {
            var changed = OlderOf(kind).Where(value => !Now(store, value.Key).SequenceEqual(value.Value)).ToArray();
            Assert.NotEmpty(changed);
            foreach (var (key, value) in changed)
                batch.PutMeta(key, value);
        }
    });

    /// <summary>Keys and stored values of the first close.</summary>
    public IReadOnlyList<(byte[] Key, byte[] Value)> OlderOf(byte kind) =>
        [.. _older.Select(value => (Key: Convert.FromHexString(value.Key), value.Value)).Where(value => value.Key[0] == kind)];

    public byte[] Now(byte[] key)
    {
        using var store = RocksStore.Open(StorePath, new StoreOptions(), create: false);
        return Now(store, key);
    }

    /// <summary>Takes out the version of a row of "keyed" that says: deleted; and, where it is wanted, puts back the count that had the row.</summary>
    public void TakeOutDeletion(RowId row, bool withCount) => EditRaw((store, batch) =>
    {
        using var unused = new ByteBuffer();
        Assert.True(store.TryGetRowAsOf(KeyedTable.Value, row, Lsn.Max, unused, out var deleted)); // ciphertext: it does not look like a deletion
        batch.RemoveVersion(KeyedTable.Value, row, deleted);
        if (withCount)
            PutBackCounters(batch, KeyedTable);
    });

    /// <summary>Takes out every key of a kind. Fails where there is none.</summary>
    public void TakeOut(byte kind) => EditRaw((store, batch) =>
    {
        using var values = store.OpenMeta([kind]);
        while (values.MoveNext())
            batch.DeleteMeta(values.Key);
        Assert.NotEqual(0, batch.Count);
    });

    /// <summary>Puts back the older counters of one table.</summary>
    public void PutBackCounters(TableId table) => EditRaw((_, batch) => PutBackCounters(batch, table));

    /// <summary>As somebody without the key writes to the store.</summary>
    public void EditRaw(Action<RocksStore, StoreBatch> edit)
    {
        using var store = RocksStore.Open(StorePath, new StoreOptions(), create: false);
        using var batch = new StoreBatch();
        edit(store, batch);
        store.Write(batch);
        store.Flush();
    }

    public Task<HeliosEngine> OpenAsync() => HeliosEngine.OpenAsync(Path, Options);

    /// <summary>The names of the checks of verify that fail.</summary>
    public async Task<string[]> FailedChecksAsync() =>
        [.. (await DatabaseVerifier.VerifyAsync(Path, encryption: Options.Encryption)).Checks.Where(check => !check.Passed).Select(check => check.Name)];

    public static async Task<long> CountAsync(HeliosEngine helios, string table) => await helios.FindTable(table)!.CountAsync();

    /// <summary>The numbers of the rows that are there, ascending.</summary>
    public static async Task<List<long>> IdsAsync(HeliosEngine helios, string table)
    {
        var ids = new List<long>();
        await foreach (var row in helios.FindTable(table)!.ScanAsync())
            ids.Add((long)row["id"]!);
        ids.Sort();
        return ids;
    }

    /// <summary>Runs the source, and says how many records were passed over and how many stored.</summary>
    public static async Task<(long ResumedAt, long Rows)> IngestAsync(HeliosEngine helios, int records)
    {
        // Longer than what a fingerprint covers: so it stays the same source when it grows.
        using var csv = new MemoryStream(Encoding.UTF8.GetBytes("id,text\n" + string.Concat(Enumerable.Range(1, records).Select(id => $"{id},{new string('x', 1000)}\n"))));
        var report = await helios.IngestAsync(csv, "input.csv", Fed);
        return (report.ResumedAt, report.Rows);
    }

    public static async Task InsertAsync(HeliosEngine helios, string name, long first, int count)
    {
        var table = await helios.TableAsync(name, new TableSchema(s_columns, primaryKey: name == Keyed ? ["id"] : []));
        for (var id = first; id < first + count; id++)
        {
            var row = table.NewRow();
            row["id"] = id;
            await table.InsertAsync(row);
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static async Task DeleteAsync(HeliosEngine helios, long id)
    {
        var plan = helios.FindTable(Keyed)!.Plan;
        using var key = new ByteBuffer();
        Assert.True(KeyProbe.TryEncode(plan, 0, [id], key));
        await KeyedWrite.DeleteAsync(helios, plan, key.Written.ToArray(), default);
    }

    private void PutBackCounters(StoreBatch batch, TableId table)
    {
        var key = new byte[KeySpace.CountersKeySize];
        KeyWriter.Counters(key, table);
        batch.PutMeta(key, OlderOf(KeySpace.Counters).Single(value => value.Key.AsSpan().SequenceEqual(key)).Value);
    }

    private void Keep()
    {
        using var store = RocksStore.Open(StorePath, new StoreOptions(), create: false); // without keys: values are ciphertext
        using var values = store.OpenMeta([]);
        while (values.MoveNext())
            _older.Add(Convert.ToHexString(values.Key), values.Value.ToArray());
    }

    private static byte[] Now(RocksStore store, byte[] key)
    {
        using var value = new ByteBuffer();
        Assert.True(store.TryGetMeta(key, value));
        return value.Written.ToArray();
    }
}
