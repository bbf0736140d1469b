using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Compatibility.Tests;

/// <summary>The database that every version writes once: a column of each type, deleted rows, a dropped row, a source, rejects.</summary>
internal static class Golden
{
    public const string TableName = "every type";
    public const int Rows = 200;

    public static string Root => Path.Combine(AppContext.BaseDirectory, "golden");

    private static readonly TableSchema s_schema = new(
        Enum.GetValues<ColumnType>().Select(t => new Column($"c {t}", t) { ElementType = t == ColumnType.Array ? ColumnType.Int4 : null, Length = t is ColumnType.Varchar or ColumnType.Char ? 40 : 0 }),
        primaryKey: ["c Int8"],
        unique: [new UniqueConstraint("by text", "c Text", "c Boolean")]);

    /// <summary>The key of the encrypted ones is no secret.</summary>
    public static HeliosOptions Options(bool encrypted) =>
        new() { Encryption = encrypted ? KeyProviders.FromBytes([.. Enumerable.Range(0, KekId.KeySize).Select(i => (byte)i)]) : null };

    public static async Task WriteAsync(string clean, string unclean, bool encrypted)
    {
        var options = Options(encrypted) with { Log = new WalOptions { SegmentBytes = [128 << 10] } };
        var work = Directory.CreateTempSubdirectory("helios-golden-").FullName;
        var database = Path.Combine(work, "database");
        await using (var helios = await HeliosEngine.OpenAsync(database, options))
        {
            var table = await helios.TableAsync(TableName, s_schema);
            for (var i = 0; i < Rows / 2; i += 20)
                await table.InsertAsync(Enumerable.Range(i, 20).Select(n => MakeRow(table, n)));
            await helios.CheckpointAsync();
            for (var i = Rows / 2; i < Rows; i += 20)
                await table.InsertAsync(Enumerable.Range(i, 20).Select(n => MakeRow(table, n)).Append(MakeRow(table, 3)), OnReject.RejectRow);
            // As a kill leaves it: the log is ahead of the store.
            Copy(database, unclean);
        }

        Copy(database, clean);
        Directory.Delete(work, recursive: true);
    }

    public static async Task CheckAsync(HeliosEngine helios)
    {
        var table = helios.FindTable(TableName)!;
        Assert.Equal(Rows, await table.CountAsync());
        var expected = 0;
        await foreach (var row in table.ScanAsync())
        {
            var wanted = MakeRow(table, expected++);
            for (var i = 0; i < s_schema.Columns.Length; i++)
                Assert.Equal(Text(wanted[i]), Text(row[i]));
        }

        Assert.Equal(Rows, expected);
        Assert.NotNull(await table.FindAsync(17L));
    }

    public static Row MakeRow(Table table, int n)
    {
        var row = table.NewRow();
        row["c Boolean"] = n % 2 == 0;
        row["c Int2"] = (short)(n - 100);
        row["c Int4"] = n * 1_000_003;
        row["c Int8"] = (long)n;
        row["c Float4"] = n / 3f;
        row["c Float8"] = n % 50 == 7 ? double.NaN : n / 7d;
        row["c Numeric"] = (n - 77) / 100m;
        row["c Varchar"] = n % 9 == 0 ? null : $"varchar {n}";
        row["c Text"] = $"Øyer {n}";
        row["c Char"] = $"char {n}  ";
        row["c Bytea"] = new byte[] { (byte)n, 0, 255 };
        row["c Date"] = new DateOnly(2020, 1, 1).AddDays(n);
        row["c Time"] = new TimeOnly(n * 1_234_567_891L % TimeSpan.TicksPerDay);
        row["c Timestamp"] = new DateTime(2021, 3, 4, 5, 6, 7, DateTimeKind.Unspecified).AddTicks(n);
        row["c Timestamptz"] = new DateTimeOffset(2022, 3, 4, 5, 6, 7, TimeSpan.Zero).AddHours(n);
        row["c Interval"] = TimeSpan.FromMilliseconds(n - 50);
        row["c Uuid"] = new Guid(n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        row["c Json"] = System.Text.Json.JsonDocument.Parse($"{{\"b\": {n}, \"a\": [1, null]}}").RootElement;
        row["c Jsonb"] = System.Text.Json.JsonDocument.Parse($"{{\"b\": {n}, \"a\": [1, null]}}").RootElement;
        row["c Array"] = n % 10 == 0 ? null : new int?[] { n, null, -n };
        row["c Vector"] = new[] { n, n / 2f };
        return row;
    }

    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            // Locks are handles, not files; RocksDB's own log and options say where they were written, and it opens without them.
            var name = Path.GetFileName(file);
            if (name is "lock" or "LOCK" || name.StartsWith("LOG", StringComparison.Ordinal) || name.StartsWith("OPTIONS", StringComparison.Ordinal))
                continue;
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = File.Create(target);
            source.CopyTo(copy);
        }
    }

    private static string Text(object? value) => value switch
    {
        null => "NULL",
        System.Text.Json.JsonElement json => Sorted(json),
        string json when json.StartsWith('{') => Sorted(System.Text.Json.JsonDocument.Parse(json).RootElement),
        byte[] bytes => Convert.ToHexString(bytes),
        System.Collections.IEnumerable items and not string => string.Join(",", items.Cast<object?>().Select(Text)),
        string text => text.TrimEnd(),
        _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value}"),
    };

    private static string Sorted(System.Text.Json.JsonElement json) => json.ValueKind == System.Text.Json.JsonValueKind.Object
        ? "{" + string.Join(",", json.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}:{Sorted(p.Value)}")) + "}"
        : json.GetRawText().Replace(" ", "", StringComparison.Ordinal);
}
