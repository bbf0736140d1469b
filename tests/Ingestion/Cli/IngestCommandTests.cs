using System.Text.Json;
using System.Text.RegularExpressions;

namespace Helios.Pipeline.Ingestion.Tests.Cli;

public sealed class IngestCommandTests : CliTool
{
    [Fact]
    public async Task A_file_is_taken_counted_found_and_scanned()
    {
        var ingest = await SucceedAsync("ingest", Trips, "--db", Db, "--table", "trips", "--key", "id");
        Assert.Equal(
            """
            table     trips
            rows      10,000 stored by this run, 10,000 in the table
            rejected  none
            read      from the start, to the end: record 10,000
            lsn       L
            time      T
            id      plate    pickup_at             pickup_zone  dropoff_zone  distance_km  fare
            100001  KV96958  2024-05-01T04:01:10Z  Old Town     Airport T1    3.52         11.86
            100002  JU86915  2024-05-01T04:01:35Z  Gamle Oslo   Bjørvika      8.4          20.22
            100003  JT10867  2024-05-01T04:01:46Z  University   Bjørvika      13.54        28.5
            (columns not shown: payment, note)
            Running the same command again is safe: it goes on after record 10,000, and stores nothing twice.

            """, Regex.Replace(Regex.Replace(ingest.Output, @"time +[0-9.]+ s, [0-9,]+ rows/s", "time      T"), @"lsn +\d+", "lsn       L"));

        Assert.Equal("10000\n", (await SucceedAsync("count", "--db", Db, "--table", "trips")).Output);
        Assert.Equal(
            """{"id":100002,"plate":"JU86915","pickup_at":"2024-05-01T04:01:35Z","pickup_zone":"Gamle Oslo","dropoff_zone":"Bjørvika","distance_km":8.4,"fare":20.22,"payment":"cash","note":null}""" + "\n",
            (await SucceedAsync("get", "--db", Db, "--table", "trips", "--key", "100002")).Output);
        var scan = await SucceedAsync("scan", "--db", Db, "--table", "trips");
        Assert.Equal(10_000, scan.Lines.Length);
        Assert.StartsWith("""{"id":100001,"plate":"KV96958",""", scan.Output);
        Assert.Equal(
            "id,plate,pickup_at,pickup_zone,dropoff_zone,distance_km,fare,payment,note\n100001,KV96958,2024-05-01T04:01:10Z,Old Town,Airport T1,3.52,11.86,card,two suitcases\n100002,JU86915,2024-05-01T04:01:35Z,Gamle Oslo,Bjørvika,8.4,20.22,cash,\n",
            (await SucceedAsync("scan", "--db", Db, "--table", "trips", "--format", "csv", "--limit", "2")).Output);
    }

    [Fact]
    public async Task Run_again_it_stores_nothing_twice_and_a_grown_file_goes_on()
    {
        var file = Write("t.csv", "id,name\n1,a\n2,b\n");
        await SucceedAsync("ingest", file, "--db", Db, "--table", "t", "--key", "id");
        var again = await JsonAsync("ingest", file, "--db", Db, "--table", "t", "--key", "id", "--json");
        Assert.Equal((0, 2, true), (again.GetProperty("rows").GetInt64(), again.GetProperty("resumedAt").GetInt64(), again.GetProperty("complete").GetBoolean()));

        File.AppendAllText(file, "3,c\n");
        var grown = await SucceedAsync("ingest", file, "--db", Db, "--table", "t");
        Assert.Contains("rows      1 stored by this run, 3 in the table\n", grown.Output);
        Assert.Contains("read      went on after record 2, to the end: record 3\n", grown.Output);
    }

