using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Ingestion;

/// <content>Statistics of tables.</content>
public sealed partial class HeliosEngine
{
    private readonly StatisticsParts _statistics;

    internal StatisticsParts Statistics => _statistics;

    /// <summary>Reads a table, or each of them, and keeps what its values are like: how many different ones there are, the most common, the least and greatest, a histogram (docs/statistics.md).</summary>
    /// <param name="table">Its name; null for all tables.</param>
    /// <param name="progress">Is told after each batch of rows.</param>
    /// <param name="cancellationToken">Stops between two batches; tables that are done stay done, the one in hand keeps what was known of it.</param>
    /// <returns>What was found, by name of the table.</returns>
    /// <remarks>
    /// Each table is read as of one commit, in memory that depends on its columns only: 20 to 60 KiB each. Commits go on meanwhile. What was found is stored with the database; it lasts from the next
    /// checkpoint or close on, and a kill before leaves what was known before. Answers of queries never depend on it.
    /// </remarks>
    /// <exception cref="HeliosException">Invalid <c>unknown_table</c>. Corrupt: a row cannot be read. Unavailable, Closed: the engine has failed or is closed.</exception>
    public async Task<IReadOnlyList<TableAnalysis>> AnalyzeAsync(string? table = null, IProgress<AnalyzeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        TableId[] ids = table is not null ? [TableId(table)]
            : [.. Parts.Published.Catalog.Tables.Where(t => !t.IsSystem).OrderBy(t => t.Name, StringComparer.Ordinal).Select(t => t.Id)];
        var found = new List<TableAnalysis>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            foreach (var id in ids)
            {
                var plan = Parts.Plans[id];
                var (name, rows) = (plan.Definition.Name, Parts.Published.Rows(id));
                var statistics = await _statistics.Analyzer.AnalyzeAsync(plan, progress is null ? null : read => progress.Report(new AnalyzeProgress(name, read, rows)), stop.Token).ConfigureAwait(false);
                found.Add(TableAnalysis.Of(plan.Newest.Definition, statistics, _statistics.Cache.ChangesSince(id).GetValueOrDefault()));
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Closed();
        }
        catch (ObjectDisposedException) when (State == EngineState.Closed)
        {
            throw Closed();
        }

        return found;
    }

    /// <summary>What <see cref="AnalyzeAsync"/>, or the background after it, found last; null where the table was never analysed.</summary>
    /// <param name="table">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HeliosException">Invalid <c>unknown_table</c>. Corrupt: what is stored is damaged; to analyse the table again makes it whole. Unavailable <c>format_too_new</c>: a later version stored it. Closed: the engine is closed.</exception>
    public ValueTask<TableAnalysis?> GetStatisticsAsync(string table, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var id = TableId(table);
        try
        {
            var known = _statistics.Cache.Find(id);
            return ValueTask.FromResult(known is null ? null : TableAnalysis.Of(Parts.Plans[id].Definition, known, _statistics.Cache.ChangesSince(id).GetValueOrDefault()));
        }
        catch (ObjectDisposedException) when (State == EngineState.Closed)
        {
            throw Closed();
        }
    }

    private StatisticsParts MakeStatistics()
    {
        var (options, time) = (_options.Statistics, _options.TimeProvider);
        var cache = new StatisticsCache(Parts.Store, Parts.Published, options.Cache, time);
        var analyzer = new TableAnalyzer(_recovered, cache, time);
        return new StatisticsParts(cache, analyzer, !options.IsRefreshed ? null
            : new StatisticsStage(_recovered, analyzer, cache, options.Refresh(_options.Maintenance.MaxCpu), _budget, time, _options.LoggerFactory.CreateLogger<StatisticsStage>()));
    }
}

/// <summary>What keeps the statistics of tables.</summary>
/// <param name="Cache">Those in memory.</param>
/// <param name="Analyzer">Gathers them.</param>
/// <param name="Stage">Has them gathered again; null where nobody does.</param>
internal sealed record StatisticsParts(StatisticsCache Cache, TableAnalyzer Analyzer, StatisticsStage? Stage);
