using System.Globalization;

namespace Helios.Pipeline.Load;

/// <summary>Processor time by the name of the thread: where a candidate spends it.</summary>
internal static class ThreadTimes
{
    private const double NanosPerMicro = 1_000;

    /// <summary>Microseconds so far of each living thread.</summary>
    public static Dictionary<string, (string Name, double Micros)> Now()
    {
        var times = new Dictionary<string, (string, double)>();
        foreach (var thread in Directory.GetDirectories("/proc/self/task"))
        {
            try
            {
                var nanos = File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ')[0];
                times[thread] = (File.ReadAllText(Path.Combine(thread, "comm")).Trim(), double.Parse(nanos, CultureInfo.InvariantCulture) / NanosPerMicro);
            }
            catch (IOException)
            {
                // The thread ended between being listed and being read.
            }
        }

        return times;
    }

    /// <summary>Microseconds between two moments by name, those that count for at least a hundredth of a microsecond a row.</summary>
    public static SortedDictionary<string, double> PerRow(Dictionary<string, (string Name, double Micros)> from, Dictionary<string, (string Name, double Micros)> to, double rows)
    {
        var perRow = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (thread, (name, micros)) in to)
        {
            var spent = micros - (from.TryGetValue(thread, out var before) ? before.Micros : 0);
            perRow[name] = perRow.GetValueOrDefault(name) + (spent / rows);
        }

        const double negligible = 0.01;
        foreach (var name in perRow.Keys.Where(name => perRow[name] < negligible).ToArray())
            perRow.Remove(name);
        return perRow;
    }
}
