namespace Helios.Pipeline.Model.Tests;

/// <summary>A clock that moves when told. Periodic timers fire when it advances; one-shot timers, which wait for RocksDB, are real and short.</summary>
internal sealed class ManualTime : TimeProvider
{
    private static readonly TimeSpan s_oneShot = TimeSpan.FromMilliseconds(1);

    private readonly Lock _gate = new();
    private readonly List<Periodic> _periodic = [];
    private long _elapsed;
    private long _utc = new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref _elapsed);

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _utc), TimeSpan.Zero);

    /// <summary>The wall clock is set, forward or back; no time passes.</summary>
    public void Jump(TimeSpan by) => Volatile.Write(ref _utc, _utc + by.Ticks);

    /// <summary>Time passes, and every periodic timer fires once.</summary>
    public void Advance(TimeSpan by)
    {
        Volatile.Write(ref _elapsed, _elapsed + by.Ticks);
        Jump(by);
        Periodic[] timers;
        lock (_gate)
            timers = [.. _periodic];
        foreach (var timer in timers)
            timer.Fire();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (period == Timeout.InfiniteTimeSpan)
            return System.CreateTimer(callback, state, dueTime > s_oneShot ? s_oneShot : dueTime, period);
        var timer = new Periodic(this, callback, state);
        lock (_gate)
            _periodic.Add(timer);
        return timer;
    }

    private sealed class Periodic(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
            lock (time._gate)
                time._periodic.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
