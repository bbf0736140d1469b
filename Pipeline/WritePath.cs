using System.Diagnostics;
using System.Runtime.CompilerServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// The engine's table of contents: the way of a commit, from its caller to its answer.
/// <code>
/// caller ─► AdmissionGate ─► Validate ─► [validated] Constrain ─► [ordered] Log ─► [logged] Commit ─► [committed] Track ─► ticket
///             bytes, rows     Dataflow     ART, ids, LSN            WAL, sync       RocksDB batch      counts, Visible
/// </code>
/// Every mailbox is bounded and none lies on a cycle, so the path cannot lock itself. Each stage completes the next
/// mailbox when it has drained, so the path stops in the order it is drawn.
/// </summary>
internal sealed class WritePath : IAsyncDisposable
{
    /// <summary>A commit of up to this many rows may validate on its caller's thread.</summary>
    private const int InlineRows = 16;

    private static readonly TimeSpan s_retryTick = TimeSpan.FromMilliseconds(1);

    private readonly WritePathParts _parts;
    private readonly EngineFault _fault = new();
    private readonly FailedSuffix _suffix = new();
    private readonly ValidateStage _validate;
    private readonly SpillSignal? _indexRoom; // null where indexes have no bound
    private readonly DataflowStep<WriteEnvelope> _validating;
    private readonly Mailbox<WriteEnvelope> _validated;
    private readonly Mailbox<CommitGroup> _ordered;
    private readonly Mailbox<CommitGroup> _logged;
    private readonly IActor[] _actors;
    private readonly ITimer _tick;
    private readonly Lock _stopGate = new();
    private Task? _stopped;

