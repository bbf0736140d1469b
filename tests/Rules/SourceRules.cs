using System.Text.RegularExpressions;

namespace Helios.Pipeline.Rules.Tests;

public sealed partial class SourceRules
{
    private const int MaxLines = 500;

    [Fact]
    public void No_source_file_is_longer_than_500_lines()
    {
        var longer = Sources().Select(f => (File: f, Lines: File.ReadLines(f).Count())).Where(f => f.Lines > MaxLines);
        Assert.Empty(longer);
    }

    [Fact]
    public void No_exception_is_swallowed_by_an_empty_catch()
    {
        var found = Product().Where(f => EmptyCatch().IsMatch(File.ReadAllText(f)));
        Assert.Empty(found);
    }

    [Fact]
    public void Nothing_is_left_undone_in_the_product()
    {
        var found = Product().Where(f => Undone().IsMatch(File.ReadAllText(f)));
        Assert.Empty(found);
    }

    internal static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Helios.Pipeline.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }

    private static IEnumerable<string> Sources() =>
        Directory.EnumerateFiles(Root(), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(p => p is "obj" or "bin"));

    private static IEnumerable<string> Product() =>
        Sources().Where(f => Path.GetRelativePath(Root(), f).Split(Path.DirectorySeparatorChar)[0] is "Storage" or "Pipeline" or "Maintenance" or "Ingestion");

    [GeneratedRegex(@"catch\s*(\([^)]*\))?\s*\{\s*\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"NotImplementedException|\bTODO\b|\bFIXME\b|\bHACK\b")]
    private static partial Regex Undone();
}
