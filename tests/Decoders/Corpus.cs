namespace Helios.Pipeline.Decoders.Tests;

/// <summary>Where the repository and the inputs that the fuzzer begins with are.</summary>
internal static class Corpus
{
    public static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Helios.Pipeline.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }

    public static string[] Of(string decoder) =>
        Directory.Exists(Folder(decoder)) ? [.. Directory.EnumerateFiles(Folder(decoder)).Order(StringComparer.Ordinal)] : [];

    public static IEnumerable<string> Folders() => Directory.EnumerateDirectories(Path.Combine(Root(), "tests", "Fuzz", "corpus")).Select(folder => Path.GetFileName(folder)!);

    private static string Folder(string decoder) => Path.Combine(Root(), "tests", "Fuzz", "corpus", decoder);
}
