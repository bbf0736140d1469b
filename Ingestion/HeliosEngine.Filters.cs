using Helios.Pipeline.Maintenance;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Ingestion;

/// <content>Filters of blocks.</content>
public sealed partial class HeliosEngine
{
    /// <summary>Makes the filters of all blocks that have none now, and narrow ones of those that were changed, rather than when the background comes to it.</summary>
    /// <param name="cancellationToken">Stops between two reads; what was made by then stays.</param>
    /// <exception cref="HeliosException">Corrupt: a row cannot be read. Closed: the engine was closed.</exception>
    /// <remarks>Nothing is done where <see cref="BlockFilterOptions.IsEnabled"/> is false. It reads each block that has no filter: of a large database all of it, after an open.</remarks>
    public async Task ConsolidateFiltersAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        try
        {
            if (_filters is not null)
                await _filters.RunNowAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectDisposedException) when (State == EngineState.Closed)
        {
            throw Closed();
        }

        ThrowIfClosed(); // then it found no table any more
    }

    internal StageReport? FilterStage => _filters?.Report;

    /// <summary>What makes filters; null where none are kept.</summary>
    internal BackgroundStage? Filtering => _filters;

    /// <summary>Null where no filters are kept.</summary>
    internal FilterFigures? FilterFigures => _filters?.Figures;

    private FilterConsolidationStage? MakeFilters()
    {
        var options = _options.Filters;
        return !options.Kept.IsEnabled ? null
            : new FilterConsolidationStage(_recovered, new FilterConsolidationOptions(options.ConsolidationInterval, options.ConsolidationChanges, options.ConsolidationAge, options.ConsolidationBlocks, options.BlockRows, Math.Min(options.ConsolidationMaxCpu, _options.Maintenance.MaxCpu), options.ConsolidationMaxWait),
                _budget, _options.TimeProvider, _options.LoggerFactory.CreateLogger<FilterConsolidationStage>());
    }
}
