using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Tables;

/// <summary>Numbers that a table gives its rows.</summary>
public sealed class AutoIncrementTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("helios-numbers-").FullName;

    private string Database => Path.Combine(_path, "db");

    public void Dispose() => Directory.Delete(_path, recursive: true);

    public sealed record Note([property: Key, AutoIncrement] long Id, string Text);

    public sealed record Memo([property: AutoIncrement] int? Number, string Text);

    [Fact]
    public async Task Rows_without_a_number_get_the_next_ones_and_those_with_one_keep_it()
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("t", Schema(ColumnType.Int8));
        await table.InsertAsync([New(table), New(table, null), New(table, 10), New(table), New(table, 4), New(table)]);
        Assert.Equal([1L, 2, 10, 11, 4, 12], await NumbersAsync(table));
    }

    [Fact]
    public async Task An_object_leaves_its_number_to_the_table_with_0_or_where_it_may_be_null_with_null()
    {
        await using var engine = await OpenAsync();
        var notes = await engine.TableAsync<Note>();
        await notes.InsertAsync([new Note(0, "a"), new Note(7, "b"), new Note(0, "c")]);
        Assert.Equal([new Note(1, "a"), new Note(7, "b"), new Note(8, "c")], await Collect(notes.ScanAsync()));
        var memos = await engine.TableAsync<Memo>();
        await memos.InsertAsync([new Memo(null, "a"), new Memo(0, "b"), new Memo(null, "c")]);
        Assert.Equal([new Memo(1, "a"), new Memo(0, "b"), new Memo(2, "c")], await Collect(memos.ScanAsync()));
    }

    [Theory]
    [InlineData(ColumnType.Int2, short.MaxValue)]
    [InlineData(ColumnType.Int4, int.MaxValue)]
    [InlineData(ColumnType.Int8, long.MaxValue)]
    public async Task Behind_the_last_number_of_its_type_a_row_is_refused_and_nothing_wraps(ColumnType type, long last)
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("t", Schema(type));
        await table.InsertAsync(New(table, last - 1));
        await table.InsertAsync(New(table)); // the last one
        for (var i = 0; i < 2; i++)
        {
            var refusal = await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync(New(table)));
            Assert.Equal((RowFault.AutoIncrementExhausted, "id"), (refusal.Code, refusal.Column));
        }

        Assert.Equal(RowFault.AutoIncrementExhausted, Assert.Throws<HeliosException>(() => table.ReserveAutoIncrement()).Code);
        Assert.Equal([last - 1, last], await NumbersAsync(table));
    }

    [Fact]
    public async Task A_number_that_the_column_cannot_hold_uses_up_none()
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("t", Schema(ColumnType.Int2));
        Assert.Equal("out_of_range", (await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync(New(table, 40_000L)))).Code);
        await table.InsertAsync(New(table));
        Assert.Equal([1L], await NumbersAsync(table));
    }

    [Fact]
    public async Task Numbers_never_come_back_though_their_rows_are_deleted_and_the_database_is_opened_again()
    {
        await using (var engine = await OpenAsync())
        {
            var table = await engine.TableAsync("t", Schema(ColumnType.Int4));
            await table.InsertAsync([New(table), New(table), New(table)]);
            await table.DeleteAsync(3);
        }

        await using var reopened = await OpenAsync();
        var same = reopened.FindTable("t")!;
        await same.InsertAsync(New(same));
        Assert.Equal([1L, 2, 4], await NumbersAsync(same));
        await reopened.DisposeAsync();
        Assert.True((await DatabaseVerifier.VerifyAsync(Database)).IsSound);
    }

    [Fact]
    public async Task After_a_kill_the_numbers_go_on_behind_those_that_only_the_log_has()
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("t", Schema(ColumnType.Int4));
        await table.InsertAsync(New(table, 100));
        await engine.CheckpointAsync();
        await table.InsertAsync([New(table), New(table)]);
        await table.InsertAsync(New(table, 500));
        await table.DeleteAsync(500);
        var killed = DatabaseFiles.Copy(Database, Path.Combine(_path, "killed"));

        await using var reopened = await HeliosEngine.OpenAsync(killed);
        var same = reopened.FindTable("t")!;
        Assert.Equal([100L, 101, 102], await NumbersAsync(same));
        Assert.Equal(501, same.ReserveAutoIncrement());
    }

    [Fact]
    public async Task Reserved_numbers_follow_one_another_and_no_row_gets_them()
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("t", Schema(ColumnType.Int4));
        await table.InsertAsync(New(table));
        Assert.Equal(2, table.ReserveAutoIncrement(10));
        await table.InsertAsync(New(table));
        await table.InsertAsync(New(table, 5));
        Assert.Equal([1L, 12, 5], await NumbersAsync(table));
        Assert.Throws<ArgumentOutOfRangeException>(() => table.ReserveAutoIncrement(0));
        var plain = await engine.TableAsync("plain", new TableSchema([new Column("id", ColumnType.Int4)]));
        Assert.Throws<InvalidOperationException>(() => plain.ReserveAutoIncrement());
    }

    [Fact]
    public async Task Writers_at_once_never_get_the_same_number()
    {
        const int writers = 8, rows = 100;
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("t", Schema(ColumnType.Int8));
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < rows; i++)
            {
                if (i % 10 == 5)
                    await table.InsertAsync(New(table, table.ReserveAutoIncrement()));
                else
                    await table.InsertAsync(New(table)); // a number twice would be a duplicate key
            }
        })));
        Assert.Equal(Enumerable.Range(1, writers * rows).Select(i => (long)i), (await NumbersAsync(table)).Order());
    }

    [Fact]
    public async Task Only_a_declared_column_is_numbered()
    {
        await using var engine = await OpenAsync();
        var pairs = await engine.TableAsync("pairs", new TableSchema([new Column("a", ColumnType.Int8), new Column("b", ColumnType.Int8) { IsAutoIncrement = true }], ["a", "b"]));
        var refusal = await Assert.ThrowsAsync<HeliosException>(async () => await pairs.InsertAsync(pairs.NewRow()));
        Assert.Equal(("not_null", "a"), (refusal.Code, refusal.Column));
        var texts = await engine.TableAsync("texts", new TableSchema([new Column("key", ColumnType.Text)], ["key"]));
        Assert.Equal("not_null", (await Assert.ThrowsAsync<HeliosException>(async () => await texts.InsertAsync(texts.NewRow()))).Code);
    }

    [Theory]
    [InlineData("a.csv", "name\na\nb\n", "1 a,2 b")]
    [InlineData("a.csv", "id,name\n,a\n9,b\n,c\n", "1 a,9 b,10 c")]
    [InlineData("a.csv", "name,id\na,\nb,9\nc,\n", "1 a,9 b,10 c")]
    [InlineData("a.ndjson", """
        {"name":"a"}
        {"name":"b","id":9}
        {"id":null,"name":"c"}
        """, "1 a,9 b,10 c")]
    public async Task Records_of_a_file_without_a_number_get_one(string file, string text, string expected)
    {
        await using var engine = await OpenAsync();
        var table = await engine.TableAsync("t", Schema(ColumnType.Int4));
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var report = await engine.IngestAsync(input, file, "t");
        Assert.Equal(0, report.Rejected);
        Assert.Equal(expected, string.Join(",", (await Collect(table.ScanAsync())).Select(r => $"{r["id"]} {r["name"]}")));
    }

    [Fact]
    public async Task A_counter_behind_the_numbers_of_the_rows_is_found_by_verify()
    {
        await using (var engine = await OpenAsync())
        {
            var table = await engine.TableAsync("t", Schema(ColumnType.Int4));
            await table.InsertAsync([New(table), New(table)]);
        }

        using (var store = RocksStore.Open(Path.Combine(Database, "store"), new StoreOptions(), create: false))
        {
            using var batch = store.NewBatch();
            batch.PutCounters(new TableId(TableDefinition.FirstUserTable), new TableCounters(2, new RowId(2), 1));
            store.Write(batch);
            store.Flush();
        }

        var report = await DatabaseVerifier.VerifyAsync(Database);
        Assert.Contains(report.Checks, r => !r.Passed && r.Message.Contains("numbers are said to end at 1, 2 is there", StringComparison.Ordinal));
    }

    private static TableSchema Schema(ColumnType type) => new([new Column("id", type) { IsAutoIncrement = true }, new Column("name", ColumnType.Text)], ["id"]);

    private static Row New(Table table) => table.NewRow();

    private static Row New(Table table, long? id)
    {
        var row = table.NewRow();
        row["id"] = id;
        return row;
    }

    private static async Task<List<long>> NumbersAsync(Table table) => [.. (await Collect(table.ScanAsync())).Select(r => Convert.ToInt64(r["id"], null))];

    private static async Task<List<T>> Collect<T>(IAsyncEnumerable<T> rows)
    {
        var list = new List<T>();
        await foreach (var row in rows)
            list.Add(row);
        return list;
    }

    private Task<HeliosEngine> OpenAsync() => HeliosEngine.OpenAsync(Database, new HeliosOptions { SafetyLevel = SafetyLevel.Async });
}
