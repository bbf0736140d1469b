using System.Collections.Immutable;

namespace Helios.Pipeline.Ingestion;

/// <summary>The counts of a write path at one moment.</summary>
internal sealed record PipelineSample
{
    private static readonly ImmutableArray<string> s_order = ["constrain", "log", "commit", "track"];

    public required ulong Visible { get; init; }

    public required long GateWaits { get; init; }

    public required TimeSpan GateWaited { get; init; }

    public required long Syncs { get; init; }

    public required TimeSpan Syncing { get; init; }

    public required long Validated { get; init; }

    public required TimeSpan Validating { get; init; }

    /// <summary>What the whole process has taken of the processors.</summary>
    public required TimeSpan Processing { get; init; }

    /// <summary>In the order of the path; a stage that has stopped is left out.</summary>
    public required ImmutableArray<StageSample> Stages { get; init; }

    public static PipelineSample Take(WritePath path, WritePathParts parts)
    {
        var metrics = parts.Options.Metrics;
        var stages = metrics.Stages.ToDictionary(static stage => stage.Name);
        return new PipelineSample
        {
            Visible = parts.Visible.Value.Value,
            GateWaits = path.Gate.WaitsOver,
            GateWaited = path.Gate.Waited,
            Syncs = metrics.Syncs.Count,
            Syncing = metrics.Syncs.Took,
            Validated = metrics.Validation.Count,
            Validating = metrics.Validation.Took,
            Processing = Environment.CpuUsage.TotalTime,
            Stages = [.. s_order.Where(stages.ContainsKey).Select(name => StageSample.Of(stages[name]))],
        };
    }
}

/// <summary>The counts of one stage at one moment.</summary>
internal readonly record struct StageSample(string Name, long Messages, long Runs, TimeSpan Busy, TimeSpan Waited, int Capacity)
{
    public static StageSample Of(StageMeter meter) => new(meter.Name, meter.Messages, meter.Runs, meter.Busy, meter.Waited, meter.Capacity);
}
