using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline;

/// <summary>
/// Brings a database to where its log ends: cut the tail, make what was found durable, load what the store has, hand each
/// later frame to <see cref="OrderState.Observe"/> and then to the same Commit and Track that live traffic uses; flush;
/// begin a new segment; only then are commits admitted.
/// </summary>
internal sealed class Recovery(RecoveryOptions options)
{
    /// <summary>After an unclean end this many LSNs are skipped: one that was told to someone and then lost never means something else.</summary>
    public const ulong LsnsSkipped = 1 << 20;

    public RecoveryReport Report { get; private set; } = new();

    /// <summary>Opens log and store and returns a path that has started, holds everything that was logged, and takes commits.</summary>
    /// <exception cref="HeliosException">Corrupt: log and store do not fit together, or are damaged; nothing was changed but an unsynced tail.</exception>
    public async Task<RecoveredPath> OpenAsync(CancellationToken cancellationToken)
    {
        var store = RocksStore.Open(options.StoreDirectory, options.Store, options.IsNew);
        WalRecovery? log = null;
        try
        {
            var state = store.ReadApplied();
            log = WalRecovery.Open(options.Files, options.LogDirectory, options.DatabaseId, options.Log, state.Lsn, options.IsNew);
            var contents = StoreContents.Load(store, state, options.Time);
            var clean = contents.CleanEpoch == log.Epoch && log.Head == state.Lsn && log.Cut is null;
            var writer = log.BeginWriting(clean || options.IsNew ? log.Head : log.Head + (int)LsnsSkipped);
            return await ReplayAsync(store, log, writer, contents, state, clean, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            log?.Dispose();
            store.Dispose();
            throw;
        }
    }

    private async Task<RecoveredPath> ReplayAsync(
        RocksStore store, WalRecovery log, WalWriter writer, StoreContents contents, AppliedState state, bool clean, CancellationToken cancellationToken)
    {
        var marks = new
        {
            Durable = new Watermark("durable", log.Head),
            Applied = new Watermark("applied", state.Lsn),
            Flushed = new Watermark("flushed", state.Lsn),
            Visible = new Watermark("visible", state.Lsn),
        };
        var published = new Published(contents.Catalog);
        foreach (var (table, counters) in contents.Counters.All)
            published.Load(new TableId(table), counters.Rows);

        var snapshots = new SnapshotRegistry(marks.Visible);
        var order = new OrderState(contents.Plans, new UniqueKeys(snapshots.Horizon), contents.Catalog, state.Lsn, state.Time);
        foreach (var (table, counters) in contents.Counters.All)
            order.RaiseRows(new TableId(table), counters.HighestRow);
        foreach (var source in contents.Sources)
            order.Sources.Move(source);

        var parts = new WritePathParts
        {
            Log = writer,
            Store = store,
            Plans = contents.Plans,
            Order = order,
            Counters = contents.Counters,
            Published = published,
            Metrics = options.Metrics,
            Time = options.Time,
            Logger = options.Logger,
            Durable = marks.Durable,
            Applied = marks.Applied,
            Flushed = marks.Flushed,
            Visible = marks.Visible,
            Epoch = writer.Epoch,
            Level = options.Level,
            Commit = options.Commit,
            MaxQueuedBytes = options.MaxQueuedBytes,
            MaxQueuedRows = options.MaxQueuedRows,
        };
        var path = new WritePath(parts);
        path.Start();
        try
        {
            await FeedAsync(path, order, log, state.Lsn, cancellationToken).ConfigureAwait(false);
            if (order.Head > state.Lsn)
                await marks.Visible.WaitAsync(order.Head, cancellationToken).ConfigureAwait(false);
            // New commits come after everything that may ever have been told.
            order.Head = writer.Head;
            Report = Report with { Head = log.Head, Applied = state.Lsn, Clean = clean, Cut = log.Cut, Epoch = writer.Epoch };
            await path.BeginFlushAsync().ConfigureAwait(false);
        }
        catch
        {
            await path.StopAsync().ConfigureAwait(false);
            throw;
        }

        return new RecoveredPath(path, parts, snapshots, Report);
    }

    private async Task FeedAsync(WritePath path, OrderState order, WalRecovery log, Lsn applied, CancellationToken cancellationToken)
    {
        using var frames = log.ReadFrom(applied.Next);
        while (frames.TryNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var group = MakeGroup(frames);
            order.Observe(group);
            Report = Report with { Frames = Report.Frames + 1, Commits = Report.Commits + group.Commits };
            options.Progress?.Invoke(Report);
            await path.ReplayAsync(group).ConfigureAwait(false);
        }
    }

    private static CommitGroup MakeGroup(WalReader frames)
    {
        var frame = frames.Current;
        var group = CommitGroup.Rent();
        group.First = frame.FirstLsn;
        group.Commits = frame.Commits;
        group.Time = frame.CommitTime;
        group.Frame.Append(frame.Payload);
        return group;
    }
}
