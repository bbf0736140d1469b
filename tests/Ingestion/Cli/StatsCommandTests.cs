using System.Text.Json;

namespace Helios.Pipeline.Ingestion.Tests.Cli;

public sealed class StatsCommandTests : CliTool
{
    private async Task IngestAsync()
    {
        await SucceedAsync("ingest", Write("c.csv", "id,city,price\n1,Oslo,5.5\n2,Bergen,20\n3,Oslo,30\n4,Moss,40\n5,,50\n6,Oslo,60\n"), "--db", Db, "--table", "c", "--key", "id", "--type", "price=numeric", "--quiet");
        await SucceedAsync("ingest", Write("d.csv", "id\n1\n"), "--db", Db, "--table", "d", "--quiet");
    }

    private async Task AnalyzeAsync(string table)
    {
        await using var engine = await HeliosEngine.OpenAsync(Db);
        await engine.AnalyzeAsync(table);
    }

    [Fact]
    public async Task It_tells_rows_bytes_and_indexes_of_each_table_and_what_is_known_of_its_columns()
    {
        await IngestAsync();
        await AnalyzeAsync("c");

        var lines = (await SucceedAsync("stats", "--db", Db)).Lines;

        Assert.StartsWith("database  ", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^lsn       visible \d+, flushed \d+$", lines[1]);
        Assert.Matches(@"^sizes     log .+B, store .+B, .+B of it live$", lines[2]);
        Assert.Matches(@"^table     c: 6 rows, \d.*B$", lines[3]);
        Assert.Matches(@"^  index     primary key: 6 keys, .+B$", lines[4]);
        Assert.Matches(@"^  analyzed  \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ as of commit \d+: 6 rows of [0-9.]+ bytes; no change since$", lines[5]);
        Assert.StartsWith("  column    id int8: 6 distinct, 0 % NULL, 1 bytes, 1 to 6", lines[6], StringComparison.Ordinal);
        Assert.StartsWith("    common  ", lines[7], StringComparison.Ordinal);
        Assert.Equal("  column    city text: 3 distinct, 16.67 % NULL, 5.4 bytes, 'Bergen' to 'Oslo'", lines[8]);
        Assert.StartsWith("    common  'Oslo' 50 %, ", lines[9], StringComparison.Ordinal);
        Assert.Matches(@"^  column    price numeric.*: 6 distinct, 0 % NULL, .* bytes, 5\.5 to 60$", lines[10]);
        Assert.Matches(@"^table     d: 1 rows", lines[12]);
        Assert.Equal("  analyzed  never", lines[^1]);
    }

    [Fact]
    public async Task One_table_is_told_alone_as_one_JSON_object()
    {
        await IngestAsync();
        await AnalyzeAsync("c");
        await SucceedAsync("ingest", Write("e.csv", "id,city,price\n7,Oslo,1\n8,Oslo,2\n"), "--db", Db, "--table", "c", "--quiet");

        using var json = JsonDocument.Parse((await SucceedAsync("stats", "--db", Db, "--table", "c", "--json")).Output);

        var root = json.RootElement;
        foreach (var name in new[] { "lsn", "flushed", "logBytes", "storeBytes", "liveBytes" })
            Assert.Equal(JsonValueKind.Number, root.GetProperty(name).ValueKind);
        var table = root.GetProperty("tables").EnumerateArray().Single();
        Assert.Equal(("c", 8L), (table.GetProperty("name").GetString(), table.GetProperty("rows").GetInt64()));
        Assert.Equal(8, table.GetProperty("indexes")[0].GetProperty("keys").GetInt64());
        var statistics = table.GetProperty("statistics");
        Assert.Equal((6L, 2L), (statistics.GetProperty("rows").GetInt64(), statistics.GetProperty("changesSince").GetInt64()));
        var columns = statistics.GetProperty("columns");
        Assert.Equal((1L, 6L), (columns[0].GetProperty("min").GetInt64(), columns[0].GetProperty("max").GetInt64()));
        Assert.Equal("Oslo", columns[1].GetProperty("mostCommon")[0].GetProperty("value").GetString());
        Assert.Equal(0.5, columns[1].GetProperty("mostCommon")[0].GetProperty("frequency").GetDouble());
        Assert.Equal("5.5", columns[2].GetProperty("min").GetString()); // as a scan writes it

        using var plain = JsonDocument.Parse((await SucceedAsync("stats", "--db", Db, "--table", "d", "--json")).Output);
        Assert.Equal(JsonValueKind.Null, plain.RootElement.GetProperty("tables")[0].GetProperty("statistics").ValueKind);
    }

    /// <summary>One type has one text (docs/types.md), wherever it is printed.</summary>
    [Fact]
    public async Task Values_are_written_as_a_scan_writes_them_and_for_people_as_conditions_have_them()
    {
        string[] types = ["i=int8", "f=float8", "n=numeric", "t=text", "y=bytea", "d=date", "s=timestamp", "z=timestamptz", "v=interval", "u=uuid", "b=boolean"];
        var row = "-5,NaN,-12345678901234567890123456789012.5,O'Hara,/+8=,2026-02-03,2026-02-03T04:05:06.5,2026-02-03T04:05:06.5+01:00,1.02:03:04,00112233-4455-6677-8899-aabbccddeeff,true";
        await SucceedAsync(["ingest", Write("e.csv", $"i,f,n,t,y,d,s,z,v,u,b\n{row}\n"), "--db", Db, "--table", "e", "--quiet", .. types.SelectMany(static t => new[] { "--type", t })]);
        await AnalyzeAsync("e");

        using var scanned = JsonDocument.Parse((await SucceedAsync("scan", "--db", Db, "--table", "e")).Output);
        using var json = JsonDocument.Parse((await SucceedAsync("stats", "--db", Db, "--json")).Output);
        var columns = json.RootElement.GetProperty("tables")[0].GetProperty("statistics").GetProperty("columns").EnumerateArray().ToArray();
        Assert.Equal(types.Length, columns.Length);
        foreach (var column in columns)
        {
            var expected = scanned.RootElement.GetProperty(column.GetProperty("name").GetString()!).GetRawText();
            Assert.Equal((expected, expected), (column.GetProperty("min").GetRawText(), column.GetProperty("mostCommon")[0].GetProperty("value").GetRawText()));
        }

        var lines = (await SucceedAsync("stats", "--db", Db)).Lines;
        foreach (var text in new[] { "-12345678901234567890123456789012.5", "'O''Hara'", "X'ffef'", "2026-02-03T03:05:06.5Z", "NaN" })
            Assert.Single(lines, l => l.EndsWith($", {text} to {text}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_a_table_of_the_engine_there_are_no_statistics()
    {
        await IngestAsync();
        var expected = (1, "", "helios: helios.rejects is a table of the engine, of which there are no statistics; count, scan and explain read it\n");
        foreach (var command in new string[][] { ["stats"], ["maintain", "analyze"], ["maintain"] })
        {
            var refused = await RunAsync([.. command, "--db", Db, "--table", "helios.rejects"]);
            Assert.Equal(expected, (refused.ExitCode, refused.Output, refused.Error));
        }

        Assert.StartsWith("vacuum      helios.rejects: ", (await SucceedAsync("maintain", "vacuum", "--db", Db, "--table", "helios.rejects")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_shows_the_estimate_of_a_table_that_was_analysed()
    {
        await IngestAsync();
        Assert.DoesNotContain("estimate", (await SucceedAsync("explain", "--db", Db, "--table", "c", "--where", "city = 'Oslo'")).Output, StringComparison.Ordinal);
        await AnalyzeAsync("c");

        var text = (await SucceedAsync("explain", "--db", Db, "--table", "c", "--where", "city = 'Oslo'")).Output;
        Assert.Contains("  estimate   3 of 6 rows, by statistics as of commit ", text, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await SucceedAsync("explain", "--db", Db, "--table", "c", "--where", "city = 'Oslo'", "--plan", "--json")).Output);
        Assert.Equal(3, json.RootElement.GetProperty("estimate").GetProperty("rows").GetInt64());
    }

    [Fact]
    public async Task A_table_or_a_database_that_is_not_there_is_said_in_one_line()
    {
        var none = await RunAsync("stats", "--db", In("nothing"));
        Assert.Equal((1, ""), (none.ExitCode, none.Output));
        await IngestAsync();
        var refused = await RunAsync("stats", "--db", Db, "--table", "x");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("no table x in", refused.Error, StringComparison.Ordinal);
    }
}
