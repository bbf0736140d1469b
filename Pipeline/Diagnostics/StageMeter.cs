using System.Diagnostics.Metrics;

namespace Helios.Pipeline;

/// <summary>Counts of one stage. Written by its actor, read by anyone.</summary>
internal sealed class StageMeter(string name, Func<int> depth, int capacity, Histogram<double> duration, Histogram<int> runSize)
{
    private readonly KeyValuePair<string, object?> _tag = new("stage", name);
    private long _runs;
    private long _messages;
    private long _wakes;
    private long _busy;
    private long _waited;

    public string Name { get; } = name;

    public int Depth => depth();

    /// <summary>Messages that may wait in front of it before those who bring more wait.</summary>
    public int Capacity => capacity;

    public long Runs => Volatile.Read(ref _runs);

    public long Messages => Volatile.Read(ref _messages);

    /// <summary>Times the actor was asleep and had to be woken.</summary>
    public long Wakes => Volatile.Read(ref _wakes);

    /// <summary>Time from taking a run to having handled it, all together.</summary>
    public TimeSpan Busy => new(Volatile.Read(ref _busy));

    /// <summary>The part of it in which it waited for others: for room in the next mailbox, or for what it may not answer ahead of.</summary>
    public TimeSpan Waited => new(Volatile.Read(ref _waited));

    public void Woken() => Volatile.Write(ref _wakes, _wakes + 1);

    public void RunHandled(int messages, TimeSpan took, TimeSpan waited)
    {
        Volatile.Write(ref _runs, _runs + 1);
        Volatile.Write(ref _messages, _messages + messages);
        Volatile.Write(ref _busy, _busy + took.Ticks);
        Volatile.Write(ref _waited, _waited + waited.Ticks);
        if (duration.Enabled)
            duration.Record(took.TotalSeconds, _tag);
        if (runSize.Enabled)
            runSize.Record(messages, _tag);
    }
}

/// <summary>How often something was done, and how long it took altogether. Any thread.</summary>
internal sealed class WorkMeter
{
    private long _count;
    private long _ticks;

    public long Count => Interlocked.Read(ref _count);

    public TimeSpan Took => new(Interlocked.Read(ref _ticks));

    public void Add(TimeSpan took)
    {
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _ticks, took.Ticks);
    }
}
