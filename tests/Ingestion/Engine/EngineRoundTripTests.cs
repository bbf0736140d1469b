using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

public class EngineRoundTripTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("helios-test-").FullName;

    protected virtual HeliosOptions Options => new();

    public void Dispose()
    {
        Directory.Delete(_path, recursive: true);
        GC.SuppressFinalize(this);
    }

    private static readonly TableSchema s_schema = new(
        [new Column("id", ColumnType.Int8), new Column("name", ColumnType.Text), new Column("value", ColumnType.Float8)],
        primaryKey: ["id"]);

    [Fact]
    public async Task Rows_are_found_after_the_answer_and_after_reopening()
    {
        await using (var helios = await HeliosEngine.OpenAsync(_path, Options))
        {
            var table = await helios.TableAsync("things", s_schema);
            var receipt = await table.InsertAsync(Rows(table, 1, 100));
            Assert.Equal(100, receipt.Rows);
            Assert.Equal("name 7", (await table.FindAsync(7L))!["name"]);
            Assert.Equal(100, await table.CountAsync());
        }

        await using var again = await HeliosEngine.OpenAsync(_path, Options);
        var reopened = again.FindTable("things")!;
        Assert.Equal(100, await reopened.CountAsync());
        Assert.Equal("name 100", (await reopened.FindAsync(100L))!["name"]);
        Assert.Null(await reopened.FindAsync(101L));
        var scanned = new List<long>();
        await foreach (var row in reopened.ScanAsync())
            scanned.Add((long)row["id"]!);
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), scanned);
    }

    [Fact]
    public async Task A_duplicate_key_refuses_the_whole_commit_and_names_the_row()
    {
        await using var helios = await HeliosEngine.OpenAsync(_path, Options);
        var table = await helios.TableAsync("things", s_schema);
        await table.InsertAsync(Rows(table, 1, 10));
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync(Rows(table, 8, 5)));
        Assert.Equal("duplicate_key", error.Code);
        Assert.Equal(0, error.Row);
        Assert.Equal(10, await table.CountAsync());
        Assert.Null(await table.FindAsync(12L));
    }

    [Fact]
    public async Task With_RejectRow_the_other_rows_are_written_and_the_receipt_lists_the_refused_ones()
    {
        await using var helios = await HeliosEngine.OpenAsync(_path, Options);
        var table = await helios.TableAsync("things", s_schema);
        await table.InsertAsync(Rows(table, 1, 10));
        var receipt = await table.InsertAsync(Rows(table, 8, 5), OnReject.RejectRow);
        Assert.Equal(2, receipt.Rows);
        Assert.Equal([0, 1, 2], receipt.Rejected.Select(r => r.Row));
        Assert.Equal(12, await table.CountAsync());
    }

    [Fact]
    public async Task Duplicates_inside_one_commit_are_caught()
    {
        await using var helios = await HeliosEngine.OpenAsync(_path, Options);
        var table = await helios.TableAsync("things", s_schema);
        var rows = Rows(table, 1, 3).Concat(Rows(table, 2, 1));
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync(rows));
        Assert.Equal("duplicate_key", error.Code);
        Assert.Equal(0, await table.CountAsync());
    }

    [Fact]
    public async Task A_file_is_taken_once_however_often_the_run_is_repeated()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "trips.csv");
        await using var helios = await HeliosEngine.OpenAsync(_path, Options);
        var first = await helios.IngestAsync(file, "trips", new IngestOptions { Key = ["id"] });
        Assert.Equal(10_000, first.Rows);
        Assert.True(first.IsComplete);
        var second = await helios.IngestAsync(file, "trips", new IngestOptions { Key = ["id"] });
        Assert.Equal(0, second.Rows);
        Assert.Equal(10_000, second.ResumedAt);
        Assert.Equal(10_000, await helios.FindTable("trips")!.CountAsync());
    }

    private static IEnumerable<Row> Rows(Table table, long first, int count)
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
}

/// <summary>All of it in an encrypted database.</summary>
public sealed class EncryptedRoundTripTests : EngineRoundTripTests
{
    protected override HeliosOptions Options => new() { Encryption = DatabaseFiles.Key(1) };
}
