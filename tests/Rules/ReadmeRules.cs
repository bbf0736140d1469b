namespace Helios.Pipeline.Rules.Tests;

public sealed class ReadmeRules
{
    private static readonly string s_readme = File.ReadAllText(Path.Combine(SourceRules.Root(), "README.md"));

    [Theory]
    [InlineData("Quickstart")]
    [InlineData("Accounts")]
    [InlineData("Queries")]
    public void What_it_shows_is_the_sample_that_is_built(string name)
    {
        var sample = File.ReadAllText(Path.Combine(SourceRules.Root(), "samples", name, "Program.cs")).TrimEnd();
        Assert.Contains($"```csharp\n{sample}\n```", s_readme, StringComparison.Ordinal);
    }

    [Fact]
    public void The_test_command_is_the_one_that_the_build_runs()
    {
        Assert.Contains("\n    dotnet test Helios.Pipeline.sln -c Release\n", s_readme, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_link_to_a_file_leads_somewhere()
    {
        var links = System.Text.RegularExpressions.Regex.Matches(s_readme, @"\]\(([^)#]+)\)").Select(m => m.Groups[1].Value);
        Assert.All(links, link => Assert.True(Path.Exists(Path.Combine(SourceRules.Root(), link)), link));
    }
}
