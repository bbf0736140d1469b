using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>When versions are collected.</summary>
/// <param name="Interval">Between two looks.</param>
/// <param name="Retained">Newest commits whose predecessors are kept in any case.</param>
/// <param name="MaxCpu">Share of the processors in use above which it waits.</param>
/// <param name="MaxWait">How long it waits at most.</param>
/// <param name="MaxLogBytes">Log that it holds back at most.</param>
internal sealed record VersionCollectionOptions(TimeSpan Interval, long Retained, double MaxCpu, TimeSpan MaxWait, long MaxLogBytes)
{
    /// <summary>Keys that go in one batch of the store, if no single commit left more: few enough that no commit waits long behind them.</summary>
    public int BatchKeys { get; init; } = 8_192;

    /// <summary>Bytes of keys in one batch.</summary>
    public int BatchBytes { get; init; } = 1 << 20;
}

/// <summary>
/// Removes versions that nobody can see any more: reads from the log what each commit has replaced, deleted and given up, in order, and has Commit remove what lies at or
/// before the horizon, together with the note how far that is. Where the log does not reach back to there, it sweeps all rows instead, once.
/// </summary>
/// <remarks>
/// Everything in it may be done twice, and nothing is lost by an end at any moment: what the note does not say is done again. While a sweep is under way the log
/// behind it waits: a deletion that went before the versions it hides would bring them back.
/// </remarks>
internal sealed class VersionCollectionStage : BackgroundStage
{
    /// <summary>Keys removed in one run where the processors are idle: less than a second of them.</summary>
    private const int KeysPerRun = 1 << 20;

    /// <summary>The same where it has waited long enough for them.</summary>
    private const int KeysWhenBusy = 1 << 16;

    /// <summary>Versions that a sweep reads in one step.</summary>
    private const int ReadPerStep = 1 << 17;

    /// <summary>Reading a version costs about so much less than removing one.</summary>
    private const int ReadsPerKey = 8;

    /// <summary>From this part of the bound on it waits for no processor: a sweep would cost more.</summary>
    private const int PressingPart = 4;

    /// <summary>A run that waits for the other stages ends after this: the next one looks anew how much log waits.</summary>
    private static readonly TimeSpan s_longestRun = TimeSpan.FromSeconds(5);

    /// <summary>Stands for the place behind the rows of all partitions: no table has that one.</summary>
    private const uint AllRows = uint.MaxValue;

    /// <summary>Time between two sweeps that nobody asked for: where there is no log, its memory may be too small for the load all the time.</summary>
    private static readonly TimeSpan s_sweepPause = TimeSpan.FromMinutes(10);

    private readonly RecoveredPath _engine;
    private readonly VersionCollectionOptions _options;
    private readonly ILogger _logger;
    private readonly CommitSource _commits;
    private readonly LogSubscribers.Subscription? _subscription; // null where there is no log that could be held
    private VacatedSweep? _vacated; // while a sweep is at the keys that rows gave up
    private bool _mustSweep;
    private bool _hasLetGo;
    private long? _lastSweep;
    private long _waitingSince;
    private long _stepBytes; // of the last step
    private long _sweptSoFar;
    private long _versions;
    private long _keys;
    private long _bytes;
    private long _sweeps;
    private long _skipped;

    public VersionCollectionStage(RecoveredPath engine, VersionCollectionOptions options, MaintenanceBudget budget, TimeProvider time, ILogger logger)
        : base("versions", options.Interval, time, logger, budget, engine.Parts.Options.Metrics)
    {
        _engine = engine;
        _options = options;
        _logger = logger;
        _commits = new CommitSource(engine.Parts.Log);
        _waitingSince = time.GetTimestamp();
        if (engine.Parts.Log.IsPersistent)
            _subscription = engine.Subscribers.Open(Lsn.Zero, LogNeeded); // as long as the engine: also a close lets log go
    }

    /// <summary>Versions of rows, and deletions, removed so far.</summary>
    public long Versions => Volatile.Read(ref _versions);

    /// <summary>Keys that rows gave up, removed so far.</summary>
    public long VacatedKeys => Volatile.Read(ref _keys);

    /// <summary>Bytes of them, as far as known.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Sweeps that have ended.</summary>
    public long Sweeps => Volatile.Read(ref _sweeps);

    /// <summary>Runs that waited for a processor.</summary>
    public long SkippedForCpu => Volatile.Read(ref _skipped);

