using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Load;

/// <summary>The report: machine, method, tables, floors.</summary>
internal sealed class MarkdownReport(LoadOptions options, Results results, IReadOnlyList<Floor> floors)
{
    private readonly StringBuilder _text = new();

    public override string ToString()
    {
        _text.Clear();
        AddHead();
        foreach (var workload in results.Workloads)
        {
            if (workload == Workload.Bulk)
                AddBulk();
            else if (workload == Workload.Overload)
                AddOverload();
            else
                AddSingle(workload);
        }

        AddFloors();
        return _text.ToString();
    }

    private void AddHead()
    {
        var date = options.Date ?? DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        _text.AppendLine(CultureInfo.InvariantCulture, $"""
            # Load: Helios.Pipeline beside its rivals

            - Date: {date}; commit {options.Commit ?? Machine.Commit()}
            - Machine: {Machine.Processor} ({Machine.ProcessorDetail}), {Environment.ProcessorCount} cores, {Machine.MemoryGiB:0} GiB, {Machine.FileSystem(options.Directory)}
            - System: Linux {Machine.Kernel}; {Machine.Runtime}
            - Rounds: {options.Rounds}; cells are medians over rounds, in brackets least..most

            Each candidate ran in a process of its own and in turns, every round beginning with another one. A process wrote up to
            40,000 rows to compile its code, with pauses for the compiler, then the measured ones into an empty directory. Ratios are taken inside a round. The clock stops at
            the last answer; "settled" goes on until everything is flushed and closed. Afterwards each database is opened again and its rows are
            counted. CPU is user and system time of the whole process, allocation is managed memory, written is what was passed to write calls
            until the end of closing, memory is the peak less that before opening. Key-value stores keep the same bytes a row (8 of key, 125 to
            133 of value), SQLite keeps columns. All RocksDB stores have 64 MiB memtables, LZ4 and 256 MiB of cache.

            """);
    }

    private void AddBulk()
    {
        var rows = results.All.First(run => run.Workload == Workload.Bulk).Rows;
        _text.AppendLine(CultureInfo.InvariantCulture, $"## w1: {rows:#,##0} rows with ascending keys, 1,000 a commit").AppendLine();
        var candidates = Candidates(Workload.Bulk).ToArray();
        Cells.Table(_text,
            ["candidate", "answer means", "rows/s", "× rocks-unsynced", "× rocks-synced", "settled rows/s", "CPU µs/row", "settled CPU µs/row"],
            candidates.Select(name => (IReadOnlyList<string>)
            [
                name,
                Promise(Workload.Bulk, name),
                Cells.Range(results.Figure(Workload.Bulk, name, run => run.RowsPerSecond)),
                Cells.Range(results.Ratio(Workload.Bulk, name, Catalogue.UnsyncedReference)),
                Cells.Range(results.Ratio(Workload.Bulk, name, Catalogue.SyncedReference)),
                Cells.Median(results.Figure(Workload.Bulk, name, run => run.SettledRowsPerSecond)),
                Cells.Range(results.Figure(Workload.Bulk, name, run => run.CpuMicrosPerRow)),
                Cells.Median(results.Figure(Workload.Bulk, name, run => run.SettledCpuMicrosPerRow)),
            ]));
        Cells.Table(_text,
            ["candidate", "allocated B/row", "written B/row", "log B/row", "memory MiB", "keys/row", "native writes/run", "commits/sync", "waits/commit"],
            candidates.Select(name => (IReadOnlyList<string>)
            [
                name,
                Cells.Range(results.Figure(Workload.Bulk, name, run => run.AllocatedPerRow)),
                Cells.Median(results.Figure(Workload.Bulk, name, run => run.WrittenPerRow)),
                Cells.Median(results.Figure(Workload.Bulk, name, run => run.LogBytesPerRow)),
                Cells.Median(results.Figure(Workload.Bulk, name, run => run.PeakRssMiB)),
                Cells.Median(results.Figure(Workload.Bulk, name, run => run.KeysPerRow)),
                Cells.Median(results.Figure(Workload.Bulk, name, run => run.NativeCallsPerRun)),
                Cells.Median(results.Figure(Workload.Bulk, name, run => run.CommitsPerSync)),
                Cells.Median(results.Figure(Workload.Bulk, name, run => run.VoluntarySwitchesPerCommit)),
            ]));
        AddParts("Processor time by thread", candidates, run => run.CpuByThread);
        AddParts("Time by stage, waits included", candidates.Where(IsHelios), run => run.TimeByStage);
    }

