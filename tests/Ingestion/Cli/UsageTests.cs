namespace Helios.Pipeline.Ingestion.Tests.Cli;

public sealed class UsageTests : CliTool
{
    [Theory]
    [InlineData("ingst", "'ingst' is no command, option or argument that fits here; nothing was changed; see helios --help")]
    [InlineData("ingest", "Option '--db' is required; nothing was changed; see helios ingest --help")]
    [InlineData("ingest --db d --table t", "Required argument 'FILE' missing for command: 'ingest'; nothing was changed; see helios ingest --help")]
    [InlineData("ingest f --table t", "Option '--db' is required; nothing was changed; see helios ingest --help")]
    [InlineData("ingest f --db d", "Option '--table' is required; nothing was changed; see helios ingest --help")]
    [InlineData("ingest f g --db d --table t", "'g' is no command, option or argument that fits here; nothing was changed; see helios ingest --help")]
    [InlineData("count --db d --table t --frobnicate", "'--frobnicate' is no command, option or argument that fits here; nothing was changed; see helios count --help")]
    [InlineData("ingest f --db d --table t --commit-rows 0", "--commit-rows: '0' is no number from 1 to 100,000")]
    [InlineData("ingest f --db d --table t --commit-rows 100001", "--commit-rows: '100001' is no number from 1 to 100,000")]
    [InlineData("ingest f --db d --table t --commit-rows many", "--commit-rows: 'many' is no number from 1 to 100,000")]
    [InlineData("ingest f --db d --table t --max-rejects -1", "--max-rejects: '-1' is no number from 0 up")]
    [InlineData("scan --db d --table t --limit x", "--limit: 'x' is no number from 0 up")]
    [InlineData("scan --db d --table t --limit 9223372036854775808", "--limit: '9223372036854775808' is no number from 0 to 9,223,372,036,854,775,807")]
    [InlineData("explain pipeline", "Option '--dir' is required; nothing was changed; see helios explain pipeline --help")]
    [InlineData("explain pipeline --dir d --db d", "'--db' is no command, option or argument that fits here; nothing was changed; see helios explain pipeline --help")]
    [InlineData("scan --db d --table t --format xml", "--format: there is no format 'xml'; there are ndjson and csv")]
    [InlineData("scan --db d --table t --format csv --json", "--json and --format csv contradict each other")]
    [InlineData("ingest f --db d --table t --format xml", "--format: there is no format 'xml'; there are csv, ndjson and auto")]
    [InlineData("ingest f --db d --table t --durability most", "--durability: there is no level 'most'; there are full, batched, async and unsafe")]
    [InlineData("ingest f --db d --table t --no-log", "--no-log needs --durability unsafe, and it is full: without a log nothing can be synced at that level")]
    [InlineData("ingest f --db d --table t --no-log --durability async", "--no-log needs --durability unsafe, and it is async: without a log nothing can be synced at that level")]
    [InlineData("ingest f --db d --table t --delimiter ab", "--delimiter: 'ab' is not one ASCII character, neither quote nor line ending; a tab is written \\t")]
    [InlineData("ingest f --db d --table t --key a,b,a", "--key: column a is named twice")]
    [InlineData("ingest f --db d --table t --key a,,b", "--key: a column name is empty")]
    [InlineData("ingest f --db d --table t --type fare", "--type: 'fare' is not COL=TYPE; for example --type fare=numeric")]
    [InlineData("ingest f --db d --table t --type a=int --type a=text", "--type: column a is named twice")]
    [InlineData("ingest f --db d --table helios.t", "--table helios.t: names that begin with 'helios.' belong to the engine; choose another")]
    [InlineData("ingest f --db d --table t --rejects /nowhere/r", "--rejects /nowhere/r: its directory is not there; make it first")]
    [InlineData("ingest f --db d --table t --acks f", "--acks f: this is the input, and would be overwritten; name another file")]
    [InlineData("ingest f --db d --table t --rejects r --acks r", "--rejects and --acks both name r; give each a file of its own")]
    [InlineData("ingest no-such-file --db d --table t", "no-such-file: there is no such file; nothing was changed; check the path")]
    public async Task Wrong_use_is_one_line_and_exit_1(string arguments, string expected)
    {
        var result = await RunAsync(arguments.Split(' '));
        Assert.Equal((1, "", $"helios: {expected}\n"), (result.ExitCode, result.Output, result.Error));
        Assert.False(Directory.Exists("d"));
    }

