using System.Globalization;

namespace Helios.Pipeline.Maintenance;

/// <summary>How busy the machine's processors are.</summary>
internal interface ICpuGauge
{
    /// <summary>The share in use since it was asked last, 0 to 1, smoothed; null where it cannot be known. Such a machine counts as busy.</summary>
    double? Sample();
}

/// <summary>Reads /proc/stat: all processors, all processes. Where there is no such file, or it may not be read, this process's own use stands for the machine's. One thread.</summary>
/// <param name="time">The clock.</param>
/// <param name="file">What has the figures of the machine.</param>
internal sealed class CpuGauge(TimeProvider time, string file = "/proc/stat") : ICpuGauge
{
    private const double Weight = 0.3; // of the newest sample: one busy moment does not stop the work, nor one idle one start it

    private bool _isOwn = !OperatingSystem.IsLinux() || !File.Exists(file);
    private (long Busy, long All)? _last;
    private double? _smoothed;

    public double? Sample()
    {
        var now = Read();
        if (_last is { } last && now.All > last.All)
        {
            var share = Math.Clamp((double)(now.Busy - last.Busy) / (now.All - last.All), 0, 1);
            _smoothed = _smoothed is { } before ? (before * (1 - Weight)) + (share * Weight) : share;
        }

        _last = now;
        return _smoothed;
    }

    private (long Busy, long All) Read()
    {
        if (!_isOwn)
        {
            if (TryReadFile() is { } machine)
                return machine;
            (_isOwn, _last) = (true, null); // for good: its own figures have another unit
        }

        var used = Environment.CpuUsage.TotalTime.Ticks;
        return (used, time.GetElapsedTime(0).Ticks * Environment.ProcessorCount);
    }

    /// <summary>Null where the system keeps it from this process: a container may hide the file, or put an empty one in its place.</summary>
    private (long Busy, long All)? TryReadFile()
    {
        string? line;
        try
        {
            line = File.ReadLines(file).FirstOrDefault();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // "cpu  user nice system idle iowait irq softirq steal ...", in ticks since the start
        var ticks = (line ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
            .Select(static t => long.TryParse(t, CultureInfo.InvariantCulture, out var value) ? value : -1).ToArray();
        return ticks.Length < 5 || ticks.Contains(-1) ? null : (ticks.Sum() - ticks[3] - ticks[4], ticks.Sum());
    }
}
