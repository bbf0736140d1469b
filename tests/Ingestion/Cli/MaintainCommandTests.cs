using System.Text.Json;

namespace Helios.Pipeline.Ingestion.Tests.Cli;

public sealed class MaintainCommandTests : CliTool
{
    private async Task IngestAsync()
    {
        await SucceedAsync("ingest", Write("c.csv", "id,city\n1,Oslo\n2,Bergen\n3,Oslo\n"), "--db", Db, "--table", "c", "--key", "id", "--quiet");
        await SucceedAsync("ingest", Write("d.csv", "id\n1\n"), "--db", Db, "--table", "d", "--quiet");
        await using var engine = await HeliosEngine.OpenAsync(Db, new HeliosOptions { Versions = new VersionOptions { IsEnabled = false } });
        await engine.FindTable("c")!.DeleteAsync(2L);
    }

    [Fact]
    public async Task Without_a_task_all_four_are_done_in_their_order_and_told_in_a_line_each()
    {
        await IngestAsync();

        var lines = (await SucceedAsync("maintain", "--db", Db)).Lines;

        Assert.Equal(["checkpoint", "vacuum", "analyze", "scrub", "total"], lines.Select(static l => l.Split(' ')[0]).Distinct());
        Assert.Matches(@"^checkpoint  everything up to LSN \d+ is in the store's files$", lines[0]);
        Assert.Single(lines, static l => l.StartsWith("vacuum      c: 2 versions removed, ", StringComparison.Ordinal)); // the row and its deletion
        Assert.Contains("analyze     c: 2 rows", lines);
        Assert.Contains("analyze     d: 1 rows", lines);
        Assert.Matches(@"^scrub       3 versions of rows and \d+ other keys, .+B: sound$", lines[^2]);
        Assert.Matches(@"^total       log .+B before, .+B after; store .+B before, .+B after; .+ s$", lines[^1]);
    }

    [Fact]
    public async Task One_task_of_one_table_is_told_as_one_JSON_object()
    {
        await IngestAsync();
        using var json = JsonDocument.Parse((await SucceedAsync("maintain", "vacuum", "--db", Db, "--table", "c", "--json")).Output);
        var done = Assert.Single(json.RootElement.GetProperty("vacuumed").EnumerateArray());
        Assert.Equal(("c", 2L), (done.GetProperty("table").GetString(), done.GetProperty("versionsRemoved").GetInt64()));
        Assert.True(json.RootElement.GetProperty("storeBytesAfter").GetInt64() > 0);
        Assert.False(json.RootElement.TryGetProperty("scrub", out _));
        Assert.False(json.RootElement.TryGetProperty("analyzed", out _));

        using var analyzed = JsonDocument.Parse((await SucceedAsync("maintain", "analyze", "--db", Db, "--json")).Output);
        Assert.Equal(["c", "d"], analyzed.RootElement.GetProperty("analyzed").EnumerateArray().Select(static t => t.GetProperty("table").GetString()));
        using var flushed = JsonDocument.Parse((await SucceedAsync("maintain", "checkpoint", "--db", Db, "--json")).Output);
        Assert.True(flushed.RootElement.GetProperty("flushed").GetInt64() > 0);
    }

    [Fact]
    public async Task Damage_that_the_scrub_finds_is_named_and_answered_with_2()
    {
        using var database = await ClosedDatabase.CreateAsync();
        database.EditStore(static (_, batch) => batch.PutMeta([0xFE, 1], [2]));

        var result = await RunAsync("maintain", "scrub", "--db", database.Path);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("1 problems", result.Lines[0], StringComparison.Ordinal);
        Assert.StartsWith("  damaged   the store has a key of no known kind", result.Lines[1], StringComparison.Ordinal);
        Assert.StartsWith($"helios: {database.Path} is damaged: the scrub has found 1 problems; helios verify names all that is damaged; restore a backup", result.Error, StringComparison.Ordinal);

        result = await RunAsync("maintain", "scrub", "--db", database.Path, "--json");
        Assert.Equal(2, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        var scrub = json.RootElement.GetProperty("scrub");
        Assert.Equal((false, 1), (scrub.GetProperty("sound").GetBoolean(), scrub.GetProperty("named").GetArrayLength()));
    }

    [Fact]
    public async Task Progress_goes_to_a_terminal_and_is_taken_away()
    {
        await IngestAsync();
        using var error = new StringWriter { NewLine = "\n" };
        using var output = new MemoryStream();
        using var io = new Helios.Pipeline.Cli.CommandIo(output, error, new MemoryStream()) { ErrorIsTerminal = true };
        Assert.Equal(0, await Helios.Pipeline.Cli.HeliosCommand.RunAsync(["maintain", "--db", Db], io));
        Assert.Contains("\r\u001b[Kcheckpoint", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("\r\u001b[Kscrub: ", error.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("\r\u001b[K", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_use_changes_nothing_and_says_what_is_possible()
    {
        var result = await RunAsync("maintain", "polish", "--db", Db);
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("checkpoint, vacuum, analyze, scrub", result.Error, StringComparison.Ordinal);
        result = await RunAsync("maintain", "scrub", "--db", Db, "--table", "c");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("--table: a scrub is always of the whole database", result.Error, StringComparison.Ordinal);
        Assert.Contains("no database at", (await RunAsync("maintain", "--db", Db)).Error, StringComparison.Ordinal);
        await IngestAsync();
        Assert.Contains("no table x", (await RunAsync("maintain", "--db", Db, "--table", "x")).Error, StringComparison.Ordinal);
    }
}