    /// <summary>Keys in one batch, for who collects beside it.</summary>
    public VersionCollectionOptions Options => _options;

    protected override async Task RunAsync(bool isForced, CancellationToken cancellationToken)
    {
        if (_engine.Path.Fault is { } fault) // until the engine resumes nothing can be removed
        {
            if (isForced)
                throw EngineFault.RefusalFor(fault);
            return;
        }

        var lag = Lag();
        var (left, began) = (isForced ? long.MaxValue : Allowance(lag), Time.GetTimestamp());
        while (left > 0 && await StepAsync(isForced, left, cancellationToken).ConfigureAwait(false) is > 0 and var done)
        {
            left -= done;
            if (IsPressing(lag))
                continue; // it keeps to no budget: a sweep would cost more
            await PaceAsync(_stepBytes, cancellationToken).ConfigureAwait(false); // nothing is pinned meanwhile
            if (!isForced && Time.GetElapsedTime(began) >= s_longestRun)
                break;
        }
    }

    protected override void OnStopped()
    {
        CloseVacated();
        _commits.Close();
    }

    private VersionProgress Progress => _engine.Parts.Versions;

    private Lsn Horizon => VersionHorizon.Now(_engine, _options.Retained);

    /// <summary>The first LSN of the log that is needed: after a kill too, so what the store's files say counts.</summary>
    private Lsn LogNeeded()
    {
        var sweep = Progress.State.Sweep;
        if (Volatile.Read(ref _hasLetGo) || (Volatile.Read(ref _mustSweep) && sweep == Lsn.Zero))
            return Lsn.Max;
        var flushed = _engine.Parts.Store.FlushedCollected() ?? default;
        return new Lsn(Math.Max(Math.Max(flushed.Through.Value, flushed.Sweep.Value), sweep.Value)).Next;
    }

    /// <summary>Bytes of log that only this stage may need; too many are given up.</summary>
    private long Lag()
    {
        if (_subscription is null || !Progress.TryPeek(out var first, out _))
        {
            Volatile.Write(ref _hasLetGo, false);
            return 0;
        }

        var lag = _engine.Parts.Log.Segments.Where(segment => segment.Last >= first).Sum(static segment => segment.Bytes);
        var isTooMuch = lag > _options.MaxLogBytes && _engine.Parts.Log.Segments.Count > 1; // the newest segment stays in any case
        if (isTooMuch && !_hasLetGo)
            VersionLog.LetGo(_logger, lag);
        Volatile.Write(ref _hasLetGo, isTooMuch);
        return lag;
    }

    private bool IsPressing(long lag) => lag >= _options.MaxLogBytes / PressingPart;

    private long Allowance(long lag)
    {
        var isBusy = !IsPressing(lag) && (SampleCpu() is not { } share || share > _options.MaxCpu);
        if (isBusy && Time.GetElapsedTime(_waitingSince) < _options.MaxWait)
        {
            Interlocked.Increment(ref _skipped);
            Skip();
            return 0;
        }

        _waitingSince = Time.GetTimestamp();
        return isBusy ? KeysWhenBusy : KeysPerRun;
    }

    /// <summary>Does one batch; returns about how many keys of work that was, 0 where there is nothing to do.</summary>
    private async Task<long> StepAsync(bool isForced, long left, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _stepBytes = 0;
        if (Progress.State.Sweep > Lsn.Zero)
            return await SweepAsync(cancellationToken).ConfigureAwait(false);
        var horizon = Horizon;
        if (!Progress.TryPeek(out var first, out var last) || first > horizon)
            return 0;
        if (_mustSweep)
            return await BeginSweepAsync(horizon, isForced).ConfigureAwait(false);
        try
        {
            return await FollowAsync(first, last < horizon ? last : horizon, left, cancellationToken).ConfigureAwait(false);
        }
        catch (HeliosException error) when (error.Code == "lsn_too_old")
        {
            _commits.Close();
            Volatile.Write(ref _mustSweep, true);
            return 1;
        }
        catch
        {
            _commits.Close(); // wherever it stands: the next run looks for the place anew
            throw;
        }
    }

    /// <summary>Removes what the next commits of the log have left.</summary>
    private async Task<long> FollowAsync(Lsn first, Lsn limit, long left, CancellationToken cancellationToken)
    {
        using var request = new CollectRequest(_engine.Parts.Store.Hash) { AsOf = limit };
        var through = Gather(request, first, limit, (int)Math.Min(left, _options.BatchKeys), cancellationToken);
        if (request.Count == 0)
        {
            Progress.Passed(through); // the next flush writes it
            return 1;
        }

        request.Through = through;
        _stepBytes = request.Bytes;
        await RemoveAsync(request).ConfigureAwait(false);
        return request.Count;
    }

