using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Helios.Pipeline.Load;

namespace Helios.Pipeline.Micro;

/// <summary>Measures the structures in turns, each in a process of its own, and writes what came out as a page.</summary>
internal static class IndexReport
{
    /// <summary>What a key and its node cost a SortedDictionary at most; with the collector's spare room the process needs half as much again.</summary>
    private const ulong SortedBytesPerKey = 136, MostBytes = 8UL << 30;

    public static string Run(IndexOptions options)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"- Commit {Machine.Commit()}");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Machine: {Machine.Processor} ({Machine.ProcessorDetail}), {Environment.ProcessorCount} processors");
        text.AppendLine(CultureInfo.InvariantCulture, $"- System: Linux {Machine.Kernel}; {Machine.Runtime}");
        text.AppendLine(CultureInfo.InvariantCulture, $"- {options.Rounds} rounds, structures in turns; least over rounds, in brackets the median; ratios are those of CPU time of the thread, medians of those inside a round");
        foreach (var keys in options.Keys)
        {
            foreach (var count in options.Counts)
                AppendTable(text, keys, count, options);
        }

        return text.ToString();
    }

    private static void AppendTable(StringBuilder text, string keys, ulong count, IndexOptions options)
    {
        var structures = options.Structures.Where(name => name != IndexRun.Sorted || count * SortedBytesPerKey * 3 / 2 <= MostBytes).ToArray();
        var rounds = new List<Dictionary<string, IndexFigures>>();
        for (var round = 0; round < options.Rounds; round++)
        {
            rounds.Add([]);
            for (var i = 0; i < structures.Length; i++)
            {
                var figures = Measure(keys, structures[(round + i) % structures.Length], count);
                rounds[^1].Add(figures.Structure, figures);
                if (options.Json)
                    Console.WriteLine(JsonSerializer.Serialize(new { keys, count, round, figures }));
            }
        }

        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"## {keys}, {count:N0} keys");
        text.AppendLine();
        text.AppendLine("| structure | insert, ns | insert, ns CPU | × dictionary | lookup, ns | lookup, ns CPU | × dictionary | bytes/key | used bytes/key | reads/s meanwhile |");
        text.AppendLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var structure in structures)
            AppendRow(text, structure, rounds);
        if (structures.Length < options.Structures.Length)
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"`{IndexRun.Sorted}` is left out: a process with so many keys would take more than {MostBytes >> 30} GiB.");
    }

    private static void AppendRow(StringBuilder text, string structure, List<Dictionary<string, IndexFigures>> rounds)
    {
        var last = rounds[^1][structure];
        text.AppendLine(string.Create(CultureInfo.InvariantCulture,
            $"| {structure} | {Spread(f => f.Insert)} | {Spread(f => f.InsertCpu)} | {Ratio(f => f.InsertCpu)} | {Spread(f => f.Lookup)} | {Spread(f => f.LookupCpu)} | {Ratio(f => f.LookupCpu)} | {last.Bytes:0.0} | {last.UsedBytes:0.0} | {(last.Reads > 0 ? last.Reads.ToString("N0", CultureInfo.InvariantCulture) : "–")} |"));

        string Spread(Func<IndexFigures, double> of)
        {
            var values = rounds.Select(round => of(round[structure])).Order().ToArray();
            return string.Create(CultureInfo.InvariantCulture, $"{values[0]:0.0} ({values[values.Length / 2]:0.0})");
        }

        string Ratio(Func<IndexFigures, double> of)
        {
            if (!rounds[0].ContainsKey(IndexRun.Dictionary))
                return "–";
            var ratios = rounds.Select(round => of(round[structure]) / of(round[IndexRun.Dictionary])).Order().ToArray();
            return ratios[ratios.Length / 2].ToString("0.00", CultureInfo.InvariantCulture);
        }
    }

    private static IndexFigures Measure(string keys, string structure, ulong count)
    {
        // Started by its own name or by the runtime's: in both cases the program is this one.
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(IndexReport).Assembly.Location);
        foreach (var word in (string[])["art-run", keys, structure, count.ToString(CultureInfo.InvariantCulture)])
            start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        var line = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{structure} with {count} keys of {keys} ended with {process.ExitCode}");
        return JsonSerializer.Deserialize<IndexFigures>(line)!;
    }
}
