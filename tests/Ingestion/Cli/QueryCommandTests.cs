using System.Text.Json;

namespace Helios.Pipeline.Ingestion.Tests.Cli;

public sealed class QueryCommandTests : CliTool
{
    private async Task IngestAsync() =>
        await SucceedAsync("ingest", Write("c.csv", "id,city,price\n1,Oslo,5\n2,Bergen,20\n3,Oslo,30\n4,Moss,40\n5,,50\n6,Ås,60\n"), "--db", Db, "--table", "c", "--key", "id", "--quiet");

    [Fact]
    public async Task A_scan_prints_the_rows_for_which_a_condition_of_SQL_is_true()
    {
        await IngestAsync();

        var found = await SucceedAsync("scan", "--db", Db, "--table", "c", "--where", "price > 10 and city in ('Oslo','Bergen') or city like 'Å%'", "--format", "csv");
        Assert.Equal("id,city,price\n2,Bergen,20\n3,Oslo,30\n6,Ås,60\n", found.Output);
        Assert.Empty((await SucceedAsync("scan", "--db", Db, "--table", "c", "--where", "city <> 'Oslo' AND id = 5")).Lines); // NULL is not enough
        Assert.Equal("4\n", (await SucceedAsync("count", "--db", Db, "--table", "c", "--where", "price BETWEEN 20 AND 50")).Output);
    }

    [Fact]
    public async Task A_scan_is_ordered_cut_and_narrowed_to_columns()
    {
        await IngestAsync();

        var top = await SucceedAsync("scan", "--db", Db, "--table", "c", "--order-by", "price desc", "--limit", "2", "--offset", "1", "--column", "price", "--column", "id");
        Assert.Equal("{\"price\":50,\"id\":5}\n{\"price\":40,\"id\":4}\n", top.Output);
        var order = await SucceedAsync("scan", "--db", Db, "--table", "c", "--order-by", "city", "--order-by", "id desc", "--limit", "3", "--column", "id", "--format", "csv");
        Assert.Equal("id\n5\n2\n4\n", order.Output);
    }

    [Theory]
    [InlineData("--where", "prize > 10", "there is no column prize")]
    [InlineData("--where", "price >", "The expression is wrong at position")]
    [InlineData("--where", "price", "a condition is needed")]
    [InlineData("--order-by", "prize", "has no column prize; it has: id, city, price")]
    [InlineData("--column", "prize", "has no column prize")]
    [InlineData("--offset", "-1", "--offset")]
    public async Task What_is_wrong_is_said_in_one_line_and_nothing_is_printed(string option, string value, string message)
    {
        await IngestAsync();

        var refused = await RunAsync("scan", "--db", Db, "--table", "c", option, value);

        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blanks_around_an_order_do_not_matter_and_a_column_is_printed_once()
    {
        await IngestAsync();

        var order = await SucceedAsync("scan", "--db", Db, "--table", "c", "--order-by", " id  desc ", "--limit", "2", "--column", "id", "--format", "csv");
        Assert.Equal("id\n6\n5\n", order.Output);
        var twice = await RunAsync("scan", "--db", Db, "--table", "c", "--column", "id", "--column", "city", "--column", "id"); // no reader of JSON would take that
        Assert.Equal((1, "", "helios: --column: column id is named twice\n"), (twice.ExitCode, twice.Output, twice.Error));
    }

    [Fact]
    public async Task An_order_that_cannot_be_had_is_refused()
    {
        await IngestAsync();

        var refused = await RunAsync("scan", "--db", Db, "--table", "c", "--order-by", "price");

        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("no index has the rows in the order of price", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_says_how_rows_are_found_and_what_that_took()
    {
        await IngestAsync();

        var text = (await SucceedAsync("explain", "--db", Db, "--table", "c", "--where", "id > 1 + 1 and city = 'Oslo'", "--order-by", "id")).Output;
        Assert.StartsWith("c: walks 1 range of primary key, and reads the rows that it names\n  condition  id > 2 AND city = 'Oslo'\n  order      id\n", text, StringComparison.Ordinal);
        Assert.Contains("1 returned, 1 matched, 4 read", text, StringComparison.Ordinal);

        using var json = JsonDocument.Parse((await SucceedAsync("explain", "--db", Db, "--table", "c", "--where", "price > 100", "--json")).Output);
        Assert.Equal("tableScan", json.RootElement.GetProperty("access").GetString());
        Assert.Equal(0, json.RootElement.GetProperty("run").GetProperty("rowsReturned").GetInt64());
        Assert.Equal(6, json.RootElement.GetProperty("run").GetProperty("rowsRead").GetInt64());
        using var plan = JsonDocument.Parse((await SucceedAsync("explain", "--db", Db, "--table", "c", "--plan", "--json")).Output);
        Assert.False(plan.RootElement.TryGetProperty("run", out _));
    }
}
