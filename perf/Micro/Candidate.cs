using System.Diagnostics;

namespace Helios.Pipeline.Micro;

/// <summary>Something to measure: a name, how many rows one call handles, and the call.</summary>
internal sealed class Candidate(string name, int rows, Action call, bool decrypts = false)
{
    private readonly int _batch = Math.Max(1, 64 / rows); // calls between two looks at the clock
    private readonly List<double> _nanos = [];

    public string Name => name;

    public bool Decrypts => decrypts;

    /// <summary>Nanoseconds a row, one figure a round.</summary>
    public IReadOnlyList<double> Nanos => _nanos;

    /// <summary>Bytes of managed memory a row, in the last round.</summary>
    public double Allocated { get; private set; }

    public void WarmUp(TimeSpan time)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time;)
            Call();
    }

    /// <summary>The best of some short spans: what else the machine does only ever adds.</summary>
    public void Round(int spans, TimeSpan span)
    {
        var best = double.MaxValue;
        var (handled, before) = (0L, GC.GetAllocatedBytesForCurrentThread());
        for (var i = 0; i < spans; i++)
        {
            var (calls, start) = (0L, Stopwatch.GetTimestamp());
            TimeSpan elapsed;
            do
            {
                Call();
                calls += _batch;
            }
            while ((elapsed = Stopwatch.GetElapsedTime(start)) < span);
            best = Math.Min(best, elapsed.TotalNanoseconds / (calls * rows));
            handled += calls * rows;
        }

        Allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)handled;
        _nanos.Add(best);
    }

    private void Call()
    {
        for (var i = 0; i < _batch; i++)
            call();
    }
}