    private void AddParts(string title, IEnumerable<string> candidates, Func<Figures, SortedDictionary<string, double>> parts)
    {
        _text.Append(title).AppendLine(", µs a row, medians:").AppendLine();
        foreach (var candidate in candidates)
        {
            var runs = results.Of(Workload.Bulk, candidate).Select(parts).ToArray();
            var names = runs.SelectMany(run => run.Keys).Distinct().Order(StringComparer.Ordinal);
            _text.Append("- ").Append(candidate).Append(": ")
                .AppendJoin(", ", names.Select(name => $"{name} {Cells.Median(Spread.Of(runs.Select(run => run.GetValueOrDefault(name))))}"))
                .AppendLine();
        }

        _text.AppendLine();
    }

    private void AddSingle(string workload)
    {
        var producers = results.All.First(run => run.Workload == workload).Producers;
        var commits = results.All.Where(run => run.Workload == workload).Max(run => run.Rows);
        _text.AppendLine(CultureInfo.InvariantCulture, $"## w3: {producers} {(producers == 1 ? "producer" : "producers")}, one row a commit, each awaits its durability; {commits:#,##0} commits").AppendLine();
        var candidates = Candidates(workload);
        Cells.Table(_text,
            ["candidate", "answer means", "rows/s", "× fdatasync", "p50 µs", "p99 µs", "max µs"],
            candidates.Select(name => (IReadOnlyList<string>)
            [
                name,
                Promise(Workload.Single, name),
                Cells.Range(results.Figure(workload, name, run => run.RowsPerSecond)),
                Cells.Range(results.Ratio(workload, name, Catalogue.SyncReference)),
                Cells.Range(results.Figure(workload, name, run => run.P50Micros)),
                Cells.Range(results.Figure(workload, name, run => run.P99Micros)),
                Cells.Median(results.Figure(workload, name, run => run.MaxMicros)),
            ]));
        Cells.Table(_text,
            ["candidate", "CPU µs/row", "allocated B/row", "written B/row", "stage wakes/commit", "waits/commit", "commits/sync", "keys/row"],
            candidates.Select(name => (IReadOnlyList<string>)
            [
                name,
                Cells.Median(results.Figure(workload, name, run => run.CpuMicrosPerRow)),
                Cells.Median(results.Figure(workload, name, run => run.AllocatedPerRow)),
                Cells.Median(results.Figure(workload, name, run => run.WrittenPerRow)),
                Cells.Median(results.Figure(workload, name, run => run.WakesPerCommit)),
                Cells.Median(results.Figure(workload, name, run => run.VoluntarySwitchesPerCommit)),
                Cells.Median(results.Figure(workload, name, run => run.CommitsPerSync)),
                Cells.Median(results.Figure(workload, name, run => run.KeysPerRow)),
            ]));
    }

    private void AddOverload()
    {
        _text.AppendLine("## overload: commits of 1,000 rows offered by 64 producers while each sync of the log takes 50 ms longer").AppendLine();
        Cells.Table(_text,
            ["candidate", "rows acknowledged", "rows found after opening again", "rows/s", "queued bytes, peak", "budget, bytes", "callers that waited", "memory MiB"],
            results.All.Where(run => run.Workload == Workload.Overload).Select(run => (IReadOnlyList<string>)
            [
                run.Candidate,
                Cells.Number(run.Rows),
                Cells.Number(run.Counted),
                Cells.Number(run.RowsPerSecond),
                run.PeakQueuedBytes is { } peak ? Cells.Number(peak) : Cells.Missing,
                run.QueueBudgetBytes is { } budget ? Cells.Number(budget) : Cells.Missing,
                run.GateWaits is { } waits ? Cells.Number(waits) : Cells.Missing,
                Cells.Number(run.PeakRssMiB),
            ]));
    }

    private void AddFloors()
    {
        _text.AppendLine("## Floors").AppendLine();
        Cells.Table(_text,
            ["floor", "limit", "measured", "verdict"],
            floors.Select(floor => (IReadOnlyList<string>)
            [
                floor.Text,
                $"{(floor.AtMost ? "≤" : "≥")} {Cells.Number(floor.Limit)}",
                Cells.Range(floor.Measured),
                Verdict(floor),
            ]));
    }

    private static string Verdict(Floor floor) => floor switch
    {
        { IsHeld: null } => "not measured",
        { Decides: false } => "shown",
        { IsHeld: true } => "pass",
        _ => "**FAIL**",
    };

    private static bool IsHelios(string name) => HeliosEntries.Bulk.Any(entry => entry.Name == name);

    private static string Promise(string workload, string name) => Catalogue.Find(workload, name).Promise;

    private IEnumerable<string> Candidates(string workload)
    {
        var run = results.All.Where(figures => figures.Workload == workload).Select(figures => figures.Candidate).ToHashSet();
        var name = workload.Split('-')[0];
        return Catalogue.All.Where(entry => entry.Workload == name && run.Contains(entry.Name)).Select(entry => entry.Name);
    }
}
