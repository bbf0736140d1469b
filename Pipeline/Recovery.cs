using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline;

/// <summary>
/// Brings a database to where its log ends: cut the tail, make what was found durable, load what the store has, hand each
/// later frame to <see cref="OrderState.Observe"/> and then to the same Commit and Track that live traffic uses; flush;
/// begin a new segment; only then are commits admitted. To go on without a log, all of that, and then the marker that says so.
/// </summary>
internal sealed class Recovery(RecoveryOptions options)
{
    private ManifestCut? _manifestCut;

    public RecoveryReport Report { get; private set; } = new();

    /// <summary>Opens log and store and returns a path that has started, holds everything that was logged, and takes commits.</summary>
    /// <exception cref="HeliosException">Corrupt: log and store do not fit together, or are damaged; nothing was changed but an unsynced tail.</exception>
    public async Task<RecoveredPath> OpenAsync(CancellationToken cancellationToken)
    {
        var activity = PipelineActivities.Begin(PipelineActivities.Recovery);
        try
        {
            var recovered = await RecoverAsync(cancellationToken).ConfigureAwait(false);
            activity?.SetTag("applied", (long)Report.Applied.Value).SetTag("head", (long)Report.Head.Value)
                .SetTag("frames", Report.Frames).SetTag("commits", Report.Commits).SetTag("clean", Report.Clean);
            PipelineActivities.End(activity, "recovered");
            return recovered;
        }
        catch (Exception error)
        {
            PipelineActivities.Fail(activity, error);
            throw;
        }
    }

