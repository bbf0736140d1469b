using System.Text.Json;

namespace Helios.Pipeline.Ingestion.Tests.Cli;

public sealed class ExplainPipelineTests : CliTool
{
    [Fact]
    public async Task A_trial_names_the_limit_in_a_line_and_leaves_the_directory_as_it_was()
    {
        Directory.CreateDirectory(Db);

        var told = await SucceedAsync("explain", "pipeline", "--dir", Db, "--seconds", "1", "--durability", "unsafe");

        Assert.Empty(Directory.GetFileSystemEntries(Db));
        Assert.Contains("rows/s: 1,000 a commit, 8 commits in flight, durability unsafe", told.Lines[0], StringComparison.Ordinal);
        foreach (var stage in new[] { "validate", "constrain", "log", "commit", "track" })
            Assert.Contains(told.Lines, line => line.StartsWith(stage, StringComparison.Ordinal));
        Assert.Contains("limit", told.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trial_is_told_as_JSON()
    {
        Directory.CreateDirectory(Db);

        using var told = JsonDocument.Parse((await SucceedAsync("explain", "pipeline", "--dir", Db, "--seconds", "1", "--commit-rows", "100", "--in-flight", "2", "--json")).Output);

        var root = told.RootElement;
        Assert.Equal(root.GetProperty("commits").GetInt64() * 100, root.GetProperty("rows").GetInt64());
        Assert.True(root.GetProperty("syncs").GetInt64() > 0);
        Assert.Equal(5, root.GetProperty("stages").GetArrayLength());
        Assert.InRange(root.GetProperty("stages")[2].GetProperty("saturation").GetDouble(), 0, 1);
        Assert.NotEmpty(root.GetProperty("verdict").GetString()!);
    }

    [Theory]
    [InlineData("there is no directory", "--dir", "nowhere")]
    [InlineData("--seconds", "--dir", ".", "--seconds", "0")]
    [InlineData("--in-flight", "--dir", ".", "--in-flight", "2000")]
    public async Task What_is_wrong_is_said(string message, params string[] arguments)
    {
        var refused = await RunAsync(["explain", "pipeline", .. arguments]);

        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_has_help_with_an_example() =>
        Assert.Contains("helios explain pipeline --dir", (await SucceedAsync("explain", "pipeline", "--help")).Output, StringComparison.Ordinal);
}
