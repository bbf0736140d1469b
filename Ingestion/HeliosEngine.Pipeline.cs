namespace Helios.Pipeline.Ingestion;

public sealed partial class HeliosEngine
{
    private const int DepthLooks = 100;

    private static readonly TimeSpan s_leastWindow = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestWindow = TimeSpan.FromMinutes(10);

    /// <summary>Looks at the write path for a while and says which stage limits it, who waits for whom, and what would help.</summary>
    /// <param name="window">How long; 100 ms to 10 minutes. The default is 1 s.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <remarks>Costs commits nothing: the stages count anyhow. Call it while the load is on. Any thread.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The window is shorter or longer.</exception>
    /// <exception cref="Storage.HeliosException">Closed: the engine was closed. Unavailable: the write path has failed, or has begun anew meanwhile.</exception>
    public async Task<PipelineExplanation> ExplainPipelineAsync(TimeSpan? window = null, CancellationToken cancellationToken = default)
    {
        var wanted = window ?? TimeSpan.FromSeconds(1);
        ArgumentOutOfRangeException.ThrowIfLessThan(wanted, s_leastWindow, nameof(window));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(wanted, s_longestWindow, nameof(window));
        var path = WorkingPath(null);
        var (time, before) = (Options.TimeProvider, PipelineSample.Take(path, Parts));
        var started = time.GetTimestamp();
        var meters = before.Stages.Select(stage => Parts.Options.Metrics.Stages.FirstOrDefault(meter => meter.Name == stage.Name)).ToArray(); // null: it has just stopped
        var (depths, looks) = (new double[meters.Length], 0);
        using var timer = new PeriodicTimer(wanted / DepthLooks, time);
        while (time.GetElapsedTime(started) < wanted && await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            WorkingPath(path);
            looks++;
            for (var i = 0; i < meters.Length; i++)
                depths[i] += meters[i]?.Depth ?? 0;
        }

        WorkingPath(path);
        return PipelineExplainer.Explain(before, PipelineSample.Take(path, Parts), time.GetElapsedTime(started), [.. depths.Select(sum => sum / Math.Max(1, looks))], Environment.ProcessorCount);
    }

    /// <summary>The path that takes commits now, which must be the one of before.</summary>
    private WritePath WorkingPath(WritePath? before)
    {
        ThrowIfClosed();
        if (WritePath.Fault is { } fault)
            throw EngineFault.RefusalFor(fault);
        if (before is not null && before != WritePath)
            throw new Storage.HeliosException(Storage.HeliosErrorKind.Unavailable, "resumed", "The write path has begun anew meanwhile, so what was counted is not comparable. Ask again.");
        return WritePath;
    }
}
