namespace Helios.Pipeline.Maintenance;

/// <summary>What the background stages of an engine take together: one gauge of the processors, and so many bytes a second that they read or remove. Any thread.</summary>
/// <remarks>
/// Bytes are paid for when they have been read: who has read them waits until those before it are paid for, so no stage can take more than one step ahead. Whoever waits longest goes first.
/// </remarks>
internal sealed class MaintenanceBudget : IDisposable
{
    /// <summary>After this it is looked again who may go: a timer takes no more than 49 days, and a huge step at a low rate is longer.</summary>
    private const double LongestMs = 24 * 60 * 60 * 1_000;

    private readonly Lock _gate = new();
    private readonly LinkedList<Turn> _waiting = [];
    private readonly long _bytesPerSecond;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private double _left; // bytes that may be taken now; below zero where the last one has taken more than there was
    private long _leftAt;

    /// <param name="bytesPerSecond">Bytes a second, and at once after a second of rest; 0 = as many as they can.</param>
    /// <param name="cpu">How busy the processors are.</param>
    /// <param name="time">The clock.</param>
    public MaintenanceBudget(long bytesPerSecond, ICpuGauge cpu, TimeProvider time)
    {
        _bytesPerSecond = bytesPerSecond;
        _time = time;
        _left = bytesPerSecond;
        _leftAt = time.GetTimestamp();
        _timer = time.CreateTimer(static budget => ((MaintenanceBudget)budget!).LetGo(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Cpu = new SharedCpuGauge(cpu, time);
    }

    /// <summary>How busy the processors are, the same for all stages.</summary>
    public ICpuGauge Cpu { get; }

    /// <summary>Stages that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>Pays for bytes that have been read, and waits for its turn.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="cancellationToken">Waits no longer, and does not pay.</param>
    public Task TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled(cancellationToken);
        if (_bytesPerSecond == 0 || bytes <= 0)
            return Task.CompletedTask;
        var turn = new Turn(bytes);
        lock (_gate)
        {
            _waiting.AddLast(turn);
            LetGoUnsynchronized();
        }

        return turn.Task.IsCompleted ? Task.CompletedTask : WaitAsync(turn, cancellationToken);
    }

    public void Dispose() => _timer.Dispose();

    private async Task WaitAsync(Turn turn, CancellationToken cancellationToken)
    {
        using var given = cancellationToken.UnsafeRegister(static (state, _) => ((Action)state!)(), () => GiveUp(turn, cancellationToken));
        await turn.Task.ConfigureAwait(false);
    }

    private void GiveUp(Turn turn, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _waiting.Remove(turn); // nothing where it has had its turn
            turn.TrySetCanceled(cancellationToken);
            LetGoUnsynchronized();
        }
    }

    private void LetGo()
    {
        lock (_gate)
            LetGoUnsynchronized();
    }

    private void LetGoUnsynchronized()
    {
        var now = _time.GetTimestamp();
        _left = Math.Min(_bytesPerSecond, _left + (_time.GetElapsedTime(_leftAt, now).TotalSeconds * _bytesPerSecond));
        _leftAt = now;
        while (_waiting.First is { } first && _left > 0)
        {
            _waiting.RemoveFirst();
            if (first.Value.TrySetResult())
                _left -= first.Value.Bytes;
        }

        if (_waiting.Count > 0)
            _timer.Change(TimeSpan.FromMilliseconds(Math.Min(LongestMs, Math.Floor(-_left / _bytesPerSecond * 1_000) + 1)), Timeout.InfiniteTimeSpan);
    }

    private sealed class Turn(long bytes) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Bytes => bytes;
    }
}

/// <summary>One sample for all who ask within half a second: a gauge tells the share since it was asked last, and many askers would each get a share of next to nothing. Any thread.</summary>
internal sealed class SharedCpuGauge : ICpuGauge
{
    private static readonly TimeSpan s_age = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly ICpuGauge _gauge;
    private readonly TimeProvider _time;
    private long? _sampledAt;
    private double? _share;

    public SharedCpuGauge(ICpuGauge gauge, TimeProvider time)
    {
        _gauge = gauge;
        _time = time;
        gauge.Sample(); // what the first stage asks for is the share since now
    }

    public double? Sample()
    {
        lock (_gate)
        {
            if (_sampledAt is not { } at || _time.GetElapsedTime(at) >= s_age)
                (_sampledAt, _share) = (_time.GetTimestamp(), _gauge.Sample());
            return _share;
        }
    }
}
