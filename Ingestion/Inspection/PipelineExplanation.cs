using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Ingestion;

/// <summary>What the write path did in a while: which stage had how much to do, who waited for whom, and what limits it. Plain values, fit for JSON.</summary>
public sealed record PipelineExplanation
{
    /// <summary>How long it was looked at.</summary>
    public required TimeSpan Window { get; init; }

    /// <summary>Commits that became visible meanwhile.</summary>
    public required long Commits { get; init; }

    /// <summary>Calls that found the queue full and waited before their commit was let in, and have been let in meanwhile.</summary>
    public required long CallerWaits { get; init; }

    /// <summary>How long those calls waited, all together.</summary>
    public required TimeSpan CallersWaited { get; init; }

    /// <summary>Syncs of the log.</summary>
    public required long Syncs { get; init; }

    /// <summary>How long one took, on average; zero where there was none.</summary>
    public required TimeSpan SyncTime { get; init; }

    /// <summary>Share of all processors' time that the whole process took: 0 to 1.</summary>
    public required double Processors { get; init; }

    /// <summary>The stages in the order in which a commit goes through them.</summary>
    public required IReadOnlyList<StageExplanation> Stages { get; init; }

    /// <summary>The stage that limits the rate; null where none does.</summary>
    public required string? Bottleneck { get; init; }

    /// <summary>In one sentence: what limits the rate, and what would help.</summary>
    public required string Verdict { get; init; }

    /// <summary>A table of the stages, and the verdict.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var invariant = CultureInfo.InvariantCulture;
        text.Append(invariant, $"{Window.TotalSeconds:0.###} s, {Commits:N0} commits");
        if (Syncs > 0)
            text.Append(invariant, $", {Syncs:N0} syncs of {Show(SyncTime)}");
        text.Append(invariant, $"; {CallerWaits:N0} callers waited for room, {Show(CallersWaited)} together; the process takes {Percent(Processors)} of the processors\n\n");
        text.Append("stage       saturation               service/message  queue wait  waiting  blocked by\n");
        foreach (var stage in Stages)
            text.Append(Line(stage)).Append('\n');
        return text.Append('\n').Append(Verdict).Append('\n').ToString();
    }

    private static string Line(StageExplanation stage)
    {
        var blocked = stage.BlockedBy is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{stage.BlockedBy}, {Percent(stage.Blocked)} of the time");
        return string.Create(CultureInfo.InvariantCulture,
            $"{stage.Name,-10}  {Bar(stage.Saturation)} {Percent(stage.Saturation),5}  {Show(stage.ServiceTime),15}  {Show(stage.QueueWait),10}  {stage.MeanDepth,7:0.0}  {blocked}").TrimEnd();
    }

    /// <summary>As a whole number of hundredths.</summary>
    internal static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0}%");

    private static string Bar(double share)
    {
        const int width = 16;
        var full = (int)Math.Round(Math.Clamp(share, 0, 1) * width);
        return new string('#', full) + new string('.', width - full);
    }

    private static string Show(TimeSpan time) => time switch
    {
        { Ticks: 0 } => "0",
        { TotalMilliseconds: < 1 } => time.TotalMicroseconds.ToString("0.0 'µs'", CultureInfo.InvariantCulture),
        { TotalSeconds: < 1 } => time.TotalMilliseconds.ToString("0.0 'ms'", CultureInfo.InvariantCulture),
        _ => time.TotalSeconds.ToString("0.0 's'", CultureInfo.InvariantCulture),
    };
}

/// <summary>One stage of the write path in a while.</summary>
/// <param name="Name"><c>validate</c>, <c>constrain</c>, <c>log</c>, <c>commit</c> or <c>track</c>.</param>
/// <param name="Messages">Messages that it handled: commits where it is validate or constrain, groups of commits behind them. Commits of up to 16 rows may be validated by their callers, and are not counted there.</param>
/// <param name="Runs">Times it took what was waiting.</param>
/// <param name="Saturation">Share of the time in which it worked, its waits for others left out: 0 to 1. Of validate, of all processors' time.</param>
/// <param name="ServiceTime">Work for one message, on average.</param>
/// <param name="QueueWait">How long a message waited in front of it, on average: by Little's law, from the mean depth and the rate.</param>
/// <param name="MeanDepth">Messages that waited in front of it, on average over looks.</param>
/// <param name="Capacity">Messages that may wait there; 0 where the stage has no mailbox.</param>
/// <param name="Blocked">Share of the time in which it waited for another stage: 0 to 1.</param>
/// <param name="BlockedBy">The stage that it waited for; null where it did not.</param>
public sealed record StageExplanation(string Name, long Messages, long Runs, double Saturation, TimeSpan ServiceTime, TimeSpan QueueWait, double MeanDepth, int Capacity, double Blocked, string? BlockedBy);
