using System.Runtime.ExceptionServices;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>When statistics are gathered again.</summary>
/// <param name="Interval">Between two looks.</param>
/// <param name="Changes">Changes of a table's rows below which its statistics stay, however small it is …</param>
/// <param name="Share">… and the share of its rows.</param>
/// <param name="MaxCpu">Share of the processors in use above which it waits.</param>
/// <param name="MaxWait">How long it waits at most.</param>
internal sealed record StatisticsRefreshOptions(TimeSpan Interval, long Changes, double Share, double MaxCpu, TimeSpan MaxWait);

/// <summary>
/// Gathers the statistics of tables again whose rows have changed much since. A table that nobody has analysed is left alone: who never asks for statistics
/// never pays for reading a table.
/// </summary>
/// <remarks>What it stores is no change of a row: nothing of it can come back to it.</remarks>
internal sealed class StatisticsStage(RecoveredPath engine, TableAnalyzer analyzer, StatisticsCache cache, StatisticsRefreshOptions options, MaintenanceBudget budget, TimeProvider time, ILogger logger)
    : BackgroundStage("statistics", options.Interval, time, logger, budget, engine.Parts.Options.Metrics)
{
    /// <summary>How long an analysis waits for the other stages, all its waits together: its snapshot keeps old versions meanwhile.</summary>
    private static readonly TimeSpan s_mostHeld = TimeSpan.FromSeconds(10);

    private long? _waitingSince; // since when a table is due and the processors are busy
    private long _refreshed;
    private long _skipped;

    /// <summary>Tables analysed again so far.</summary>
    public long Refreshed => Interlocked.Read(ref _refreshed);

    /// <summary>Runs that waited for a processor.</summary>
    public long SkippedForCpu => Interlocked.Read(ref _skipped);

    protected override async Task RunAsync(bool isForced, CancellationToken cancellationToken)
    {
        var share = SampleCpu(); // each interval, so that it is that of the last one
        if (engine.Path.Fault is not null)
            return; // nothing can be stored until the engine resumes
        var (failure, waits) = (default(Exception), false);
        foreach (var table in engine.Parts.Plans.All.Where(t => !t.Definition.IsSystem).OrderBy(t => t.Definition.Id.Value))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (!IsDue(table, isForced))
                    continue;
                if (!isForced && MustWait(share))
                {
                    waits = true;
                    break;
                }

                await analyzer.AnalyzeAsync(table, progress: null, cancellationToken, Pace()).ConfigureAwait(false);
                Interlocked.Increment(ref _refreshed);
            }
            catch (HeliosException error) when (error.Kind == HeliosErrorKind.Corrupt || error.Code == "format_too_new")
            {
                failure ??= error; // told at the end: one damaged table must not keep the others from theirs
            }
        }

        if (!waits)
            _waitingSince = null;
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
    }

    private Func<long, CancellationToken, Task> Pace()
    {
        var held = TimeSpan.Zero;
        return async (bytes, cancellationToken) =>
        {
            if (held >= s_mostHeld)
                return;
            var began = Time.GetTimestamp();
            await PaceAsync(bytes, cancellationToken, s_mostHeld - held).ConfigureAwait(false);
            held += Time.GetElapsedTime(began);
        };
    }

    private bool IsDue(TablePlan table, bool isForced)
    {
        try
        {
            return cache.ChangesSince(table.Definition.Id) is { } changes
                && changes >= (isForced ? 1 : Math.Max(options.Changes, (long)(engine.Parts.Published.Rows(table.Definition.Id) * options.Share)));
        }
        catch (HeliosException error) when (error.Kind == HeliosErrorKind.Corrupt)
        {
            return true; // to gather them again is what makes damaged ones whole
        }
    }

    private bool MustWait(double? share)
    {
        if (share is { } used && used <= options.MaxCpu)
            return false;
        _waitingSince ??= Time.GetTimestamp();
        if (Time.GetElapsedTime(_waitingSince.GetValueOrDefault()) >= options.MaxWait)
            return false;
        Interlocked.Increment(ref _skipped);
        Skip();
        return true;
    }
}