    private async Task<RecoveredPath> RecoverAsync(CancellationToken cancellationToken)
    {
        LogMessages.RecoveryBegan(options.Logger, options.LogDirectory);
        Unlogged.RemoveLeftover();
        var marker = options.IsNew ? null : Unlogged.Read();
        if (!options.IsNew && marker is null)
            WalRecovery.CheckVersions(options.Files, options.LogDirectory, options.DatabaseId);

        // Made before the log, so that a creation that is cut short leaves no log that names no store.
        var store = OpenStore(hasLog: !options.IsNew && marker is null);
        StoreContents? contents = null;
        ILog? log = null;
        try
        {
            // All of it before the log and the marker are touched: what a newer version wrote is refused with nothing changed.
            var state = store.Applied() ?? default;
            var closed = CleanClose.Read(store);
            var indexes = new IndexRecovery(options, store, state.Lsn, hasLog: !options.IsNew && marker is null && options.WithoutLog is null);
            contents = StoreContents.Load(store, indexes);
            contents = contents with { Producers = new ProducerLedger(options.ProducerWindow).Load(store) };
            log = options.WithoutLog is { } without ? OpenMemoryLog(store, state, closed, marker, without) : OpenLog(state, closed, marker);
            Report = Report with { Indexes = indexes.Report };
            return await ReplayAsync(store, log, contents, state, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            log?.Dispose();
            store.Dispose();
            contents?.Plans.Dispose();
            throw;
        }
    }

    private RocksStore OpenStore(bool hasLog)
    {
        try
        {
            return Open();
        }
        catch (HeliosException damage) when (hasLog && damage.Code == "corrupt")
        {
            _manifestCut = new TornManifest(options).Mend(damage);
            return Open();
        }

        RocksStore Open() => RocksStore.Open(options.StoreDirectory, options.Store, options.IsNew, options.Path.Time, options.Keys);
    }

    private UnloggedDatabase Unlogged => new(options.Files, options.MarkerPath, options.LogDirectory, options.DatabaseId);

    private WalWriter OpenLog(AppliedState state, WalPosition? closed, UnloggedMarker? marker)
    {
        if (marker is not null)
        {
            Unlogged.Check(marker, state.Lsn);
            Unlogged.End(new WalSegmentHeader { DatabaseId = options.DatabaseId, Before = state.Lsn, First = marker.Unused(state.Lsn), Epoch = marker.Epoch + 1 });
        }

        var found = FindLog(state, closed);
        Report = Report with { WasUnlogged = marker is not null };
        return new WalWriter(options.Files, options.LogDirectory, options.DatabaseId, options.Log, found, options.Keys?.Frames);
    }

    /// <summary>Goes on where the log ends, or where the store of a database without one does. The log is only read: it stands until all of it is in the store's files.</summary>
    private MemoryLog OpenMemoryLog(RocksStore store, AppliedState state, WalPosition? closed, UnloggedMarker? marker, UnloggedOptions without)
    {
        var start = new MemoryLogStart(Lsn.Zero, Lsn.Zero, new Lsn(1), 1);
        if (marker is not null)
        {
            Unlogged.Check(marker, state.Lsn);
            start = new MemoryLogStart(state.Lsn, state.Lsn, marker.Unused(state.Lsn), marker.Epoch + 1);
            Report = new RecoveryReport { Head = state.Lsn, Applied = state.Lsn, Epoch = start.Epoch, WasUnlogged = true };
        }
        else if (!options.IsNew)
        {
            var found = FindLog(state, closed);
            start = new MemoryLogStart(state.Lsn, found.Head, found.Next, found.Epoch + 1);
        }

        return new MemoryLog(start, without.RingBytes, store.FlushedLsn);
    }

    private WalRecovered FindLog(AppliedState state, WalPosition? closed)
    {
        var found = WalRecovery.Open(options.Files, options.LogDirectory, options.DatabaseId, options.Log, new WalExpectation
        {
            IsNew = options.IsNew,
            MustReach = state.Lsn,
            MustHoldAfter = state.Lsn,
            CleanClose = closed,
        });
        Report = new RecoveryReport { Head = found.Head, Applied = state.Lsn, Clean = found.WasClean, Cut = found.Cut, ManifestCut = _manifestCut, Epoch = found.Epoch + 1 };
        return found;
    }

    private async Task<RecoveredPath> ReplayAsync(RocksStore store, ILog log, StoreContents contents, AppliedState state, CancellationToken cancellationToken)
    {
        var marks = new
        {
            Durable = new Watermark("durable", log.Durable),
            Applied = new Watermark("applied", state.Lsn),
            Flushed = new Watermark("flushed", state.Lsn),
            Visible = new Watermark("visible", state.Lsn),
        };
        var published = new Published(contents.Catalog);
        foreach (var (table, counters) in contents.Counters.All)
            published.Load(new TableId(table), counters.Rows);

        var snapshots = new SnapshotRegistry(marks.Visible);
        var order = new OrderState(contents.Plans, new UniqueKeys(snapshots.Horizon), contents.Catalog, state.Lsn, state.CommitTime, options.Path.ConflictRows) { Producers = contents.Producers };
        foreach (var (table, counters) in contents.Counters.All)
            order.RaiseRows(new TableId(table), counters.HighestRowId);
        foreach (var source in contents.Sources)
            order.Sources.Move(source);

        var filters = new FilterRegistry(options.Filters, options.Path.Time);
        foreach (var plan in contents.Plans.All)
            filters.Add(plan.Definition, order.HighestRow(plan.Definition.Id));

        var subscribers = new LogSubscribers();
        var parts = new WritePathParts
        {
            Log = log,
            Subscribers = subscribers,
            Unlogged = log is MemoryLog memory ? new UnloggedFlush(memory, subscribers, options.Log.LsnSkip) : null,
            Store = store,
            Plans = contents.Plans,
            Order = order,
            Counters = contents.Counters,
            Published = published,
            Options = options.Path,
            Snapshots = snapshots,
            Filters = filters,
            Versions = new VersionProgress(store.Collected() ?? default, state.Lsn),
            Rows = new RowCache(options.RowCache),
            Durable = marks.Durable,
            Applied = marks.Applied,
            Flushed = marks.Flushed,
            Visible = marks.Visible,
            Epoch = log.Epoch,
        };
        var path = new WritePath(parts);
        path.Start();
        try
        {
            if (log.Head > state.Lsn)
                await FeedAsync(path, parts, state.Lsn, cancellationToken).ConfigureAwait(false);
            if (order.Head > state.Lsn)
                await marks.Visible.WaitAsync(order.Head, cancellationToken).ConfigureAwait(false);
            new IndexCompletion(store, marks.Visible.Value).Run(contents.Plans);
            // New commits come after everything that may ever have been told.
            order.Head = new Lsn(log.Next.Value - 1);
            await path.BeginFlushAsync().ConfigureAwait(false);
            if (!log.IsPersistent)
                await GiveUpLogAsync(path, parts, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await path.StopAsync().ConfigureAwait(false);
            throw;
        }

        LogMessages.RecoveryEnded(options.Logger, Report.Applied.Value, Report.Head.Value, Report.Commits, Report.Frames);
        return new RecoveredPath(path, parts, snapshots, Report);
    }

    /// <summary>The last step of an open without a log: the store's files have everything, and say so from now on alone.</summary>
    private async Task GiveUpLogAsync(WritePath path, WritePathParts parts, CancellationToken cancellationToken)
    {
        var log = parts.Log;
        await FlushWait.UntilAsync(path, parts, log.Head, cancellationToken).ConfigureAwait(false);
        parts.Durable.Reach(log.Sync());
        // Twice what may be applied and not flushed: commits that are on their way to the store have LSNs too, and whoever looks at the engine sees them. A
        // single group is applied whole, even where it is larger than the bound.
        var reserved = (2 * (ulong)options.Log.LsnSkip) + CommitGroup.MaxCommits;
        Unlogged.Begin(new UnloggedMarker(options.DatabaseId, log.Epoch, log.Head, log.Next, reserved));
    }

    private async Task FeedAsync(WritePath path, WritePathParts parts, Lsn applied, CancellationToken cancellationToken)
    {
        var (order, log) = (parts.Order, parts.Log);
        var shrinking = new IndexShrinking(parts.Plans, parts.Snapshots, path.SpillAsync);
        using var frames = log.IsPersistent ? log.Read(applied.Next) : new WalReader(options.Files, options.LogDirectory, options.DatabaseId, applied.Next, options.Keys?.Frames);
        while (TryMakeGroup(frames, log.Head) is { } group)
        {
            cancellationToken.ThrowIfCancellationRequested();
            order.Observe(group);
            Report = Report with { Frames = Report.Frames + 1, Commits = Report.Commits + group.Commits };
            options.Progress?.Invoke(Report);
            await path.ReplayAsync(group).ConfigureAwait(false);
            if (parts.Plans.BeyondLimit is null)
                continue;
            // Constrain takes entries out of the trees, which are this method's: nothing is observed meanwhile.
            await parts.Visible.WaitAsync(order.Head, cancellationToken).ConfigureAwait(false);
            order.Keys.TrimAll();
            await shrinking.RunAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The next group as the log has it, or null at the head.</summary>
    internal static CommitGroup? TryMakeGroup(ILogReader frames, Lsn head)
    {
        if (!frames.TryRead(head, out var frame))
            return null;
        var group = CommitGroup.Rent();
        group.First = frame.First;
        group.Commits = (int)frame.Commits;
        group.Time = frame.CommitTime;
        group.Frame.Append(frame.Payload);
        return group;
    }
}
