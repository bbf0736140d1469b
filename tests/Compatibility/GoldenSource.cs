using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Compatibility.Tests;

/// <summary>A CSV file that is taken into a table of its own, first half of it and then more; some records are refused.</summary>
internal static class GoldenSource
{
    public const string TableName = "source";

    private static readonly byte[] s_header = "id,amount,word\n"u8.ToArray();

    private static readonly byte[][] s_records =
    [
        "1,10,one\n"u8.ToArray(), "2,20,two\n"u8.ToArray(), "3,none,three\n"u8.ToArray(), "4,40,four\n"u8.ToArray(),
        "2,50,five\n"u8.ToArray(), [.. "6,60,"u8, 0xFF, (byte)'\n'], "7,70,seven\n"u8.ToArray(),
        "8,80,eight\n"u8.ToArray(),
    ];

    private static readonly int[] s_rejected = [3, 5, 6];

    /// <summary>Takes the file as it is while it has so many records.</summary>
    public static async Task<IngestReport> IngestAsync(HeliosEngine helios, int records)
    {
        using var file = new MemoryStream([.. s_header, .. s_records.Take(records).SelectMany(r => r)]);
        return await helios.IngestAsync(file, "source.csv", TableName, new IngestOptions
        {
            Key = ["id"],
            Types = new Dictionary<string, Column> { ["amount"] = new("amount", ColumnType.Int4) },
            CommitRows = 3,
        });
    }

    /// <summary>Are its rows stored, and is its position where it was left, with the right totals?</summary>
    /// <param name="helios">The database.</param>
    /// <param name="records">How many were taken.</param>
    /// <param name="lsn">The commit that moved it there.</param>
    public static async Task CheckAsync(HeliosEngine helios, int records, ulong lsn)
    {
        var stored = Enumerable.Range(1, records).Except(s_rejected).ToList();
        var table = helios.FindTable(TableName)!;
        Assert.Equal(stored.Count, await table.CountAsync());
        var read = new List<string>();
        await foreach (var row in table.ScanAsync())
            read.Add($"{row["id"]},{row["amount"]},{row["word"]}\n");
        Assert.Equal(stored.Select(r => System.Text.Encoding.UTF8.GetString(s_records[r - 1])), read);

        var source = Assert.Single(helios.Inspect().Sources);
        Assert.Equal(new SourceInspection(TableName, source.Fingerprint, s_header.Length + s_records.Take(records).Sum(r => r.Length), records, IsComplete: true, stored.Count, records - stored.Count, lsn), source);
    }

    /// <summary>The same bytes again store nothing, refuse nothing and write nothing.</summary>
    public static async Task CheckKnownAsync(HeliosEngine helios, int records)
    {
        var before = helios.Visible;
        var report = await IngestAsync(helios, records);
        Assert.Equal((0L, 0L, (long)records, true), (report.Rows, report.Rejected, report.ResumedAt, report.IsComplete));
        Assert.Equal(before, helios.Visible);
    }
}
