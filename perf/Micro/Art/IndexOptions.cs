using System.Globalization;

namespace Helios.Pipeline.Micro;

/// <summary>What to measure, from the command line.</summary>
internal sealed class IndexOptions
{
    public const string Usage = """
        usage: dotnet run -c Release --project perf/Micro -- art [options]
          --keys sequential8,random16,text20     which keys (all)
          --count 1000000,10000000               how many (1000000)
          --structures art,art-reader,dictionary,sorted   what (all); art-reader is art with a thread that reads meanwhile
          --rounds 5                             times each, in turns
          --json                                 a line of figures a run too
          --out FILE                             the report into a file
        """;

    private static readonly string[] s_keys = ["sequential8", "random16", "text20"];
    private static readonly string[] s_structures = [IndexRun.Art, IndexRun.ArtWithReader, IndexRun.Dictionary, IndexRun.Sorted];

    public string[] Keys { get; private set; } = s_keys;

    public ulong[] Counts { get; private set; } = [1_000_000];

    public string[] Structures { get; private set; } = s_structures;

    public int Rounds { get; private set; } = 5;

    public bool Json { get; private set; }

    public string? Out { get; private set; }

    /// <summary>Null where the words are not options of this command.</summary>
    public static IndexOptions? Parse(ReadOnlySpan<string> words)
    {
        var options = new IndexOptions();
        for (; !words.IsEmpty; words = words[(words[0] == "--json" ? 1 : 2)..])
        {
            if (words[0] == "--json")
                options.Json = true;
            else if (words.Length == 1 || !options.TrySet(words[0], words[1]))
                return null;
        }

        return options;
    }

    private bool TrySet(string name, string value)
    {
        switch (name)
        {
            case "--keys":
                Keys = value.Split(',');
                return Keys.All(s_keys.Contains);
            case "--structures":
                Structures = value.Split(',');
                return Structures.All(s_structures.Contains);
            case "--count":
                var counts = value.Split(',').Select(text => ulong.TryParse(text, CultureInfo.InvariantCulture, out var count) ? count : 0).ToArray();
                Counts = counts;
                return counts.All(count => count is >= 1_000 and <= 100_000_000);
            case "--rounds":
                Rounds = int.TryParse(value, CultureInfo.InvariantCulture, out var rounds) ? rounds : 0;
                return Rounds > 0;
            case "--out":
                Out = value;
                return true;
            default:
                return false;
        }
    }
}
