using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Databases in a scratch directory, killed by copying them while they are open, whose indexes are compared with those that the rows make.</summary>
internal sealed class SnapshotDatabase : IDisposable
{
    public static readonly TableSchema Schema = new(
        [new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text) { IsNullable = false }, new Column("tag", ColumnType.Text), new Column("body", ColumnType.Text)],
        primaryKey: ["id"],
        unique: [new UniqueConstraint("name", "name"), new UniqueConstraint("tag", "tag")]);

    private readonly string _scratch = Directory.CreateTempSubdirectory("helios-test-").FullName;
    private int _copies;

    public string Path => System.IO.Path.Combine(_scratch, "db");

    public static string SnapshotOf(string database) => System.IO.Path.Combine(database, "indexes", "snapshot");

    public static HeliosOptions Options { get; } = new()
    {
        LogRetention = 0,
        Log = new WalOptions { SegmentBytes = [64 << 10] },
        IndexSnapshotPause = TimeSpan.Zero,
        IndexSnapshotBytes = 1L << 40, // a test says when
    };

    public static async Task<Table> FillAsync(HeliosEngine engine, int first, int count, string table = "things", int each = 50, int body = 0)
    {
        var things = await engine.TableAsync(table, Schema);
        for (var at = first; at < first + count; at += each)
            await things.InsertAsync(Enumerable.Range(at, Math.Min(each, first + count - at)).Select(id => Row(things, id, body: body)));
        return things;
    }

    public static Row Row(Table table, long id, string? name = null, int body = 0)
    {
        var row = table.NewRow();
        row["id"] = id;
        row["name"] = name ?? $"name {id * 7919 % 100_003} of row {id}";
        row["tag"] = id % 3 == 0 ? null : $"tag {id}";
        row["body"] = new string('x', body);
        return row;
    }

    /// <summary>
    /// What a kill leaves now. Nobody writes meanwhile, but a compaction may take files away while they are copied, or a snapshot take its place and let go of the log that the copied one needs: then there is another look.
    /// </summary>
    public string Kill(string? database = null)
    {
        while (true)
        {
            var copy = System.IO.Path.Combine(_scratch, $"copy{Interlocked.Increment(ref _copies)}");
            var before = Held(database ?? Path);
            try
            {
                CopyStoreLast(database ?? Path, copy);
                if (Held(database ?? Path) == before)
                    return copy;
            }
            catch (FileNotFoundException)
            {
                // it is gone: another look
            }

            Directory.Delete(copy, recursive: true);
        }
    }

    /// <summary>Opens a copy with its snapshot and another one without, and compares every tree, every count and every highest row id; returns how the first one opened.</summary>
    public async Task<IndexReport> CompareAsync(string killed, HeliosOptions? options = null)
    {
        options ??= Options;
        await using var engine = await HeliosEngine.OpenAsync(Kill(killed), options);
        await using var rebuilt = await HeliosEngine.OpenAsync(Kill(killed), options with { IndexSnapshots = false });
        Assert.Null(rebuilt.Recovered.Report.Indexes.Snapshot);
        Assert.Equal(Describe(rebuilt), Describe(engine));
        return engine.Recovered.Report.Indexes;
    }

    public async Task IsRefusedAsync(string killed, string because, HeliosOptions? options = null)
    {
        var report = await CompareAsync(killed, options);
        Assert.Null(report.Snapshot);
        Assert.Contains(because, report.Refused, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    /// <summary>RocksDB's manifest before the files that it names: what comes to be meanwhile is in nobody's way.</summary>
    private static void CopyStoreLast(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories).OrderBy(static file => file.EndsWith(".sst", StringComparison.Ordinal)))
        {
            if (System.IO.Path.GetFileName(file) is "lock" or "LOCK")
                continue;
            var copy = System.IO.Path.Combine(to, System.IO.Path.GetRelativePath(from, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>The snapshot that there is, and the files of the log.</summary>
    private static string Held(string database)
    {
        var snapshot = new FileInfo(SnapshotOf(database));
        var directory = System.IO.Path.Combine(database, "log"); // one without a log has none
        var log = Directory.Exists(directory) ? Directory.GetFiles(directory) : [];
        return $"{(snapshot.Exists ? snapshot.LastWriteTimeUtc.Ticks : 0)} {string.Join(' ', log.Order(StringComparer.Ordinal))}";
    }

    private static List<string> Describe(HeliosEngine engine)
    {
        var lines = new List<string>();
        foreach (var table in engine.Parts.Published.Catalog.Tables)
        {
            var plan = engine.Parts.Plans[table.Id];
            lines.Add($"{table.Name}: {engine.Parts.Published.Rows(table.Id)} rows, highest {engine.Parts.Order.HighestRow(table.Id)} {engine.Parts.Counters[table.Id]}");
            for (var i = 0; i < plan.Trees.Length; i++)
            {
                lines.Add($"{plan.IndexName(i)}: {plan.Trees[i].Count} keys in {plan.Trees[i].NodeCounts.Leaves} leaves, {plan.Trees[i].NodeCounts.Versions} versions");
                var cursor = plan.Trees[i].OpenCursor(Lsn.Max);
                cursor.Seek([]);
                while (cursor.MoveNext())
                    lines.Add($"{Convert.ToHexString(cursor.Key)} {cursor.Version}");
            }
        }

        return lines;
    }
}
