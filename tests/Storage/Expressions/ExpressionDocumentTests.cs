using System.Text.RegularExpressions;

namespace Helios.Pipeline.Storage.Tests;

public sealed partial class ExpressionDocumentTests
{
    private static readonly string s_document = File.ReadAllText(Path.Combine(Root(), "docs", "expressions.md"));

    [Fact]
    public void The_document_lists_every_function_and_no_other()
    {
        var table = s_document[s_document.IndexOf("## Functions", StringComparison.Ordinal)..s_document.IndexOf("## Limits", StringComparison.Ordinal)];
        var listed = table.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).SelectMany(l => Call().Matches(l.Split('|')[1])).Select(m => m.Groups[1].Value);
        Assert.Equal(ExpressionBinder.FunctionNames.Order(StringComparer.Ordinal), listed.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_examples_of_the_document_give_what_it_says()
    {
        var examples = Example().Matches(s_document[s_document.IndexOf("## Examples", StringComparison.Ordinal)..]);
        Assert.True(examples.Count > 10);
        Assert.All(examples, e => Assert.Equal(e.Groups[2].Value, Expressions.Give(e.Groups[1].Value).TrimStart('n', 'f')));
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Helios.Pipeline.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }

    [GeneratedRegex(@"`([a-z_]+)\(")]
    private static partial Regex Call();

    [GeneratedRegex(@"^\| `(.+)` \| `(.+)` \|$", RegexOptions.Multiline)]
    private static partial Regex Example();
}
