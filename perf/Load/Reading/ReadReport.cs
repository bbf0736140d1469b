using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Load;

/// <summary>The report of the reading benchmark: machine, method, a table for each measure.</summary>
internal sealed class ReadReport(ReadOptions options, IReadOnlyList<ReadFigures> loads, IReadOnlyList<ReadFigures> reads)
{
    private readonly StringBuilder _text = new();

    public override string ToString()
    {
        _text.Clear();
        AddHead();
        AddLoads();
        foreach (var measure in ReadMeasure.All)
            AddMeasure(measure);
        AddCommand();
        return _text.ToString();
    }

    private void AddHead() => _text.AppendLine(CultureInfo.InvariantCulture, $"""
        # Reading: Helios.Pipeline beside its rivals

        - Date: {DateTime.UtcNow:yyyy-MM-dd}; commit {options.Commit}
        - Machine: {Machine.Processor} ({Machine.ProcessorDetail}), {Environment.ProcessorCount} cores, {Machine.MemoryGiB:0} GiB, {Machine.FileSystem(options.Directory)}
        - System: Linux {Machine.Kernel}; {Machine.Runtime}
        - Rows: {options.Rows:#,##0} of the load's (id ascending and primary key, ts ascending, device, value in no order, 100 random bytes); {options.Points:#,##0} point reads, {options.Ranges:#,##0} ranges, {Questions.Predicates} queries of each predicate
        - Rounds: {options.Rounds}; cells are medians over rounds, in brackets least..most

        Each candidate was loaded once, by a process of its own, and settled (compacted, merged, or checkpointed). Then processes read it in turns,
        every round beginning with another candidate; ratios are taken inside a round. A process first compiles its code over a small database, then opens
        the large one: its own caches are empty for the cold point reads, the system's is warm. No candidate has an index but that of the key.
        Point reads, ranges and predicates return whole rows as objects. Every answer was compared with the one that follows from the rows. One thread asks.

        """);

    private void AddLoads()
    {
        _text.AppendLine("## Load and open").AppendLine();
        Cells.Table(_text,
            ["candidate", "what", "load and settle, s", "files, MiB", "open, ms", "memory after reading, MiB"],
            options.Entries.Select(entry => (IReadOnlyList<string>)
            [
                entry.Name,
                entry.What,
                Cells.Number(loads.First(load => load.Candidate == entry.Name).Seconds),
                Cells.Number(loads.First(load => load.Candidate == entry.Name).Bytes / (double)(1 << 20)),
                Cells.Range(Spread.Of(Of(entry.Name).Select(read => read.Seconds * 1_000))),
                Cells.Median(Spread.Of(Of(entry.Name).Select(read => read.MemoryMiB))),
            ]));
    }

    private void AddMeasure(ReadMeasure measure)
    {
        _text.Append("## ").AppendLine(measure.Title).AppendLine();
        Cells.Table(_text,
            ["candidate", measure.Unit, $"× {ReadCatalogue.Rocks}", $"× {ReadCatalogue.Sqlite}"],
            options.Entries.Select(entry => (IReadOnlyList<string>)
            [
                entry.Name,
                Cells.Range(Spread.Of(Of(entry.Name).Select(read => read.Rates[measure.Name]))),
                Cells.Range(Ratio(measure, entry.Name, ReadCatalogue.Rocks)),
                Cells.Range(Ratio(measure, entry.Name, ReadCatalogue.Sqlite)),
            ]));
    }

    private void AddCommand() => _text.AppendLine(CultureInfo.InvariantCulture, $"""
        ```
        dotnet run -c Release --project perf/Load -- read --rows {options.Rows} --rounds {options.Rounds} --points {options.Points} --ranges {options.Ranges} --only {string.Join(',', options.Entries.Select(entry => entry.Name))} --out FILE
        ```
        """);

    private Spread? Ratio(ReadMeasure measure, string candidate, string reference) =>
        Spread.Of(from read in Of(candidate)
                  from against in Of(reference)
                  where read.Round == against.Round
                  select read.Rates[measure.Name] / against.Rates[measure.Name]);

    private IEnumerable<ReadFigures> Of(string candidate) => reads.Where(read => read.Candidate == candidate);
}
