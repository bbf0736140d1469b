using System.Text.Json;

namespace Helios.Pipeline.Ingestion.Tests.Cli;

public sealed class BackupCommandTests : CliTool
{
    private string Backups => In("backups");

    [Fact]
    public async Task A_database_is_backed_up_checked_restored_and_goes_on_where_its_source_stood()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "trips", "--key", "id", "--quiet");
        var first = await SucceedAsync("backup", "--db", Db, "--to", Backups);
        Assert.Matches(@"^backup 1: LSN [0-9]+, [0-9]+ files, [0-9.]+ [KM]iB, of which 0 B were there; .+\n$", first.Output);
        Assert.Equal("", first.Error);
        Assert.Matches("^backup 2: ", (await SucceedAsync("backup", "--db", Db, "--to", Backups)).Output);
        var verified = await SucceedAsync("verify-backup", "--from", Backups);
        Assert.Equal(2, verified.Lines.Length);
        Assert.All(verified.Lines, line => Assert.StartsWith("ok      backup ", line));

        Assert.StartsWith("restored backup 1: LSN ", (await SucceedAsync("restore", "--from", Backups, "--db", In("restored"), "--id", "1")).Output);
        await SucceedAsync("verify", "--db", In("restored"));
        Assert.Equal((await SucceedAsync("scan", "--db", Db, "--table", "trips")).Output, (await SucceedAsync("scan", "--db", In("restored"), "--table", "trips")).Output);
        var again = JsonDocument.Parse((await SucceedAsync("ingest", Trips, "--db", In("restored"), "--table", "trips", "--json", "--quiet")).Output).RootElement;
        Assert.Equal((0, 10_000), (again.GetProperty("rows").GetInt64(), again.GetProperty("resumedAt").GetInt64()));
        Assert.Equal("10000\n", (await SucceedAsync("count", "--db", In("restored"), "--table", "trips")).Output);
    }

    [Fact]
    public async Task The_same_is_told_as_json()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "trips", "--quiet");
        var backup = await JsonAsync("backup", "--db", Db, "--to", Backups, "--json");
        Assert.Equal(["id", "lsn", "files", "bytes", "reusedBytes", "seconds"], backup.EnumerateObject().Select(p => p.Name));
        var verified = await JsonAsync("verify-backup", "--from", Backups, "--json");
        Assert.True(verified.GetProperty("sound").GetBoolean());
        Assert.Equal(backup.GetProperty("lsn").GetUInt64(), verified.GetProperty("backups")[0].GetProperty("lsn").GetUInt64());
        var restored = await JsonAsync("restore", "--from", Backups, "--db", In("restored"), "--json");
        Assert.Equal(backup.GetProperty("lsn").GetUInt64(), restored.GetProperty("lsn").GetUInt64());
        Assert.True(restored.GetProperty("firstLsn").GetUInt64() > restored.GetProperty("lsn").GetUInt64());
    }

    [Fact]
    public async Task A_damaged_backup_is_2_and_names_the_file()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "trips", "--quiet");
        await SucceedAsync("backup", "--db", Db, "--to", Backups);
        var file = Directory.GetFiles(Path.Combine(Backups, "files")).OrderByDescending(f => new FileInfo(f).Length).First();
        ClosedDatabase.FlipByte(file, 1_000);
        var verified = await RunAsync("verify-backup", "--from", Backups);
        Assert.Equal((2, $"helios: {Backups}: 1 of 1 backups are damaged; nothing was changed; make a new backup\n"), (verified.ExitCode, verified.Error));
        Assert.StartsWith("FAILED  backup 1: ", verified.Lines[0]);
        Assert.Contains(file, verified.Lines[1]);
        var json = await RunAsync("verify-backup", "--from", Backups, "--json");
        Assert.Equal((2, false), (json.ExitCode, JsonDocument.Parse(json.Output).RootElement.GetProperty("sound").GetBoolean()));

        var restored = await RunAsync("restore", "--from", Backups, "--db", In("restored"));
        Assert.Equal((2, ""), (restored.ExitCode, restored.Output));
        Assert.Contains(file, restored.Error);
        Assert.EndsWith("; helios verify-backup names all that is damaged; use another backup (--id)\n", restored.Error);
        Assert.Equal((1, $"helios: no database at {In("restored")}\n"), await FailAsync("tables", "--db", In("restored")));
    }

    [Fact]
    public async Task Wrong_use_is_1_and_changes_nothing()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "trips", "--quiet");
        Assert.Equal((1, $"helios: no database at {In("none")}\n"), await FailAsync("backup", "--db", In("none"), "--to", Backups));
        Assert.Equal((1, $"helios: no backup in {Backups}\n"), await FailAsync("verify-backup", "--from", Backups));
        Assert.Equal((1, $"helios: no backup in {Backups}\n"), await FailAsync("restore", "--from", Backups, "--db", In("restored")));
        Assert.False(Directory.Exists(Backups) || Directory.Exists(In("restored")));

        await SucceedAsync("backup", "--db", Db, "--to", Backups);
        Assert.Equal((1, $"helios: no backup 7 in {Backups}\n"), await FailAsync("verify-backup", "--from", Backups, "--id", "7"));
        Assert.Equal((1, $"helios: no backup 7 in {Backups}\n"), await FailAsync("restore", "--from", Backups, "--db", In("restored"), "--id", "7"));
        Assert.Equal((1, "helios: --id: 'x' is no number from 1 up\n"), await FailAsync("restore", "--from", Backups, "--db", In("restored"), "--id", "x"));
        Assert.Equal((1, $"helios: {Db} is there and not empty; a database is restored into a new or empty directory only. Nothing was changed\n"), await FailAsync("restore", "--from", Backups, "--db", Db));
        Assert.Equal(1, (await FailAsync("backup", "--db", Db, "--to", Path.Combine(Db, "backups"))).ExitCode);
        await SucceedAsync("ingest", Trips, "--db", In("other"), "--table", "trips", "--quiet");
        Assert.Equal(1, (await FailAsync("backup", "--db", In("other"), "--to", Backups)).ExitCode);
    }

    [Fact]
    public async Task A_database_or_backups_in_use_are_3()
    {
        await using var engine = await HeliosEngine.OpenAsync(Db);
        Assert.Equal(3, (await FailAsync("backup", "--db", Db, "--to", Backups)).ExitCode);
        await engine.BackupAsync(Backups);
        await engine.DisposeAsync();
        using var held = Storage.DirectoryLock.Acquire(Backups);
        var busy = await FailAsync("backup", "--db", Db, "--to", Backups);
        Assert.Equal(3, busy.ExitCode);
        Assert.Contains("Another backup or restore is working in", busy.Error);
    }

    [Fact]
    public async Task Progress_is_a_line_on_a_terminal_that_goes_away()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "trips", "--quiet");
        using var error = new StringWriter();
        using (var io = new Helios.Pipeline.Cli.CommandIo(new MemoryStream(), error, Stream.Null) { ErrorIsTerminal = true })
            Assert.Equal(0, await Helios.Pipeline.Cli.HeliosCommand.RunAsync(["backup", "--db", Db, "--to", Backups], io));
        Assert.Contains("\r\u001b[Kbackup: 0 of ", error.ToString());
        Assert.EndsWith("\r\u001b[K", error.ToString());
    }

    private static async Task<(int ExitCode, string Error)> FailAsync(params string[] args)
    {
        var result = await RunAsync(args);
        Assert.Equal("", result.Output);
        return (result.ExitCode, result.Error);
    }

    private static async Task<JsonElement> JsonAsync(params string[] args) => JsonDocument.Parse((await SucceedAsync(args)).Output).RootElement;
}
