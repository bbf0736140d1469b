using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>When index snapshots are made.</summary>
/// <param name="Directory">Where they lie.</param>
/// <param name="DatabaseId">Whose they are.</param>
/// <param name="LogBytes">Log that starts the next one; see <see cref="IndexSnapshotStage.Unit"/>.</param>
internal sealed record IndexSnapshotOptions(string Directory, Guid DatabaseId, long LogBytes)
{
    /// <summary>Time between two attempts at least.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Keys that an open had to make of rows, from which on it makes a snapshot at once.</summary>
    public long ManyKeys { get; init; } = 100_000;
}

/// <summary>
/// Writes the keys of all indexes as of one LSN to disk while commits go on, and holds the log from there: an open completes them from it. The walk reads the trees as any reader
/// does, at a pinned LSN; the file takes its place when the store's files have that LSN, so that no store is ever behind its snapshot.
/// </summary>
internal sealed class IndexSnapshotStage(
    RecoveredPath engine, IStorageFiles files, DatabaseKeys? keys, Func<CancellationToken, Task> checkpoint, IndexSnapshotOptions options, TimeProvider time, ILogger logger)
    : BackgroundStage("index-snapshots", s_look, time, logger, metrics: engine.Parts.Options.Metrics)
{
    /// <summary>So many times <see cref="Unit"/> of log is held for a snapshot, and written during a walk, at most.</summary>
    private const int MaxUnits = 4;

    /// <summary>The part of <see cref="Unit"/> that is enough where there is time: what the log completes costs an open about as much a row as reading the row.</summary>
    private const int EarlyPart = 16;

    /// <summary>There is time where so many times what the last snapshot took has gone by since it was begun.</summary>
    private const int EarlyTimes = 5;

    /// <summary>A key and its version take several times as much in memory as in a snapshot.</summary>
    private const int MemoryPerSnapshotByte = 4;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    private readonly ILogger _logger = logger;
    private readonly IndexSnapshotFile _file = new(files, options.Directory);
    private long _bytesAtHeld;    // of the log, at the snapshot that holds it; negative where that is older than this open
    private long _bytesAtTry;
    private readonly long _opened = time.GetTimestamp();
    private long? _timeAtTry;     // null before the first
    private TimeSpan _took;       // the last one
    private Lsn _wantedFrom;      // the rows were many to read: a snapshot is due with the first commit behind this one
    private bool _wanted;

    /// <summary>Snapshots that have taken their place.</summary>
    public int Finished { get; private set; }

    /// <summary>Log for which a new snapshot is worth its bytes: what was asked for, or about as much as it will have itself.</summary>
    public long Unit => Math.Max(options.LogBytes, engine.Parts.Plans.All.Sum(static plan => plan.Trees.Sum(static tree => tree.LiveBytes)) / MemoryPerSnapshotByte);

    /// <summary>Holds the log for the snapshot that the open has used, before anything trims it.</summary>
    public void Hold()
    {
        if (engine.Report.Indexes.Snapshot is { } lsn)
        {
            engine.Subscribers.Held = lsn;
            _bytesAtHeld = _bytesAtTry = -engine.Parts.Log.Segments.Where(segment => segment.Last >= lsn).Sum(static segment => segment.Bytes);
        }

        _wanted = engine.Report.Indexes.Snapshot is null && engine.Report.Indexes.Keys >= options.ManyKeys;
    }

    /// <summary>Makes one now; returns its LSN, or null where the log has no frame yet that it could name.</summary>
    /// <exception cref="HeliosException">The write path has failed or stopped, or the disk refuses.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public async Task<Lsn?> MakeNowAsync(CancellationToken cancellationToken)
    {
        Lsn? made = null;
        await RunNowAsync(async token => made = await MakeAsync(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return made;
    }

    protected override bool Look()
    {
        LetGoWhatHoldsTooMuch();
        return engine.Path.Fault is null && IsDue;
    }

    protected override Task RunAsync(bool isForced, CancellationToken cancellationToken) => MakeAsync(cancellationToken);

    protected override void LogFailure(ILogger logger, Exception error) => IndexSnapshotLog.Failed(logger, error);

    private async Task<Lsn?> MakeAsync(CancellationToken cancellationToken)
    {
        var (last, now) = ((_bytesAtTry, _timeAtTry), Time.GetTimestamp());
        _timeAtTry = now;
        var began = _bytesAtTry = engine.Parts.Log.Bytes;
        try
        {
            // The walk blocks and may take seconds: no pool thread's work.
            var written = await Task.Factory.StartNew(() => Write(began, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).ConfigureAwait(false);
            if (written is not { } snapshot)
                return null;
            await PlaceAsync(snapshot.Lsn, cancellationToken).ConfigureAwait(false);
            engine.Subscribers.Held = snapshot.Lsn;
            _bytesAtHeld = began;
            _wanted = false;
            Finished++;
            IndexSnapshotLog.Ended(_logger, snapshot.Lsn.Value, snapshot.Keys, snapshot.Bytes);
            return snapshot.Lsn;
        }
        catch (OperationCanceledException)
        {
            (_bytesAtTry, _timeAtTry) = last; // given up, it is as due as before
            throw;
        }
        finally
        {
            _took = Time.GetElapsedTime(now);
        }
    }

    /// <summary>Puts the file in the place of the old one, once the store's files have its LSN.</summary>
    private async Task PlaceAsync(Lsn lsn, CancellationToken cancellationToken)
    {
        try
        {
            if (engine.Parts.Store.FlushedLsn() < lsn)
                await checkpoint(cancellationToken).ConfigureAwait(false);
            _file.Replace();
        }
        catch
        {
            _file.RemoveTemporary();
            throw;
        }
    }

    private bool IsDue
    {
        get
        {
            var since = Time.GetElapsedTime(_timeAtTry ?? _opened);
            if ((_timeAtTry is not null && since < options.Pause) || engine.Parts.Options.Space.IsLow)
                return false;
            if (!HasTrees)
                return false;
            if (_wanted)
                return engine.Parts.Visible.Value > _wantedFrom;
            var (log, unit) = (engine.Parts.Log.Bytes - _bytesAtTry, Unit);
            return log >= unit || (log >= unit / EarlyPart && since >= options.Pause && since >= EarlyTimes * _took);
        }
    }

    /// <summary>Is there an index that is not partly in the store?</summary>
    private bool HasTrees => engine.Parts.Plans.All.Any(static plan => plan.Trees.Any(static tree => !tree.HasSpilled));

    /// <summary>Walks the trees at what is visible now, and writes the file beside the old one; null where the log does not have that frame, or there is nothing to write.</summary>
    private (Lsn Lsn, long Keys, long Bytes)? Write(long began, CancellationToken cancellationToken)
    {
        if (!HasTrees)
            return null;
        // Held before the LSN is known: what the log has from here on is not trimmed meanwhile.
        var isFirst = engine.Subscribers.Held == Lsn.Max;
        if (isFirst)
            (engine.Subscribers.Held, _bytesAtHeld) = (engine.Parts.Visible.Value, began);
        var lsn = engine.Snapshots.Open();
        var isWritten = false;
        try
        {
            if (FindFrame(lsn) is not { } header)
            {
                _wantedFrom = lsn;
                return null;
            }

            IndexSnapshotLog.Began(_logger, lsn.Value);
            using var file = _file.Create();
            using var writer = new IndexSnapshotWriter(file, header, keys?.Indexes);
            new IndexSnapshotWalk(engine.Parts, lsn, () => engine.Parts.Log.Bytes - began > MaxUnits * Unit).Run(writer, cancellationToken);
            writer.Finish();
            isWritten = true;
            return (lsn, writer.Entries, writer.Length);
        }
        finally
        {
            engine.Snapshots.Close(lsn);
            if (!isWritten)
            {
                _file.RemoveTemporary();
                if (isFirst)
                    engine.Subscribers.Held = Lsn.Max;
            }
        }
    }

    /// <summary>The frame of the log that ends with an LSN; null where the log begins behind it, as after a restore, or has been let go up to there.</summary>
    private IndexSnapshotHeader? FindFrame(Lsn lsn)
    {
        var log = engine.Parts.Log;
        if (lsn == Lsn.Zero || log.Oldest > lsn)
            return null;
        using var frames = log.Read(lsn);
        if (!frames.TryRead(lsn, out var frame) || frame.Last != lsn)
            return null;
        return new IndexSnapshotHeader
        {
            DatabaseId = options.DatabaseId,
            Lsn = lsn,
            FrameFirst = frame.First,
            FrameEpoch = frame.Epoch,
            FrameCrc = frame.Crc,
            IsEncrypted = keys is not null,
            Taken = Time.GetUtcNow().UtcTicks,
        };
    }

    /// <summary>A snapshot that nothing newer can replace must not hold the log for ever.</summary>
    private void LetGoWhatHoldsTooMuch()
    {
        var held = engine.Subscribers.Held;
        if (held == Lsn.Max || engine.Parts.Log.Bytes - _bytesAtHeld <= MaxUnits * Unit)
            return;
        engine.Subscribers.Held = Lsn.Max;
        IndexSnapshotLog.LetGo(_logger, held.Value);
    }
}
