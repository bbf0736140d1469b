using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Cli;

/// <summary>Does the tasks of <c>helios maintain</c>, one after the other, and keeps what each has done.</summary>
internal sealed class MaintainRun(HeliosEngine engine, string? table, CommandIo io)
{
    /// <summary>All tasks, in the order in which they help each other: a vacuum rewrites what is flushed, an analysis and a scrub read what is left.</summary>
    public static IReadOnlyList<string> Tasks { get; } = ["checkpoint", "vacuum", "analyze", "scrub"];

    /// <summary>What log and store took before, and take now.</summary>
    public (long Log, long Store) Before { get; } = Sizes(engine);

    public (long Log, long Store) After => Sizes(engine);

    /// <summary>The commit up to which the store's files have everything; null where no checkpoint was asked for.</summary>
    public Lsn? Flushed { get; private set; }

    public VacuumReport? Vacuum { get; private set; }

    public IReadOnlyList<TableAnalysis>? Analyses { get; private set; }

    public ScrubReport? Scrub { get; private set; }

    public async Task RunAsync(string task)
    {
        using var line = new ProgressLine(io);
        var stop = io.Stop.Token;
        switch (task)
        {
            case "checkpoint":
                line.Show(static () => "checkpoint");
                await engine.CheckpointAsync(stop).ConfigureAwait(false);
                Flushed = engine.GetCounters().Flushed;
                break;
            case "vacuum":
                Vacuum = await engine.VacuumAsync(table, new Told<VacuumProgress>(p => line.Show(() => Line(p))), stop).ConfigureAwait(false);
                break;
            case "analyze":
                Analyses = await engine.AnalyzeAsync(table, new Told<AnalyzeProgress>(p => line.Show(() => $"analyze {p.Table}: {Printable.Count(p.RowsRead)} of {Printable.Count(p.Rows)} rows")), stop).ConfigureAwait(false);
                break;
            default:
                Scrub = await engine.ScrubAsync(new Told<ScrubProgress>(p => line.Show(() => $"scrub: {Printable.Count(p.Rows)} versions of rows, {Printable.Bytes(p.Bytes)}, {Printable.Count(p.Problems)} problems")), stop).ConfigureAwait(false);
                break;
        }
    }

    private static string Line(VacuumProgress progress) => progress.Step == VacuumStep.Rewriting ? $"vacuum {progress.Table}: rewriting its files"
        : $"vacuum {progress.Table}: {Printable.Count(progress.VersionsRemoved)} of {Printable.Count(progress.VersionsRead)} versions removed";

    private static (long Log, long Store) Sizes(HeliosEngine engine)
    {
        var counters = engine.GetCounters();
        return (counters.LogBytes, counters.StoreBytes);
    }

    /// <summary>Tells on the thread that reports, in order.</summary>
    private sealed class Told<T>(Action<T> tell) : IProgress<T>
    {
        public void Report(T value) => tell(value);
    }
}
