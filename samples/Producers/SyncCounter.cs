using System.Diagnostics.Metrics;

/// <summary>Counts the log's syncs by the engine's own meter.</summary>
internal sealed class SyncCounter : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _count;

    public SyncCounter()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "Helios.Pipeline", Name: "helios.log.sync.duration" })
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref _count));
        _listener.Start();
    }

    public long Count => Interlocked.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
