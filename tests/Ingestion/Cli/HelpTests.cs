namespace Helios.Pipeline.Ingestion.Tests.Cli;

public sealed class HelpTests : CliTool
{
    [Fact]
    public async Task The_version_is_one_line()
    {
        var result = await RunAsync("--version");
        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"^helios \d+\.\d+\.\d+\n$", result.Output);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public async Task The_help_names_the_commands_and_the_exit_codes_and_shows_examples(string option)
    {
        var result = await RunAsync(option);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        foreach (var command in new[] { "ingest", "count", "get", "scan", "explain", "tables", "stats", "inspect", "verify", "maintain", "rotate-key", "backup", "verify-backup", "restore" })
            Assert.Contains($"\n  {command} ", result.Output);
        Assert.EndsWith(
            """
            Examples:
              helios ingest trips.csv --db data --table trips --key id
              helios count --db data --table trips
              helios get --db data --table trips --key 100001
              helios scan --db data --table trips --limit 3

            Exit codes:
              0  done (rejected records included)     1  wrong use or input, nothing found
              2  damaged                              3  locked by another process
              4  stopped by disk or fault: what was acknowledged holds, run the same command again
              5  more rejects than --max-rejects      130, 143  stopped by Ctrl-C, SIGTERM

            """, result.Output);
    }

    [Fact]
    public async Task The_help_of_ingest_has_every_option()
    {
        var result = await RunAsync("ingest", "--help");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        string[] options =
        [
            "--db <DIR>", "--table <NAME>", "--format <csv|ndjson|auto>", "--delimiter <C>", "--no-header", "--key <COL[,COL…]>", "--unique <COL>",
            "--type <COL=TYPE>", "--durability <full|batched|async|unsafe>", "--no-log", "--commit-rows <N>", "--rejects <FILE>", "--max-rejects <N>", "--acks <FILE>",
            "--json", "--quiet", "--encryption-key-env <VAR>", "--encryption-key-file <FILE>", "--encryption-password-env <VAR>",
            "--encryption-password-file <FILE>", "--debug",
        ];
        foreach (var option in options)
            Assert.Contains($"  {option} ", result.Output);
        Assert.Contains("helios ingest <FILE> [options]", result.Output);
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("count")]
    [InlineData("get")]
    [InlineData("scan")]
    [InlineData("tables")]
    [InlineData("stats")]
    [InlineData("inspect")]
    [InlineData("verify")]
    [InlineData("maintain")]
    [InlineData("rotate-key")]
    public async Task Every_command_has_help_with_an_example(string command)
    {
        var result = await RunAsync(command, "--help");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains($"Examples:\n  helios {command} --db data", result.Output);
    }

    [Theory]
    [InlineData("verify-backup")]
    [InlineData("restore")]
    public async Task The_commands_that_read_backups_have_help_with_an_example(string command)
    {
        var result = await RunAsync(command, "--help");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains($"Examples:\n  helios {command} --from backups", result.Output);
    }
}
