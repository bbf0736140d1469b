using System.Text.RegularExpressions;

namespace Helios.Pipeline.Rules.Tests;

/// <summary>docs/reliability.md says which test holds what: such a test exists.</summary>
public sealed partial class ReliabilityRules
{
    private const string Section = "## Defects we do not have";

    private static readonly string s_document = File.ReadAllText(Path.Combine(SourceRules.Root(), "docs", "reliability.md"));

    [Fact]
    public void Every_test_that_the_document_names_exists()
    {
        var named = TestName().Matches(s_document).Select(m => m.Groups[1].Value).ToHashSet();
        Assert.True(named.Count > 80, "The names of tests in docs/reliability.md were not recognized.");
        Assert.Empty(named.Except(Tests()));
    }

    [Fact]
    public void Every_defect_that_is_said_not_to_be_there_has_a_test()
    {
        var from = s_document.IndexOf(Section, StringComparison.Ordinal);
        Assert.True(from >= 0, $"docs/reliability.md has no section '{Section}'.");
        var rows = Row().Matches(s_document[from..s_document.IndexOf("\n## ", from + 1, StringComparison.Ordinal)]).Skip(1).Select(m => m.Value).ToArray();
        Assert.True(rows.Length >= 25, $"The table has {rows.Length} rows.");
        Assert.All(rows, row => Assert.NotEmpty(TestName().Matches(row)));
    }

    /// <summary>Names of test methods and of test classes.</summary>
    private static HashSet<string> Tests()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(SourceRules.Root(), "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(p => p is "obj" or "bin"))
            .Select(File.ReadAllText)
            .ToArray();
        return [.. tests.SelectMany(text => Method().Matches(text)).Concat(tests.SelectMany(text => Class().Matches(text))).Select(m => m.Groups[1].Value)];
    }

    // A sentence has three words at least; constants and names of settings are in capitals.
    [GeneratedRegex(@"`([A-Z][a-z0-9]*(?:_[A-Za-z0-9]+){2,}|NULL(?:_[A-Za-z0-9]+){2,}|[A-Z][A-Za-z]+Tests)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^\| (?!---).+\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\[(?:\w*Fact|Theory)[^\n]*\n(?:\s*\[[^\n]*\n)*\s*public [^\n(]*?\b(\w+)\(")]
    private static partial Regex Method();

    [GeneratedRegex(@"\bclass (\w+Tests)\b")]
    private static partial Regex Class();
}
