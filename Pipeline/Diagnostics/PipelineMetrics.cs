using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Helios.Pipeline;

/// <summary>The meter <c>Helios.Pipeline</c>: every stage is measured alike by its actor, once per run.</summary>
internal sealed class PipelineMetrics : IDisposable
{
    public const string MeterName = "Helios.Pipeline";

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _stageDuration;
    private readonly Histogram<int> _runSize;
    private readonly Histogram<double> _commitDuration;
    private readonly Counter<long> _logWritten;
    private readonly Histogram<double> _syncDuration;
    private readonly ConcurrentDictionary<string, StageMeter> _stages = new();

    private FreeSpace? _space;
    private MemoryBudget? _memory;

    public PipelineMetrics()
    {
        _stageDuration = _meter.CreateHistogram<double>("helios.stage.duration", "s", "Time a stage took for one run.");
        _runSize = _meter.CreateHistogram<int>("helios.stage.run.size", "{message}", "Messages a stage took at once.");
        _commitDuration = _meter.CreateHistogram<double>("helios.commit.duration", "s", "Time from admission to the answer.");
        _logWritten = _meter.CreateCounter<long>("helios.log.written", "By", "Bytes appended to the log.");
        _syncDuration = _meter.CreateHistogram<double>("helios.log.sync.duration", "s", "Time of one sync of the log.");
        _meter.CreateObservableGauge("helios.mailbox.depth", Depths, "{message}", "Messages waiting in front of a stage.");
        _meter.CreateObservableGauge("helios.disk.free", FreeBytes, "By", "Bytes that may still be written where the database lies.");
        _meter.CreateObservableGauge("helios.memory.used", UsedMemory, "By", "Memory of a queue, cache or index.");
    }

    /// <summary>Shows what was measured of disk and memory.</summary>
    public void Observe(FreeSpace space, MemoryBudget memory) => (_space, _memory) = (space, memory);

    /// <summary>The stages that run now, in no order.</summary>
    public IEnumerable<StageMeter> Stages => _stages.Values;

    public StageMeter Stage(string name, Func<int> depth) =>
        _stages[name] = new StageMeter(name, depth, _stageDuration, _runSize);

    public void Remove(string stage) => _stages.TryRemove(stage, out _);

    public void LogWritten(long bytes) => _logWritten.Add(bytes);

    public void LogSynced(TimeSpan took) => _syncDuration.Record(took.TotalSeconds);

    public bool CommitsMeasured => _commitDuration.Enabled;

    public void CommitAnswered(TimeSpan took, Durability durability) =>
        _commitDuration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("durability", durability.ToString()));

    public void Dispose() => _meter.Dispose();

    // Nothing, rather than a number that is none, where the system does not say.
    private IEnumerable<Measurement<long>> FreeBytes() => _space?.Bytes is { } bytes ? [new Measurement<long>(bytes)] : [];

    private IEnumerable<Measurement<long>> UsedMemory()
    {
        if (_memory?.Last is not { } use)
            yield break;
        yield return Part("queue", use.Queue);
        yield return Part("batch", use.Batch);
        yield return Part("memtables", use.Memtables);
        yield return Part("blocks", use.Blocks);
        yield return Part("readers", use.TableReaders);
        yield return Part("rows", use.Rows);
        yield return Part("log", use.Log);
        yield return Part("index", use.Index);

        static Measurement<long> Part(string name, long bytes) => new(bytes, new KeyValuePair<string, object?>("part", name));
    }

    private IEnumerable<Measurement<int>> Depths()
    {
        foreach (var stage in _stages.Values)
            yield return new Measurement<int>(stage.Depth, new KeyValuePair<string, object?>("stage", stage.Name));
    }
}

/// <summary>Counts of one stage. Written by its actor, read by anyone.</summary>
internal sealed class StageMeter(string name, Func<int> depth, Histogram<double> duration, Histogram<int> runSize)
{
    private readonly KeyValuePair<string, object?> _tag = new("stage", name);
    private long _runs;
    private long _messages;
    private long _wakes;

    public string Name { get; } = name;

    public int Depth => depth();

    public long Runs => Volatile.Read(ref _runs);

    public long Messages => Volatile.Read(ref _messages);

    /// <summary>Times the actor was asleep and had to be woken.</summary>
    public long Wakes => Volatile.Read(ref _wakes);

    public void Woken() => Volatile.Write(ref _wakes, _wakes + 1);

    public void RunHandled(int messages, TimeSpan took)
    {
        Volatile.Write(ref _runs, _runs + 1);
        Volatile.Write(ref _messages, _messages + messages);
        if (duration.Enabled)
            duration.Record(took.TotalSeconds, _tag);
        if (runSize.Enabled)
            runSize.Record(messages, _tag);
    }
}
