using System.Text.RegularExpressions;

namespace Helios.Pipeline.Rules.Tests;

/// <summary>docs/errors.md is a promise to programs: it lists every code, and nothing else.</summary>
public sealed partial class ErrorCodeRules
{
    /// <summary>Words with underscores in the product that are no error codes.</summary>
    private static readonly string[] s_noCodes = ["array_length", "ends_with", "octet_length", "rocksdb_iter_key", "rocksdb_iter_next", "rocksdb_iter_valid", "rocksdb_iter_value", "starts_with"];

    [Fact]
    public void Every_code_in_the_source_is_listed()
    {
        Assert.Empty(CodesInSource().Except(Listed().Keys).Except(s_noCodes));
    }

    [Fact]
    public void Every_listed_code_is_in_the_source()
    {
        Assert.Empty(Listed().Keys.Except(CodesInSource()));
    }

    [Fact]
    public void A_code_has_one_kind()
    {
        Assert.All(Listed(), code => Assert.True(code.Value.Except(["record"]).Count() <= 1, code.Key));
        Assert.All(ProductSources().SelectMany(text => Thrown().Matches(text)).GroupBy(m => m.Groups[2].Value, m => m.Groups[1].Value),
            code => Assert.True(code.Distinct().Count() == 1, $"{code.Key}: {string.Join(", ", code.Distinct())}"));
    }

    [Fact]
    public void A_code_is_listed_with_each_kind_that_it_is_thrown_with()
    {
        var listed = Listed();
        var missing = ProductSources().SelectMany(text => Thrown().Matches(text))
            .Select(m => (Kind: m.Groups[1].Value, Code: m.Groups[2].Value))
            .Where(t => listed.TryGetValue(t.Code, out var kinds) && !kinds.Contains(t.Kind));
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_kind_is_explained()
    {
        var text = Document();
        Assert.All(Enum.GetNames<Storage.HeliosErrorKind>(), kind => Assert.Contains($"| `{kind}` |", text, StringComparison.Ordinal));
    }

    private static string Document() => File.ReadAllText(Path.Combine(SourceRules.Root(), "docs", "errors.md"));

    /// <summary>The codes of the document, each with its kinds.</summary>
    private static Dictionary<string, string[]> Listed()
    {
        var listed = Row().Matches(Document()).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value.Split(", "));
        Assert.True(listed.Count > 40, "The tables of docs/errors.md were not recognized.");
        return listed;
    }

    private static string[] CodesInSource()
    {
        var texts = ProductSources().ToArray();
        return [.. texts.SelectMany(t => Snake().Matches(t)).Concat(texts.SelectMany(t => Code().Matches(t))).Select(m => m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Without comments: they quote codes too, and are no proof that one is used.</summary>
    private static IEnumerable<string> ProductSources() =>
        new[] { "Storage", "Pipeline", "Maintenance", "Ingestion" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(SourceRules.Root(), folder), "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(p => p is "obj" or "bin"))
            .Select(f => Comment().Replace(File.ReadAllText(f), ""));

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex("\"([a-z0-9]+(?:_[a-z0-9]+)+)\"")]
    private static partial Regex Snake();

    [GeneratedRegex("HeliosErrorKind\\.\\w+,\\s*\"([a-z0-9_]+)\"")]
    private static partial Regex Code();

    [GeneratedRegex("HeliosErrorKind\\.(\\w+),\\s*\"([a-z0-9_]+)\"")]
    private static partial Regex Thrown();

    [GeneratedRegex(@"^\| `([a-z0-9_]+)` \| ([A-Za-z, ]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
