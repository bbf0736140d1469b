using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Compatibility.Tests;

/// <summary>A table with a column of each type, a primary key and a unique constraint, and its row number n.</summary>
internal static class GoldenRows
{
    public const string TableName = "every type";

    public static readonly TableSchema Schema = new(
        Enum.GetValues<ColumnType>().Select(t => new Column($"c {t}", t) { ElementType = t == ColumnType.Array ? ColumnType.Int4 : null, Length = t is ColumnType.Varchar or ColumnType.Char ? 40 : 0 }),
        primaryKey: ["c Int8"],
        unique: [new UniqueConstraint("by text", "c Text", "c Boolean")]);

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

    /// <summary>Are these all the table's rows, in this order, with every value as it was written?</summary>
    public static async Task CheckAsync(HeliosEngine helios, IReadOnlyList<int> numbers)
    {
        var table = helios.FindTable(TableName)!;
        Assert.Equal(numbers.Count, await table.CountAsync());
        var read = new List<Row>();
        await foreach (var row in table.ScanAsync())
            read.Add(row);
        Assert.Equal(numbers.Select(n => (long)n), read.Select(row => (long)row["c Int8"]!));
        foreach (var (n, row) in numbers.Zip(read))
            AssertRow(MakeRow(table, n), row);

        foreach (var n in Enumerable.Range(0, numbers.Max() + 2))
        {
            var (byKey, byText) = (await table.FindAsync((long)n), await table.FindByAsync("by text", $"Øyer {n}", n % 2 == 0));
            Assert.Equal((numbers.Contains(n), numbers.Contains(n)), (byKey is not null, byText is not null));
            if (byKey is null)
                continue;
            AssertRow(MakeRow(table, n), byKey);
            AssertRow(MakeRow(table, n), byText!);
        }
    }

    private static void AssertRow(Row expected, Row row)
    {
        for (var i = 0; i < Schema.Columns.Length; i++)
            Assert.Equal(Text(expected[i]), Text(row[i]));
    }

    public static string Text(object? value) => value switch
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
