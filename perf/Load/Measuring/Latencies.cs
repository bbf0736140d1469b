using System.Diagnostics;

namespace Helios.Pipeline.Load;

/// <summary>How long each commit waited for its answer. A place per commit: producers never meet.</summary>
internal sealed class Latencies(long commits)
{
    private readonly long[] _ticks = new long[commits];
    private bool _sorted;

    /// <summary>Notes the time since a timestamp; nothing where no places were asked for.</summary>
    public void Record(long commit, long started)
    {
        if (commit < _ticks.Length)
            _ticks[commit] = Stopwatch.GetTimestamp() - started;
    }

    /// <summary>The latency that a share of the commits did not exceed, in microseconds; null where nothing was noted.</summary>
    public double? Percentile(double share)
    {
        if (_ticks.Length == 0)
            return null;
        if (!_sorted)
            Array.Sort(_ticks);
        _sorted = true;
        var place = Math.Clamp((int)Math.Ceiling(share * _ticks.Length) - 1, 0, _ticks.Length - 1);
        return _ticks[place] * 1e6 / Stopwatch.Frequency;
    }
}
