using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Load;

/// <summary>What the engine counted between two moments. Made before the engine opens: it listens to the meter from the start.</summary>
internal sealed class EngineCounts : IDisposable
{
    private const string SyncDuration = "helios.log.sync.duration";

    private readonly ConcurrentDictionary<string, double> _stageSeconds = new();
    private readonly MeterListener _listener = new();
    private long _syncs;
    private long _logBytes;

    public EngineCounts()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            // All are recorded once per run of a stage: listening costs nothing that can be measured.
            if (instrument.Meter.Name == PipelineMetrics.MeterName && instrument.Name is SyncDuration or "helios.log.written" or "helios.stage.duration")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, seconds, tags, _) =>
        {
            if (instrument.Name == SyncDuration)
                Interlocked.Increment(ref _syncs);
            else
                _stageSeconds.AddOrUpdate((string)tags[0].Value!, static (_, more) => more, static (_, sum, more) => sum + more, seconds);
        });
        _listener.SetMeasurementEventCallback<long>((_, bytes, _, _) => Interlocked.Add(ref _logBytes, bytes));
        _listener.Start();
    }

    /// <summary>Times a stage slept and was woken.</summary>
    public long Wakes { get; private set; }

    /// <summary>Runs of the commit stage.</summary>
    public long CommitRuns { get; private set; }

    /// <summary>Batches handed to RocksDB.</summary>
    public long NativeWrites { get; private set; }

    public long Syncs { get; private set; }

    /// <summary>Seconds by stage that its runs took, waiting for room in the next mailbox included.</summary>
    public SortedDictionary<string, double> StageSeconds { get; } = new(StringComparer.Ordinal);

    public long LogBytes { get; private set; }

    public void Begin(HeliosEngine engine) => Add(engine, -1);

    public void End(HeliosEngine engine) => Add(engine, 1);

    public void Dispose() => _listener.Dispose();

    private void Add(HeliosEngine engine, int sign)
    {
        foreach (var stage in engine.Parts.Options.Metrics.Stages)
        {
            Wakes += sign * stage.Wakes;
            if (stage.Name == "commit")
                CommitRuns += sign * stage.Runs;
        }

        foreach (var (stage, seconds) in _stageSeconds)
            StageSeconds[stage] = StageSeconds.GetValueOrDefault(stage) + (sign * seconds);
        NativeWrites += sign * engine.Parts.Store.WriteCalls;
        Syncs += sign * Interlocked.Read(ref _syncs);
        LogBytes += sign * Interlocked.Read(ref _logBytes);
    }
}
