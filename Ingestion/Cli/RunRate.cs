using System.Globalization;
using System.Text;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary>How fast a run is, and how long it will still take.</summary>
internal sealed class RunRate(TimeProvider time)
{
    private long _started;
    private long? _firstBytes;

    public void Start() => _started = time.GetTimestamp();

    /// <summary>Bytes of the input where they say something: a pipe has none, and a file may have grown meanwhile.</summary>
    public static long? Total(IngestProgress progress) =>
        progress.TotalBytes is { } total && total > 0 && total >= progress.Bytes ? total : null;

    /// <summary>Rows, rows/s, bytes, rejects and the time left.</summary>
    public string Describe(IngestProgress progress)
    {
        // What an earlier run had read was only compared, not stored: it says nothing of the speed.
        _firstBytes ??= progress.Bytes;
        var elapsed = time.GetElapsedTime(_started);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Printable.Count(progress.Rows)} rows, {Printable.Count(PerSecond(progress.Rows, elapsed))} rows/s, {Printable.Bytes(progress.Bytes)}");
        if (Total(progress) is { } total)
            text.Append(CultureInfo.InvariantCulture, $" of {Printable.Bytes(total)} ({100 * (double)progress.Bytes / total:0}%)");
        text.Append(CultureInfo.InvariantCulture, $", {Printable.Count(progress.Rejected)} rejected");
        if (Left(progress, elapsed) is { } left)
            text.Append(CultureInfo.InvariantCulture, $", {Printable.Duration(left)} left");
        return text.ToString();
    }

    public static long PerSecond(long rows, TimeSpan elapsed) =>
        elapsed > TimeSpan.Zero ? (long)(rows / elapsed.TotalSeconds) : 0;

    private TimeSpan? Left(IngestProgress progress, TimeSpan elapsed)
    {
        var done = progress.Bytes - _firstBytes!.Value;
        if (Total(progress) is not { } total || done <= 0)
            return null;
        return TimeSpan.FromSeconds(Math.Round(elapsed.TotalSeconds * (total - progress.Bytes) / done));
    }
}