    [Fact]
    public async Task The_json_of_a_run_has_its_eight_fields()
    {
        var file = Write("t.csv", "id,n\n1,1\n1,2\n2,3\n3\n");
        var json = await JsonAsync("ingest", file, "--db", Db, "--table", "t", "--key", "id", "--json");
        Assert.Equal(["rows", "rejected", "rejectedByCode", "resumedAt", "lsn", "seconds", "rowsPerSecond", "complete"], json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(2, json.GetProperty("rows").GetInt64());
        Assert.Equal(2, json.GetProperty("rejected").GetInt64());
        Assert.Equal([("column_count", 1), ("duplicate_key", 1)], json.GetProperty("rejectedByCode").EnumerateObject().Select(p => (p.Name, p.Value.GetInt32())).Order());
        Assert.Equal(0, json.GetProperty("resumedAt").GetInt64());
        Assert.True(json.GetProperty("lsn").GetInt64() > 0);
        Assert.True(json.GetProperty("complete").GetBoolean());
    }

    [Fact]
    public async Task Rejected_records_are_told_on_standard_error_ten_at_most()
    {
        var file = Write("t.csv", "id\n1\n" + string.Concat(Enumerable.Repeat("1\n", 12)));
        var result = await RunAsync("ingest", file, "--db", Db, "--table", "t", "--key", "id", "--quiet");
        Assert.Equal((0, ""), (result.ExitCode, result.Output));
        var lines = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(11, lines.Length);
        Assert.Equal($"helios: {file}: record 2 (byte 5), column id: primary key (id) of table t: an earlier row of the same commit has the same value (duplicate_key); the record was not stored, the others are not affected; correct it and ingest it from a file of its own", lines[0]);
        Assert.Equal($"helios: {file}: 2 more records were rejected; all are kept in the database; --rejects FILE writes them out", lines[^1]);
    }

    [Fact]
    public async Task With_a_file_for_rejects_they_go_there_and_the_summary_says_how_to_take_them()
    {
        var good = string.Concat(Enumerable.Range(1, 10_000).Select(i => $"{i},{i}\n"));
        var file = Write("t.csv", "id,n\n" + good + "10001,many\n10002,few\n");
        var result = await RunAsync("ingest", file, "--db", Db, "--table", "t", "--rejects", In("r.ndjson"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("rejected  2\n          type_mismatch, column n: 2, the first is record 10,001; to take such records, ingest into a new table with --type n=text\n", result.Output);
        var rejects = File.ReadAllLines(In("r.ndjson"));
        Assert.Equal(2, rejects.Length);
        Assert.Equal("10001,many", JsonDocument.Parse(rejects[0]).RootElement.GetProperty("raw").GetString());

        var second = await SucceedAsync("ingest", file, "--db", Db, "--table", "t2", "--type", "n=text");
        Assert.Contains("rejected  none\n", second.Output);
    }

    [Fact]
    public async Task A_value_of_the_wrong_type_is_named_once_with_what_its_type_takes()
    {
        await SucceedAsync("ingest", Write("good.csv", "id,n,d\n1,1,2024-01-01\n"), "--db", Db, "--table", "t", "--quiet");
        var file = Write("bad.csv", "id,n,d\n2,9223372036854775808,2024-01-02\n3,3,2024-02-30\n");
        var result = await RunAsync("ingest", file, "--db", Db, "--table", "t", "--quiet");
        const string hint = "(type_mismatch); the record was not stored, the others are not affected; correct it and ingest it from a file of its own";
        Assert.Equal(
            [
                $"helios: {file}: record 1 (byte 7), column n: '9223372036854775808' is not an Int8: a whole number of at most 64 bits {hint}",
                $"helios: {file}: record 2 (byte 40), column d: '2024-02-30' is not a Date: yyyy-MM-dd {hint}",
            ],
            result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Acknowledgements_may_go_to_a_device_and_a_full_one_stops_the_run_by_name()
    {
        if (!File.Exists("/dev/full"))
            return;
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--acks", "/dev/null", "--quiet");
        var full = await RunAsync("ingest", Trips, "--db", Db, "--table", "t2", "--acks", "/dev/full", "--quiet");
        Assert.Equal(4, full.ExitCode);
        Assert.StartsWith($"helios: {Trips}: No space left on device", full.Error);
        Assert.EndsWith("'/dev/full'; what was acknowledged holds; mend the cause and run the same command again\n", full.Error);
    }

    [Fact]
    public async Task A_field_that_came_too_late_for_the_types_is_named_by_type()
    {
        var file = Write("t.ndjson", string.Concat(Enumerable.Range(1, 10_000).Select(i => $"{{\"id\":{i}}}\n")) + "{\"id\":10001,\"late\":1}\n");
        var first = await SucceedAsync("ingest", file, "--db", Db, "--table", "t", "--rejects", In("r"));
        Assert.Contains("unknown_column, column late: 1, the first is record 10,001; to take such records, ingest into a new table with --type late=TYPE\n", first.Output);
        var second = await SucceedAsync("ingest", file, "--db", Db, "--table", "t2", "--type", "late=int", "--key", "id");
        Assert.Contains("rejected  none\n", second.Output);
        Assert.Equal("{\"id\":10001,\"late\":1}\n", (await SucceedAsync("get", "--db", Db, "--table", "t2", "--key", "10001")).Output);
    }

    [Fact]
    public async Task Acknowledgements_are_in_order_and_end_with_the_last_record()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--commit-rows", "500", "--acks", In("acks"), "--quiet");
        var acks = File.ReadAllLines(In("acks")).Select(l => l.Split('\t').Select(long.Parse).ToArray()).ToArray();
        Assert.Equal(10_000, acks[^1][0]);
        Assert.Equal(acks.OrderBy(a => a[0]).Select(a => a[1]), acks.Select(a => a[1]));
        Assert.All(acks, a => Assert.True(a[1] > 0));
    }

    [Theory]
    [InlineData("full")]
    [InlineData("batched")]
    [InlineData("async")]
    [InlineData("unsafe")]
    public async Task Every_level_keeps_the_rows_over_a_close(string level)
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--durability", level, "--quiet");
        Assert.Equal("10000\n", (await SucceedAsync("count", "--db", Db, "--table", "t")).Output);
    }

    [Fact]
    public async Task Without_a_log_the_rows_stay_over_a_close_and_every_command_works_as_ever()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--key", "id", "--durability", "unsafe", "--no-log", "--quiet");
        await SucceedAsync("verify", "--db", Db);
        Assert.Equal("10000\n", (await SucceedAsync("count", "--db", Db, "--table", "t")).Output);
        Assert.Contains("recovery  closed in order; 0 commits in 0 frames applied from the log; nothing was cut\n", (await SucceedAsync("inspect", "--db", Db)).Output);
        Assert.Contains("\"rows\":0,", (await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--key", "id", "--durability", "unsafe", "--no-log", "--json")).Output);
    }

    [Fact]
    public async Task Verify_and_inspect_say_that_there_was_no_log_where_such_a_run_was_killed()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--quiet");
        string killed;
        await using (await HeliosEngine.OpenAsync(Db, new HeliosOptions { SafetyLevel = SafetyLevel.Unsafe, WithoutLog = true }))
            killed = DatabaseFiles.Copy(Db, In("killed"));
        var verified = await SucceedAsync("verify", "--db", killed);
        Assert.Contains("there is none: since LSN 12 the database was used without a log, and not closed in order.", verified.Output);
        Assert.All(verified.Lines, line => Assert.StartsWith("ok      ", line));
        Assert.Contains("recovery  not closed in order; 0 commits in 0 frames applied from the log; there was no log, it has begun anew\n", (await SucceedAsync("inspect", "--db", killed)).Output);
        Assert.Equal("10000\n", (await SucceedAsync("count", "--db", killed, "--table", "t")).Output);
    }

    [Fact]
    public async Task Standard_input_is_taken_and_skipped_when_it_comes_again()
    {
        const string input = "a;b\n1;x\n2;\"\"\n3;\n";
        var first = await RunWithAsync(input, "ingest", "-", "--db", Db, "--table", "t", "--format", "csv", "--delimiter", ";", "--json");
        Assert.Contains("\"rows\":3,", first.Output);
        var second = await RunWithAsync(input, "ingest", "-", "--db", Db, "--table", "t", "--format", "csv", "--delimiter", ";", "--json");
        Assert.Contains("\"rows\":0,\"rejected\":0,\"rejectedByCode\":{},\"resumedAt\":3,", second.Output);
        Assert.Equal("a,b\n1,x\n2,\"\"\n3,\n", (await SucceedAsync("scan", "--db", Db, "--table", "t", "--format", "csv")).Output);
    }

    [Fact]
    public async Task An_empty_input_is_refused()
    {
        var result = await RunAsync("ingest", Write("e.csv", ""), "--db", Db, "--table", "t");
        Assert.Equal((1, $"helios: {In("e.csv")}: the input is empty: no header, no records. Nothing was stored\n"), (result.ExitCode, result.Error));
        Assert.False(Path.Exists(Db));
    }

    [Fact]
    public async Task Data_cannot_move_the_cursor_of_a_terminal()
    {
        var file = Write("t.csv", "id,\u001b[2Jname\n1,\u001b[31mred\n1,x\n");
        var result = await RunAsync("ingest", file, "--db", Db, "--table", "t\u001b[2J", "--key", "id");
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain('\u001b', result.Output + result.Error);
        Assert.Contains("\\u001b[31mred", result.Output);
    }

    private static async Task<JsonElement> JsonAsync(params string[] args)
    {
        var result = await SucceedAsync(args);
        Assert.EndsWith("}\n", result.Output);
        return JsonDocument.Parse(result.Output).RootElement;
    }
}