    public WritePath(WritePathParts parts)
    {
        _parts = parts;
        var (options, metrics) = (parts.Options, parts.Options.Metrics);
        Gate = new AdmissionGate(options.Memory, options.MaxQueuedRows, options.Space);

        _validated = new Mailbox<WriteEnvelope>("validated", 1024, readerBlocks: false);
        _ordered = new Mailbox<CommitGroup>("ordered", 64, readerBlocks: true);
        _logged = new Mailbox<CommitGroup>("logged", 64, readerBlocks: true);
        var committed = new Mailbox<CommitGroup>("committed", 256, readerBlocks: false);
        var segments = new Mailbox<SegmentWanted>("segments", 4, readerBlocks: true);

        _tick = options.Time.CreateTimer(static state => ((WritePath)state!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var policy = new SyncPolicy(options.Sync, options.Time, _tick);
        _validate = new ValidateStage(parts.Plans, parts.Store, parts.Snapshots);
        _indexRoom = parts.Plans.MaxIndexBytes > 0 ? parts.SpillWanted : null;
        var constrain = new ConstrainStage(parts.Order, _validate, options.Time, parts.Durable, parts.Visible, _ordered, Gate, _suffix, parts.SpillWanted);
        var log = new LogStage(parts.Log, policy, parts.Durable, _logged, segments, _suffix, _fault, metrics);
        var commit = new CommitStage(parts.Store, parts.Log, parts.Counters, parts.Epoch, parts.Applied, parts.Flushed, parts.Durable, committed, options.Commit, parts.Plans, parts.Versions, parts.Unlogged);
        var track = new TrackStage(parts.Published, parts.Filters, parts.Durable, parts.Visible, Gate, _suffix, metrics);

        _validating = new DataflowStep<WriteEnvelope>(
            Environment.ProcessorCount, capacity: 256, ValidateInStep, HandOnValidatedAsync, ValidateStage.Fail);
        _actors =
        [
            new Actor<WriteEnvelope>("constrain", _validated, constrain, _fault, metrics, ConstrainStage.Position, ownThread: false),
            new Actor<CommitGroup>("log", _ordered, log, _fault, metrics, LogStage.Position, ownThread: true),
            new Actor<CommitGroup>("commit", _logged, commit, _fault, metrics, CommitStage.Position, ownThread: true),
            new Actor<CommitGroup>("track", committed, track, _fault, metrics, TrackStage.Position, ownThread: false),
            new Actor<SegmentWanted>("segments", segments, new SegmentStage(parts.Log), _fault, metrics, LogStage.Position, ownThread: true),
        ];
        _fault.Raised += OnFault;
    }

    public AdmissionGate Gate { get; }

    /// <summary>The first failure, or null while everything works.</summary>
    public Exception? Fault => _fault.First;

    /// <summary>What whoever still asks this path is told, once there is a <see cref="Fault"/>.</summary>
    public HeliosException Refusal() => _fault.Refusal();

    /// <summary>Can another path go on where this one has failed? See <see cref="Resumption"/>.</summary>
    public bool IsResumable => _fault.IsResumable;

    /// <summary>Groups that did not reach the log; complete once the path has stopped.</summary>
    public FailedSuffix Suffix => _suffix;

    /// <summary>Raised once, when the path takes no more commits because of a failure.</summary>
    public event Action<Exception>? Faulted;

    public void Start()
    {
        foreach (var actor in _actors)
            actor.Start();
    }

    /// <summary>Takes a commit in, waiting for credit; returns when it is queued. Commits of one session are taken in the order of its calls.</summary>
    public ValueTask SubmitAsync(WriteEnvelope envelope, SessionOrder session, CancellationToken cancellationToken)
    {
        if (PipelineActivities.IsWanted)
            envelope.Trace();
        // Two commits that both wait for credit go on by themselves on the pool: the later one must wait for the earlier.
        if (session.Entering is { IsCompleted: false } earlier)
            return new ValueTask(session.Entering = SubmitAfterAsync(earlier, envelope, session, cancellationToken));
        var entering = EnterAsync(envelope, session, cancellationToken);
        return entering.IsCompleted ? entering : new ValueTask(session.Entering = entering.AsTask());
    }

    private async Task SubmitAfterAsync(Task earlier, WriteEnvelope envelope, SessionOrder session, CancellationToken cancellationToken)
    {
        await earlier.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // its own caller is told how it went
        await EnterAsync(envelope, session, cancellationToken).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask EnterAsync(WriteEnvelope envelope, SessionOrder session, CancellationToken cancellationToken)
    {
        var (bytes, rows) = (Math.Max(envelope.Length, 1), envelope.Rows);
        try
        {
            if (_indexRoom?.Full is { } full && envelope.Fill is null && !envelope.Changes.Alters)
                await SpillSignal.WaitForRoomAsync(full, _parts.Plans, _parts.Options.Time, cancellationToken).ConfigureAwait(false);
            await Gate.EnterAsync(bytes, rows, envelope.Changes.Inserts || envelope.Writes.Inserts, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            envelope.TakeTicket()?.Fail(error);
            if (error is HeliosException)
                _parts.Options.Metrics.Reads.CommitRefused();
            envelope.Recycle(); // nobody else will ever see it
            throw;
        }

        (envelope.CreditBytes, envelope.CreditRows) = (bytes, rows);
        envelope.Session = session;
        if (_parts.Options.Metrics.CommitsMeasured)
            envelope.Submitted = Stopwatch.GetTimestamp();

        if (rows <= InlineRows && session.IsIdle)
        {
            ValidateNow(envelope);
            await HandOnValidatedAsync(envelope).ConfigureAwait(false);
            return;
        }

        envelope.IsInStep = true;
        session.Enter();
        if (!await _validating.SendAsync(envelope).ConfigureAwait(false))
        {
            session.Leave();
            Abandon(envelope);
        }
    }

    /// <summary>Recovery's entrance: a group that is in the log already.</summary>
    /// <exception cref="HeliosException">The path has failed.</exception>
    public async ValueTask ReplayAsync(CommitGroup group)
    {
        try
        {
            await _logged.SendAsideAsync(group).ConfigureAwait(false);
        }
        catch (System.Threading.Channels.ChannelClosedException)
        {
            throw _fault.Refusal();
        }
    }

    /// <summary>Syncs the log and begins a flush of the store, behind everything queued; ends when the flush has begun.</summary>
    /// <exception cref="HeliosException">The path has failed or stopped.</exception>
    public Task BeginFlushAsync()
    {
        var group = CommitGroup.Rent();
        var begun = group.FlushRequest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return AskAsync(group, begun.Task);
    }

    /// <summary>Removes keys that nobody can see any more, and keeps how far that is; ends when the store has none of them. An empty request is a way through Commit.</summary>
    /// <exception cref="HeliosException">The path has failed or stopped: all of them are there, or after the next open perhaps none.</exception>
    public Task CollectAsync(CollectRequest request)
    {
        var group = CommitGroup.Rent();
        group.Collect = request;
        return AskAsync(group, request.Stored.Task);
    }

    /// <summary>Stores the statistics of a table, behind everything queued; ends when the store has them.</summary>
    /// <exception cref="HeliosException">The path has failed or stopped; the store has those that it had.</exception>
    public Task StoreAsync(StatisticsRequest request)
    {
        var group = CommitGroup.Rent();
        group.Statistics = request;
        return AskAsync(group, request.Stored.Task);
    }

    /// <summary>Moves entries of an index to the store; ends when what could go has gone.</summary>
    /// <exception cref="HeliosException">The path has failed or stopped: the index is as it was.</exception>
    public async Task SpillAsync(SpillRequest request)
    {
        await SendAsync(request).ConfigureAwait(false);
        await request.Stored.Task.ConfigureAwait(false);
        if (request.Count == 0)
            return;
        await SendAsync(request).ConfigureAwait(false);
        await request.Done.Task.ConfigureAwait(false);
    }

    /// <summary>Sends entries of an index to Constrain: the first time they go to the store, the second time out of the tree.</summary>
    internal async ValueTask SendAsync(SpillRequest request)
    {
        var envelope = WriteEnvelope.Rent();
        envelope.Spill = request;
        try
        {
            await _validated.SendAsync(envelope).ConfigureAwait(false);
        }
        catch (System.Threading.Channels.ChannelClosedException)
        {
            envelope.Recycle();
            throw _fault.Refusal();
        }
    }

    /// <summary>Goes over to another level, behind everything queued; ends when all of that is durable and the new level holds.</summary>
    /// <exception cref="HeliosException">The path has failed or stopped; the level is as it was.</exception>
    public Task UseLevelAsync(SafetyLevel level)
    {
        var group = CommitGroup.Rent();
        group.Level = level;
        var used = group.LevelRequest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return AskAsync(group, used.Task);
    }

    /// <summary>Refuses new commits, finishes those inside, stops every stage in order. Idempotent.</summary>
    public Task StopAsync()
    {
        lock (_stopGate)
            return _stopped ??= StopOnceAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task StopOnceAsync()
    {
        Gate.Close(_fault.Refusal());
        _indexRoom?.Release(); // the gate tells those who wait for it
        await _tick.DisposeAsync().ConfigureAwait(false);
        _validating.Complete();
        await _validating.Completion.ConfigureAwait(false);
        _validated.Complete();
        foreach (var actor in _actors)
            await actor.Completion.ConfigureAwait(false);
        _indexRoom?.Release(); // Constrain may have found an index too large meanwhile
        if (_suffix.Groups.Count > 0)
        {
            _parts.Order.Withdraw(_suffix.Groups, _parts.Log.Next, StoreContents.LoadSources(_parts.Store));
            _parts.Order.Producers.Load(_parts.Store);
        }

        var refusal = _fault.Refusal();
        foreach (var mark in _parts.Watermarks)
            mark.Abandon(refusal);
    }

    private void OnFault(Exception error)
    {
        Gate.Close(_fault.Refusal());
        Faulted?.Invoke(error);
        // The stop waits for the actors, one of which is calling: it must go on elsewhere.
        ThreadPool.UnsafeQueueUserWorkItem(static self => _ = self.StopAsync(), this, preferLocal: false);
    }

    private void Tick()
    {
        // It fires once: where the mailbox is full the wake must not be lost, or what is unsynced would wait for the next commit.
        if (!_ordered.TrySend(s_tick))
            _tick.Change(s_retryTick, Timeout.InfiniteTimeSpan);
    }

    private static readonly CommitGroup s_tick = MakeTick();

    private static CommitGroup MakeTick()
    {
        var group = CommitGroup.Rent();
        group.IsTick = true;
        return group;
    }

    /// <summary>Sends a request behind everything queued, and waits for its answer.</summary>
    private async Task AskAsync(CommitGroup group, Task answer)
    {
        try
        {
            await _ordered.SendAsideAsync(group).ConfigureAwait(false);
        }
        catch (System.Threading.Channels.ChannelClosedException)
        {
            throw _fault.Refusal();
        }

        await answer.ConfigureAwait(false);
    }

    private void ValidateInStep(WriteEnvelope envelope)
    {
        var started = Stopwatch.GetTimestamp();
        _validate.Validate(envelope);
        _parts.Options.Metrics.Validation.Add(Stopwatch.GetElapsedTime(started));
    }

    private void ValidateNow(WriteEnvelope envelope)
    {
        try
        {
            _validate.Validate(envelope);
        }
        catch (Exception error)
        {
            ValidateStage.Fail(envelope, error);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask HandOnValidatedAsync(WriteEnvelope envelope)
    {
        var session = envelope.IsInStep ? envelope.Session : null;
        if (envelope.Durability == Durability.Queued && envelope.Failure is null)
            envelope.TakeTicket()?.Answer(new CommitReceipt(Lsn.Zero, envelope.Rows, []));
        try
        {
            await _validated.SendAsync(envelope).ConfigureAwait(false);
        }
        catch (System.Threading.Channels.ChannelClosedException)
        {
            Abandon(envelope);
        }
        finally
        {
            session?.Leave();
        }
    }

    private void Abandon(WriteEnvelope envelope)
    {
        var ticket = envelope.TakeTicket();
        Gate.Leave(envelope.CreditBytes, envelope.CreditRows);
        envelope.Recycle();
        ticket?.Fail(_fault.Refusal());
    }
}

/// <summary>What a write path is made of; made by recovery, owned by the engine.</summary>
internal sealed record WritePathParts
{
    public required ILog Log { get; init; }

    public required RocksStore Store { get; init; }

    public required TablePlans Plans { get; init; }

    public required OrderState Order { get; init; }

    public required StoreCounters Counters { get; init; }

    public required Published Published { get; init; }

    public required WritePathOptions Options { get; init; }

    /// <summary>What readers and undecided commits look at.</summary>
    public required SnapshotRegistry Snapshots { get; init; }

    /// <summary>Raised where an index is larger than it may be.</summary>
    public SpillSignal SpillWanted { get; } = new();

    /// <summary>Summaries of blocks of rows.</summary>
    public required FilterRegistry Filters { get; init; }

    /// <summary>What commits have left behind.</summary>
    public required VersionProgress Versions { get; init; }

    /// <summary>Rows that readers asked for.</summary>
    public required RowCache Rows { get; init; }

    /// <summary>Who reads the log.</summary>
    public LogSubscribers Subscribers { get; init; } = new();

    /// <summary>Where there is no log: when the store must be flushed; null where there is one.</summary>
    public UnloggedFlush? Unlogged { get; init; }

    public required Watermark Durable { get; init; }

    public required Watermark Applied { get; init; }

    public required Watermark Flushed { get; init; }

    public required Watermark Visible { get; init; }

    public IEnumerable<Watermark> Watermarks => [Durable, Applied, Visible, Flushed];

    /// <summary>Epoch of the log since this open.</summary>
    public required ulong Epoch { get; init; }
}
