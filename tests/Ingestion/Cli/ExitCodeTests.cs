using System.Globalization;
using Helios.Pipeline.Cli;

namespace Helios.Pipeline.Ingestion.Tests.Cli;

public sealed class ExitCodeTests : CliTool
{
    [Fact]
    public async Task Damage_is_2()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--quiet");
        var identity = Path.Combine(Db, "identity");
        var bytes = File.ReadAllBytes(identity);
        bytes[^1] ^= 1;
        File.WriteAllBytes(identity, bytes);
        var result = await RunAsync("count", "--db", Db, "--table", "t");
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.EndsWith("restore a backup\n", result.Error);
    }

    [Theory]
    [InlineData("log")]
    [InlineData("store")]
    public async Task A_missing_half_of_a_database_is_damage(string half)
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--quiet");
        Directory.Delete(Path.Combine(Db, half), recursive: true);
        var result = await RunAsync("count", "--db", Db, "--table", "t");
        Assert.Equal(2, result.ExitCode);
    }

    [Fact]
    public async Task A_database_that_is_open_elsewhere_is_3()
    {
        await using (await HeliosEngine.OpenAsync(Db))
        {
            var result = await RunAsync("tables", "--db", Db);
            Assert.Equal((3, ""), (result.ExitCode, result.Output));
            Assert.Contains("Nothing was changed", result.Error);
        }

        await SucceedAsync("tables", "--db", Db);
    }

    [Fact]
    public async Task An_output_that_cannot_be_written_is_4()
    {
        if (!File.Exists("/dev/full"))
            return;
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--quiet");
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        using var error = new StringWriter();
        using var io = new CommandIo(full, error, Stream.Null);
        Assert.Equal(4, await HeliosCommand.RunAsync(["scan", "--db", Db, "--table", "t"], io));
        Assert.EndsWith("; what was acknowledged holds; mend the cause and run the same command again\n", error.ToString());
    }

    [Fact]
    public async Task Less_free_disk_than_the_floor_is_4_and_the_next_run_takes_everything()
    {
        var floor = (1L << 50).ToString(CultureInfo.InvariantCulture); // more than any disk has
        var created = await RunAsync("ingest", Trips, "--db", Db, "--table", "t", "--free-space-floor", floor);
        Assert.Equal((4, ""), (created.ExitCode, created.Output));
        Assert.StartsWith($"helios: {Trips}: Nothing of the commit was written: {Db}/", created.Error);
        Assert.EndsWith(" MiB are free; mend the cause and run the same command again\n", created.Error);
        Assert.Contains("What was acknowledged holds", created.Error);

        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--free-space-floor", "0", "--quiet");
        var grown = Write("grown.csv", File.ReadAllText(Trips) + File.ReadLines(Trips).Last() + "\n");
        Assert.Equal(4, (await RunAsync("ingest", grown, "--db", Db, "--table", "t", "--free-space-floor", floor)).ExitCode);
        Assert.Equal("10000\n", (await SucceedAsync("count", "--db", Db, "--table", "t")).Output);
        Assert.Contains(" free, inserts are refused below 100.0 MiB\n", (await SucceedAsync("inspect", "--db", Db)).Output);
    }

    [Fact]
    public async Task More_rejects_than_allowed_are_5_and_the_next_run_goes_on()
    {
        var file = Write("t.csv", "id\n1\n1\n1\n2\n3\n");
        var stopped = await RunAsync("ingest", file, "--db", Db, "--table", "t", "--key", "id", "--commit-rows", "1", "--max-rejects", "1", "--rejects", In("r"));
        Assert.Equal(5, stopped.ExitCode);
        Assert.Contains("Stopped: more than 1 records were rejected.", stopped.Output);
        var quiet = await RunAsync("ingest", file, "--db", In("db2"), "--table", "t", "--key", "id", "--commit-rows", "1", "--max-rejects", "1", "--rejects", In("r2"), "--quiet");
        Assert.Equal((5, ""), (quiet.ExitCode, quiet.Output));
        Assert.StartsWith($"helios: {file}: Stopped: more than 1 records were rejected. Run the same command again with a higher --max-rejects: ", quiet.Error);
        var again = await RunAsync("ingest", file, "--db", Db, "--table", "t", "--max-rejects", "1", "--rejects", In("r"), "--quiet");
        Assert.Equal(0, again.ExitCode);
        Assert.Equal("3\n", (await SucceedAsync("count", "--db", Db, "--table", "t")).Output);
    }

    [Theory]
    [InlineData(130)]
    [InlineData(143)]
    public async Task A_signal_ends_a_wait_for_input_and_what_was_stored_holds(int exitCode)
    {
        var text = "id\n" + string.Concat(Enumerable.Range(1, 100_000).Select(i => $"{i}\n"));
        await SucceedAsync("ingest", Write("t.csv", text[..text.IndexOf("50001\n", StringComparison.Ordinal)]), "--db", Db, "--table", "t", "--quiet");

        using var input = new StallingInput(text);
        var result = await RunWithAsync(input, io => input.Stalled = () => io.Stop.Request(exitCode), "ingest", "-", "--db", Db, "--table", "t", "--format", "csv");
        Assert.Equal(exitCode, result.ExitCode);
        var count = long.Parse((await SucceedAsync("count", "--db", Db, "--table", "t")).Output, CultureInfo.InvariantCulture);
        Assert.InRange(count, 50_000, 100_000);
        Assert.Contains(FormattableString.Invariant($"Stopped before the end; what was stored holds. Run the same command again: it goes on after record {count:#,0}.\n"), result.Output);
        var again = await RunWithAsync(text, "ingest", "-", "--db", Db, "--table", "t", "--format", "csv");
        Assert.Contains($"rows      {(100_000 - count).ToString("#,0", CultureInfo.InvariantCulture)} stored by this run, 100,000 in the table\n", again.Output);
    }

    [Theory]
    [InlineData(130)]
    [InlineData(143)]
    public async Task A_signal_before_the_first_byte_says_so(int exitCode)
    {
        using var input = new StallingInput("");
        var result = await RunWithAsync(input, io => input.Stalled = () => io.Stop.Request(exitCode), "ingest", "-", "--db", Db, "--table", "t");
        Assert.Equal((exitCode, "helios: stopped by a signal; what was acknowledged holds; run the same command again\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Nothing_found_is_1()
    {
        await SucceedAsync("ingest", Write("t.csv", "id,b\n1,x\n"), "--db", Db, "--table", "t", "--key", "id", "--quiet");
        await SucceedAsync("ingest", In("t.csv"), "--db", Db, "--table", "nokey", "--quiet");
        Assert.Equal((1, "helios: no row of table t has the key (id) = (2)\n"), await GetAsync("t", "2"));
        Assert.Equal((1, "helios: the key of table t is (id): give --key 1 times, not 2\n"), await GetAsync("t", "2", "3"));
        Assert.Equal((1, "helios: table nokey has no primary key to look in; a key is named when the table is made: helios ingest … --key COL\n"), await GetAsync("nokey", "2"));
        Assert.Equal((1, $"helios: no table u in {Db}; there are: nokey, t\n"), await GetAsync("u", "2"));
        var wrong = await GetAsync("t", "two");
        Assert.Equal(1, wrong.ExitCode);
        Assert.Equal("helios: table t, key column id: 'two' is not an Int8: a whole number of at most 64 bits\n", wrong.Error);
    }

    [Fact]
    public async Task A_reader_that_has_gone_ends_a_scan_quietly_and_takes_nothing_from_an_ingest()
    {
        using var error = new StringWriter();
        using (var io = new CommandIo(new GoneReader(), error, Stream.Null))
            Assert.Equal(0, await HeliosCommand.RunAsync(["ingest", Trips, "--db", Db, "--table", "t"], io));
        using (var io = new CommandIo(new GoneReader(), error, Stream.Null))
            Assert.Equal(0, await HeliosCommand.RunAsync(["scan", "--db", Db, "--table", "t"], io));
        Assert.Equal("", error.ToString());
        Assert.Equal("10000\n", (await SucceedAsync("count", "--db", Db, "--table", "t")).Output);
    }

    /// <summary>As in <c>helios maintain --db data | head -1</c>: the scrub comes last, and 0 would say that it found nothing.</summary>
    [Theory]
    [InlineData("maintain")]
    [InlineData("maintain --json")]
    [InlineData("verify")]
    [InlineData("verify --json")]
    public async Task A_reader_that_has_gone_takes_neither_the_work_nor_its_exit_code_from_a_check(string command)
    {
        using var sound = await ClosedDatabase.CreateAsync();
        using var damaged = await ClosedDatabase.CreateAsync();
        damaged.EditStore(static (_, batch) => batch.PutMeta([0xFE, 1], [2]));
        using var error = new StringWriter();

        using (var io = new CommandIo(new GoneReader(), error, Stream.Null))
            Assert.Equal(0, await HeliosCommand.RunAsync([.. command.Split(' '), "--db", sound.Path], io));
        Assert.Equal("", error.ToString());
        using (var io = new CommandIo(new GoneReader(), error, Stream.Null))
            Assert.Equal(2, await HeliosCommand.RunAsync([.. command.Split(' '), "--db", damaged.Path], io));
        Assert.Contains("is damaged", error.ToString(), StringComparison.Ordinal);
        if (command.StartsWith("maintain", StringComparison.Ordinal))
            Assert.DoesNotContain("never", (await SucceedAsync("stats", "--db", sound.Path)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stack_trace_is_shown_with_debug_only()
    {
        var plain = await RunAsync("count", "--db", Db, "--table", "t");
        Assert.DoesNotContain("   at ", plain.Error);
        var debug = await RunAsync("count", "--db", Db, "--table", "t", "--debug");
        Assert.Contains("   at ", debug.Error);
        Assert.Equal(1, debug.ExitCode);
    }

    private async Task<(int ExitCode, string Error)> GetAsync(string table, params string[] key)
    {
        var result = await RunAsync(["get", "--db", Db, "--table", table, .. key.SelectMany(k => new[] { "--key", k })]);
        Assert.Equal("", result.Output);
        return (result.ExitCode, result.Error);
    }
}