    private Lsn Gather(CollectRequest request, Lsn first, Lsn limit, int mostKeys, CancellationToken cancellationToken)
    {
        var (durable, visible) = (_engine.Parts.Durable.Value, _engine.Parts.Visible.Value);
        _commits.Seek(first);
        while (_commits.TryNext(limit, durable < visible ? durable : visible, out var lsn, out var operations))
        {
            cancellationToken.ThrowIfCancellationRequested();
            DeadVersions.Add(request, operations, lsn);
            if (request.Count >= mostKeys || request.KeyBytes >= _options.BatchBytes)
                return lsn;
        }

        return limit;
    }

    /// <summary>Writes down what a sweep removes as of, where the log goes on behind that.</summary>
    private async Task<long> BeginSweepAsync(Lsn horizon, bool isForced)
    {
        var log = _engine.Parts.Log;
        var wouldGoOn = horizon.Next >= log.Oldest || horizon >= _engine.Parts.Applied.Value;
        if (log.IsPersistent && !wouldGoOn)
            return 0; // a reader holds the horizon where there is no log any more: another sweep would have to follow
        if (!isForced && _lastSweep is { } last && Time.GetElapsedTime(last) < s_sweepPause)
            return 0;
        using var request = new CollectRequest(null) { Sweep = new SweepPlace(horizon, 0, default) };
        VersionLog.SweepBegan(_logger, Progress.State.Through.Value, horizon.Value);
        _sweptSoFar = 0;
        await _engine.Path.CollectAsync(request).ConfigureAwait(false);
        return 1;
    }

    private async Task<long> SweepAsync(CancellationToken cancellationToken)
    {
        var state = Progress.State;
        using var request = new CollectRequest(_engine.Parts.Store.Hash) { AsOf = state.Sweep };
        long read;
        try
        {
            read = Gather(request, state, cancellationToken);
            await RemoveAsync(request).ConfigureAwait(false);
        }
        catch
        {
            CloseVacated(); // what it has passed is still there: from the beginning
            throw;
        }

        _sweptSoFar += request.Count;
        if (request.Sweep == default(SweepPlace))
            EndSweep();
        return 1 + request.Count + (read / ReadsPerKey);
    }

    /// <summary>Takes the sweep's next keys, first versions of rows, then keys that rows gave up; returns how many were looked at.</summary>
    private long Gather(CollectRequest request, CollectedState state, CancellationToken cancellationToken)
    {
        var store = _engine.Parts.Store;
        if (state.Partition != AllRows)
        {
            var sweep = new RowSweep(store, state.Sweep, isAlone: false) { Partition = state.Partition, Row = state.Row };
            var rest = sweep.Fill(request, _options.BatchKeys, ReadPerStep, cancellationToken);
            request.Sweep = new SweepPlace(state.Sweep, rest?.Partition ?? AllRows, rest?.Row ?? default);
            _stepBytes = sweep.ReadBytes;
            return sweep.Read;
        }

        _vacated ??= new VacatedSweep(store, [KeySpace.Vacated], state.Sweep);
        var before = _vacated.Read;
        if (!_vacated.Fill(request, _options.BatchKeys, _options.BatchBytes, ReadPerStep, cancellationToken))
            (request.Through, request.Sweep) = (state.Sweep, default(SweepPlace));
        _stepBytes = request.Bytes;
        return _vacated.Read - before;
    }

    private void CloseVacated()
    {
        _vacated?.Dispose();
        _vacated = null;
    }

    private void EndSweep()
    {
        CloseVacated();
        _lastSweep = Time.GetTimestamp();
        Volatile.Write(ref _mustSweep, false);
        Interlocked.Increment(ref _sweeps);
        VersionLog.SweepEnded(_logger, _sweptSoFar);
    }

    private async Task RemoveAsync(CollectRequest request)
    {
        if (request.IsEmpty)
            return;
        await _engine.Path.CollectAsync(request).ConfigureAwait(false);
        Interlocked.Add(ref _versions, request.Versions);
        Interlocked.Add(ref _keys, request.Vacated);
        Interlocked.Add(ref _bytes, request.Bytes);
        _engine.Parts.Options.Metrics.VersionsCollected(request.Versions, request.Vacated, request.Bytes);
    }
}
