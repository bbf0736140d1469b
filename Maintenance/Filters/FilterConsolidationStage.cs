using System.Runtime.ExceptionServices;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>When summaries of blocks are made.</summary>
/// <param name="Interval">Between two looks.</param>
/// <param name="Changes">Changes that make a block's summary due.</param>
/// <param name="Age">Time since the first of fewer changes that makes it due too.</param>
/// <param name="Blocks">Blocks of one run at most.</param>
/// <param name="BlockRows">Rows of a block.</param>
/// <param name="MaxCpu">Share of the processors in use above which it waits.</param>
/// <param name="MaxWait">How long it waits at most.</param>
internal sealed record FilterConsolidationOptions(TimeSpan Interval, int Changes, TimeSpan Age, int Blocks, int BlockRows, double MaxCpu, TimeSpan MaxWait);

/// <summary>
/// Makes the summaries of blocks that have none (rows from before the open, of a bulk load, of a time of suspension), those of blocks whose columns have got
/// bloom filters since, and narrow ones of blocks that were changed. Reads the blocks as anybody does; writes nothing to the store, so nothing of it can come back to it.
/// </summary>
/// <remarks>
/// Each run of blocks is read at one LSN and told of all later commits until it takes its place: a failure or a stop leaves the summaries there were. Which
/// columns have bloom filters, and what has to go where memory is short, is decided first, however busy the processors are: that reads no row.
/// </remarks>
internal sealed class FilterConsolidationStage(RecoveredPath engine, FilterConsolidationOptions options, MaintenanceBudget budget, TimeProvider time, ILogger logger)
    : BackgroundStage("filters", options.Interval, time, logger, budget, engine.Parts.Options.Metrics)
{
    /// <summary>Rows that are read by one cursor, about, and blocks at most: what is being made is memory, too.</summary>
    private const int RowsPerBuild = 65_536;
    private const int MostBlocksPerBuild = 64;

    /// <summary>The part of a run that is done where it has waited long enough for the processors.</summary>
    private const int PartWhenBusy = 16;

    private readonly int _blocksPerBuild = Math.Clamp(RowsPerBuild / options.BlockRows, 1, MostBlocksPerBuild);
    private long _waitingSince = time.GetTimestamp();
    private uint _table; // whose blocks were made last: the next run begins behind it
    private long _blocks;
    private long _skipped;
    private long _bloomsMade;
    private long _bloomsDropped;
    private HeliosException? _damage; // the first block of the run that cannot be read

    /// <summary>Summaries made so far.</summary>
    public long Blocks => Volatile.Read(ref _blocks);

    /// <summary>Runs that waited for a processor.</summary>
    public long SkippedForCpu => Volatile.Read(ref _skipped);

    /// <summary>What it has done so far, beside the report that every stage makes.</summary>
    public FilterFigures Figures => new(Report, Blocks, SkippedForCpu, Volatile.Read(ref _bloomsMade), Volatile.Read(ref _bloomsDropped));

    protected override async Task RunAsync(bool isForced, CancellationToken cancellationToken)
    {
        var (began, before, outcome) = (Time.GetTimestamp(), Blocks, "failed");
        try
        {
            Decide();
            var left = isForced ? long.MaxValue : Allowance();
            await BuildAsync(left, isForced, cancellationToken).ConfigureAwait(false);
            outcome = left == 0 ? "skipped" : "done";
        }
        finally
        {
            engine.Parts.Options.Metrics.FilterRun(outcome, Time.GetElapsedTime(began), Blocks - before);
        }
    }

    private void Decide()
    {
        var (made, dropped) = engine.Parts.Filters.Decide();
        Interlocked.Add(ref _bloomsMade, made);
        Interlocked.Add(ref _bloomsDropped, dropped);
        engine.Parts.Options.Metrics.BloomsChosen(made, dropped);
    }

    private async Task BuildAsync(long left, bool isForced, CancellationToken cancellationToken)
    {
        _damage = null;
        var due = isForced ? new DueBlocks(1) : new DueBlocks((uint)options.Changes, (long)(engine.Parts.Filters.Now - options.Age).TotalSeconds);
        var tables = engine.Parts.Filters.All.OrderBy(f => f.Table.Value).ToList();
        var first = Math.Max(0, tables.FindIndex(f => f.Table.Value > _table)); // no table keeps the others waiting
        for (var i = 0; i < tables.Count && left > 0; i++)
        {
            var filters = tables[(first + i) % tables.Count];
            if (!engine.Parts.Plans.TryGet(filters.Table, out var plan))
                continue;
            var built = await BuildAsync(filters, plan, left, due, cancellationToken).ConfigureAwait(false);
            left -= built;
            if (built > 0)
                _table = filters.Table.Value;
        }

        if (_damage is { } damage)
            ExceptionDispatchInfo.Throw(damage);
    }

    private long Allowance()
    {
        var isBusy = SampleCpu() is not { } share || share > options.MaxCpu;
        if (isBusy && Time.GetElapsedTime(_waitingSince) < options.MaxWait)
        {
            Interlocked.Increment(ref _skipped);
            Skip();
            return 0;
        }

        _waitingSince = Time.GetTimestamp();
        return isBusy ? Math.Max(1, options.Blocks / PartWhenBusy) : options.Blocks;
    }

    private async Task<long> BuildAsync(TableFilters filters, TablePlan plan, long most, DueBlocks due, CancellationToken cancellationToken)
    {
        var (built, from) = (0L, 0UL);
        while (built < most && filters.TryFindDue(from, (int)Math.Min(_blocksPerBuild, most - built), due, out var first, out var last))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var bytes = await BuildAsync(filters, plan, first, last, cancellationToken).ConfigureAwait(false);
                await PaceAsync(bytes, cancellationToken).ConfigureAwait(false); // nothing is open meanwhile
            }
            catch (HeliosException error) when (error.Kind == HeliosErrorKind.Corrupt)
            {
                _damage ??= error; // told at the end: the blocks behind it must not go without filters for ever
            }

            built += (long)(last - first) + 1;
            from = last + 1;
        }

        return built;
    }

    /// <summary>Makes those of neighbours; returns the bytes that were read.</summary>
    private async Task<long> BuildAsync(TableFilters filters, TablePlan plan, ulong first, ulong last, CancellationToken cancellationToken)
    {
        var build = filters.BeginBuild(first, last, out var after);
        Lsn? asOf = null;
        var bytes = 0L;
        try
        {
            await engine.Parts.Visible.WaitAsync(after, cancellationToken).ConfigureAwait(false);
            using var view = new ReadView(engine.Parts.Store, engine.Parts.Rows, engine.Snapshots);
            using var rows = view.Scan(plan, filters.RowsOf(first).First, filters.RowsOf(last).Last, longScan: true);
            using var batch = RowBatch.Rent();
            bool more;
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
                batch.Clear();
                more = rows.Fill(batch);
                filters.Add(build, batch);
                bytes += batch.Bytes;
            }
            while (more);
            asOf = view.Lsn;
            return bytes;
        }
        finally
        {
            Interlocked.Add(ref _blocks, filters.EndBuild(build, asOf));
        }
    }
}

/// <summary>What making filters has done so far.</summary>
/// <param name="Stage">Runs, failures, time, as of every stage.</param>
/// <param name="Blocks">Blocks whose summaries were made by reading them.</param>
/// <param name="SkippedForCpu">Runs that waited for a processor.</param>
/// <param name="BloomsMade">Columns that queries chose for bloom filters.</param>
/// <param name="BloomsDropped">Those of them that lost them, because nobody asked or memory was short.</param>
internal sealed record FilterFigures(StageReport Stage, long Blocks, long SkippedForCpu, long BloomsMade, long BloomsDropped);
