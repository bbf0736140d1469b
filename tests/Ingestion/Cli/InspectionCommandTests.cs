using System.Text.Json;

namespace Helios.Pipeline.Ingestion.Tests.Cli;

public sealed class InspectionCommandTests : CliTool
{
    [Fact]
    public async Task Inspect_tells_formats_lsns_segments_sizes_sources_and_the_last_recovery()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "trips", "--quiet");
        var result = await SucceedAsync("inspect", "--db", Db);
        string[] expected = ["database", "formats", "encrypted", "lsn", "epoch", "recovery", "indexes", "sizes", "memory", "disk", "segment", "table", "source"];
        Assert.Equal(expected, result.Lines.Select(l => l.Split(' ')[0]).Distinct());
        Assert.Contains("recovery  closed in order; 0 commits in 0 frames applied from the log; nothing was cut\n", result.Output);
        Assert.Contains("table     trips: 10,000 rows, 9 columns\n", result.Output);
        Assert.Matches("source    [0-9a-f]{32} into trips: record 10,000, byte 752,648, read to its end, 10,000 stored, 0 rejected, LSN [0-9]+\n", result.Output);
    }

    [Fact]
    public async Task Inspect_has_the_same_as_json()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "trips", "--quiet");
        var json = JsonDocument.Parse((await SucceedAsync("inspect", "--db", Db, "--json")).Output).RootElement;
        Assert.Equal(["visible", "applied", "flushed", "durable"], json.GetProperty("lsns").EnumerateObject().Select(p => p.Name).Take(4));
        var source = Assert.Single(json.GetProperty("sources").EnumerateArray());
        Assert.Equal((10_000, 752_648), (source.GetProperty("record").GetInt64(), source.GetProperty("offset").GetInt64()));
        Assert.Equal(JsonValueKind.Null, json.GetProperty("recovery").GetProperty("cut").ValueKind);
        Assert.True(json.GetProperty("formats").GetProperty("frame").GetInt32() > 0);
        Assert.NotEmpty(json.GetProperty("segments").EnumerateArray());
    }

    [Fact]
    public async Task Verify_prints_a_line_for_each_check_of_a_sound_database()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "trips", "--key", "id", "--quiet");
        var result = await SucceedAsync("verify", "--db", Db);
        Assert.Equal("", result.Error);
        Assert.True(result.Lines.Length >= 8, result.Output);
        Assert.All(result.Lines, line => Assert.StartsWith("ok      ", line));
        var json = JsonDocument.Parse((await SucceedAsync("verify", "--db", Db, "--json")).Output).RootElement;
        Assert.True(json.GetProperty("sound").GetBoolean());
        Assert.Equal(result.Lines.Length, json.GetProperty("checks").GetArrayLength());
    }

    [Fact]
    public async Task Verify_of_a_damaged_database_names_the_failed_check_and_exits_with_2()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "trips", "--quiet");
        var file = Directory.EnumerateFiles(Path.Combine(Db, "store"), "*.sst").OrderByDescending(f => new FileInfo(f).Length).First();
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 3] ^= 0x40;
        File.WriteAllBytes(file, bytes);

        var result = await RunAsync("verify", "--db", Db);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("FAILED  store files: ", result.Output);
        Assert.Matches($"^helios: .* is damaged: [0-9]+ of [0-9]+ checks failed; nothing was changed; restore a backup\n$", result.Error);
        var json = await RunAsync("verify", "--db", Db, "--json");
        Assert.Equal(2, json.ExitCode);
        Assert.False(JsonDocument.Parse(json.Output).RootElement.GetProperty("sound").GetBoolean());
    }
}
