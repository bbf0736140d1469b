using System.Globalization;

namespace Helios.Pipeline.Ingestion;

/// <summary>Makes of two samples of a write path what a reader wants to know.</summary>
internal static class PipelineExplainer
{
    /// <summary>Share of the time from which on a stage is called the limit: what is left then is no room for much more.</summary>
    private const double Saturated = 0.6;

    /// <summary>Share of the processors from which on there are none to spare.</summary>
    private const double NoProcessorLeft = 0.85;

    /// <param name="before">At the begin of the window.</param>
    /// <param name="after">At its end; of the same path.</param>
    /// <param name="window">Between the two.</param>
    /// <param name="depths">Messages in front of each stage of <paramref name="after"/>, on average.</param>
    /// <param name="processors">Processors of the machine.</param>
    public static PipelineExplanation Explain(PipelineSample before, PipelineSample after, TimeSpan window, IReadOnlyList<double> depths, int processors)
    {
        var stages = new List<StageExplanation> { Validation(before, after, window, processors) };
        for (var i = 0; i < after.Stages.Length; i++)
        {
            var (now, name) = (after.Stages[i], after.Stages[i].Name);
            var then = before.Stages.FirstOrDefault(stage => stage.Name == name);
            stages.Add(Stage(then, now, i + 1 < after.Stages.Length ? after.Stages[i + 1].Name : "log", window, depths[i]));
        }

        var syncs = after.Syncs - before.Syncs;
        var explanation = new PipelineExplanation
        {
            Window = window,
            Commits = (long)(after.Visible - before.Visible),
            CallerWaits = after.GateWaits - before.GateWaits,
            CallersWaited = after.GateWaited - before.GateWaited,
            Syncs = syncs,
            SyncTime = Per(after.Syncing - before.Syncing, syncs),
            Processors = Share(after.Processing - before.Processing, window * processors),
            Stages = stages,
            Bottleneck = stages.Where(static stage => stage.Saturation >= Saturated).MaxBy(static stage => stage.Saturation)?.Name,
            Verdict = "",
        };
        return explanation with { Verdict = Verdict(explanation) };
    }

    private static StageExplanation Validation(PipelineSample before, PipelineSample after, TimeSpan window, int processors)
    {
        var (count, took) = (after.Validated - before.Validated, after.Validating - before.Validating);
        return new StageExplanation("validate", count, count, Share(took, window * processors), Per(took, count), TimeSpan.Zero, 0, 0, 0, null);
    }

    /// <param name="then">Default where the stage had not begun.</param>
    /// <param name="now">Its counts now.</param>
    /// <param name="next">Whom it waits for where it waits: the stage behind it, and of the last one Log, whose syncs an answer needs.</param>
    /// <param name="window">Between the two.</param>
    /// <param name="depth">Messages in front of it.</param>
    private static StageExplanation Stage(StageSample then, StageSample now, string next, TimeSpan window, double depth)
    {
        var messages = now.Messages - then.Messages;
        var waited = now.Waited - then.Waited;
        var work = now.Busy - then.Busy - waited;
        var blocked = Share(waited, window);
        return new StageExplanation(now.Name, messages, now.Runs - then.Runs, Share(work, window), Per(work, messages), Per(window * depth, messages), depth, now.Capacity,
            blocked, blocked >= 0.005 ? next : null);
    }

    private static string Verdict(PipelineExplanation seen)
    {
        if (seen.Commits == 0)
            return "Nothing was committed meanwhile: there is nothing to explain.";
        if (seen.Bottleneck is not null)
        {
            var stage = seen.Stages.First(s => s.Name == seen.Bottleneck);
            return $"{Name(stage.Name)} is the limit: it works {PipelineExplanation.Percent(stage.Saturation)} of the time. {Advice(stage, seen)}";
        }

        var busiest = seen.Stages.MaxBy(static stage => stage.Saturation)!;
        if (seen.Processors >= NoProcessorLeft)
            return $"The processors are the limit: the process takes {PipelineExplanation.Percent(seen.Processors)} of them, and no stage works more than {PipelineExplanation.Percent(busiest.Saturation)} of the time ({busiest.Name}). What the stages do not take is the callers', who make rows and encode them, and the store's background.";
        var callers = seen.CallerWaits > 0 ? " Callers wait for room in the queue all the same: it is short for the time that a commit takes; raise MaxQueuedBytes or MaxQueuedRows." : "";
        return $"The callers are the limit: no stage works more than {PipelineExplanation.Percent(busiest.Saturation)} of the time ({busiest.Name}). More commits in flight, or more rows in each, raise the rate.{callers}";
    }

    private static string Advice(StageExplanation stage, PipelineExplanation seen) => stage.Name switch
    {
        "validate" => "Checks of types, lengths and expressions take all processors: fewer CHECK expressions and unique columns, or more processors.",
        "constrain" => "Keys are checked and numbered by one processor: more rows a commit cost less each, and fewer unique or foreign keys do.",
        "log" when seen.Syncs * seen.SyncTime >= 0.5 * stage.Saturation * seen.Window => string.Create(CultureInfo.InvariantCulture,
            $"Nearly all of it are syncs, {seen.SyncTime.TotalMilliseconds:0.##} ms each, {(double)seen.Commits / seen.Syncs:0.#} commits in one: more commits in flight share them, a level that syncs less often (batched, async) makes fewer, a faster disk makes them short."),
        "log" => "Appending is most of it: the disk takes no more bytes.",
        "commit" => "RocksDB takes no more: more rows a commit cost less each; where it stalls, its flushes wait for the disk.",
        _ => "Summaries of blocks are most of it: leave bulk loads out of them (SuspendFilters), or turn them off for good (Filters).",
    };

    private static string Name(string stage) => char.ToUpperInvariant(stage[0]) + stage[1..];

    private static double Share(TimeSpan part, TimeSpan whole) => whole > TimeSpan.Zero ? Math.Clamp(part / whole, 0, 1) : 0;

    private static TimeSpan Per(TimeSpan time, long count) => count > 0 ? time / count : TimeSpan.Zero;
}
