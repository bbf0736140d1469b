using System.Globalization;
using System.Text;
using Helios.Pipeline.Load;

namespace Helios.Pipeline.Micro;

/// <summary>Measures the ways to encrypt rows and writes what came out as a page.</summary>
internal static class EncryptionReport
{
    private const int Rounds = 9, Spans = 40;

    private static readonly TimeSpan s_span = TimeSpan.FromMilliseconds(1);

    public static string Run()
    {
        using var candidates = new EncryptionCandidates();
        foreach (var candidate in candidates.All)
            candidate.WarmUp(TimeSpan.FromMilliseconds(300)); // the compiler's tiers
        for (var round = 0; round < Rounds; round++)
        {
            // Each round begins with another one, so that none always follows the same neighbour.
            for (var i = 0; i < candidates.All.Count; i++)
                candidates.All[(round + i) % candidates.All.Count].Round(Spans, s_span);
        }

        return Table(candidates.All);
    }

    private static string Table(List<Candidate> candidates)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"- Commit {Machine.Commit()}");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Machine: {Machine.Processor} ({Machine.ProcessorDetail}), {Environment.ProcessorCount} processors");
        text.AppendLine(CultureInfo.InvariantCulture, $"- System: Linux {Machine.Kernel}; {Machine.Runtime}");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Rows of {EncryptionCandidates.RowBytes} bytes; {Rounds} rounds, in each the best of {Spans} spans of {s_span.TotalMilliseconds} ms each; medians, in brackets least..most");
        text.AppendLine();
        text.AppendLine("| way | ns/row | × a, same round | B allocated/row |");
        text.AppendLine("| --- | ---: | ---: | ---: |");
        foreach (var candidate in candidates)
        {
            var reference = candidates.Find(other => other.Decrypts == candidate.Decrypts && other.Name.StartsWith("a:", StringComparison.Ordinal))!;
            var ratios = candidate.Nanos.Zip(reference.Nanos, (mine, its) => mine / its).Order().ToArray();
            var nanos = candidate.Nanos.Order().ToArray();
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {candidate.Name} | {nanos[Rounds / 2]:0.0} ({nanos[0]:0.0}..{nanos[^1]:0.0}) | {ratios[Rounds / 2]:0.00} | {candidate.Allocated:0.00} |");
        }

        return text.ToString();
    }
}