    [Fact]
    public async Task An_unknown_type_is_answered_with_the_valid_ones()
    {
        var result = await RunAsync("ingest", "f", "--db", Db, "--table", "t", "--type", "fare=money");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            "helios: --type fare: there is no type 'money'; there are boolean, int2, int4, int8, float4, float8, numeric, varchar(n), text, char(n), bytea, date, time, timestamp, timestamptz, interval, uuid, json, jsonb, vector(n), and arrays such as text[]\n",
            result.Error);
    }

    [Fact]
    public async Task Nothing_asked_shows_the_usage_on_standard_error_and_exits_with_1()
    {
        var result = await RunAsync();
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("helios [command] [options]", result.Error);
    }

    [Theory]
    [InlineData("count --db DB --table t")]
    [InlineData("get --db DB --table t --key 1")]
    [InlineData("scan --db DB --table t")]
    [InlineData("tables --db DB")]
    [InlineData("inspect --db DB")]
    [InlineData("verify --db DB")]
    public async Task Only_ingest_creates_a_database(string arguments)
    {
        var result = await RunAsync(arguments.Replace("DB", Db).Split(' '));
        Assert.Equal((1, "", $"helios: no database at {Db}\n"), (result.ExitCode, result.Output, result.Error));
        Assert.False(Path.Exists(Db));
    }

    [Fact]
    public async Task A_wrong_input_name_creates_no_database()
    {
        await RunAsync("ingest", In("no.csv"), "--db", Db, "--table", "t");
        Assert.False(Path.Exists(Db));
    }

    [Theory]
    [InlineData("id,name,id\n1,a,2\n", "header: columns 1 and 3 are both named id. Nothing was stored: correct the header, or say how it is to be read")]
    [InlineData("id,,x\n1,a,2\n", "header: column 2 has no name. Nothing was stored: correct the header, or say how it is to be read")]
    [InlineData("\n\n", "the input has no header and no records. Nothing was stored")]
    public async Task An_input_that_no_table_can_be_made_of_creates_no_database(string text, string message)
    {
        var result = await RunAsync("ingest", Write("t.csv", text), "--db", Db, "--table", "t");
        Assert.Equal((1, $"helios: {In("t.csv")}: {message}\n"), (result.ExitCode, result.Error));
        Assert.False(Path.Exists(Db));
    }

    [Fact]
    public async Task A_directory_that_holds_something_else_is_left_as_it_is()
    {
        Directory.CreateDirectory(Db);
        File.WriteAllText(Path.Combine(Db, "letter.txt"), "x");
        var result = await RunAsync("ingest", Trips, "--db", Db, "--table", "t");
        Assert.Equal((1, $"helios: {Db} is no database and not empty (letter.txt): it is left alone. Name another directory\n"), (result.ExitCode, result.Error));
        Assert.Equal([Path.Combine(Db, "letter.txt")], Directory.EnumerateFileSystemEntries(Db));
    }

    [Fact]
    public async Task A_directory_is_no_input()
    {
        var result = await RunAsync("ingest", In(""), "--db", Db, "--table", "t");
        Assert.Equal((1, $"helios: {In("")}: this is a directory; nothing was changed; name a file, or - for standard input\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task A_file_is_no_database()
    {
        var file = Write("file", "x");
        var result = await RunAsync("ingest", Trips, "--db", file, "--table", "t");
        Assert.Equal((1, $"helios: {file} is a file; a database is a directory. Nothing was changed: name a directory\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task A_database_below_a_file_cannot_be_written()
    {
        var file = Write("file", "x");
        var result = await RunAsync("ingest", Trips, "--db", Path.Combine(file, "db"), "--table", "t");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"helios: {Path.Combine(file, "db")}: no database can be written here: ", result.Error);
        Assert.EndsWith("; nothing was changed; name another directory\n", result.Error);
    }

    [Theory]
    [InlineData("[diagram]")]
    [InlineData("@file")]
    public async Task Names_with_special_first_characters_are_names(string name)
    {
        var result = await RunAsync("ingest", name, "--db", Db, "--table", "t");
        Assert.Equal($"helios: {name}: there is no such file; nothing was changed; check the path\n", result.Error);
    }
}
