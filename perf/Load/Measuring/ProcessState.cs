using System.Diagnostics;
using System.Globalization;

namespace Helios.Pipeline.Load;

/// <summary>What the process has used so far. Differences of two states are the figures of what happened between them.</summary>
internal readonly record struct ProcessState(long Timestamp, double CpuMicros, long Allocated, long Written, long VoluntarySwitches)
{
    /// <summary>Before what is measured: what reading itself costs comes first.</summary>
    public static ProcessState Begin()
    {
        var written = BytesWritten();
        var use = Use();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        return new ProcessState(Stopwatch.GetTimestamp(), CpuOf(use), allocated, written, use.VoluntarySwitches);
    }

    /// <summary>After what is measured: the clock comes first.</summary>
    public static ProcessState End()
    {
        var timestamp = Stopwatch.GetTimestamp();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var use = Use();
        return new ProcessState(timestamp, CpuOf(use), allocated, BytesWritten(), use.VoluntarySwitches);
    }

    public static double SecondsBetween(ProcessState from, ProcessState to) => Stopwatch.GetElapsedTime(from.Timestamp, to.Timestamp).TotalSeconds;

    /// <summary>Resident memory now, in KiB.</summary>
    public static long ResidentKiB() => ReadNumber("/proc/self/status", "VmRSS:");

    /// <summary>The highest resident memory since <see cref="ResetPeak"/>, in KiB.</summary>
    public static long PeakResidentKiB() => ReadNumber("/proc/self/status", "VmHWM:");

    /// <summary>Makes the peak of resident memory what it is now.</summary>
    public static void ResetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");

    private static long BytesWritten() => ReadNumber("/proc/self/io", "wchar:");

    private static double CpuOf(in NativeMethods.ResourceUse use) =>
        ((use.UserSeconds + use.SystemSeconds) * 1e6) + use.UserMicros + use.SystemMicros;

    private static NativeMethods.ResourceUse Use()
    {
        const int self = 0;
        return NativeMethods.ResourceUsage(self, out var use) == 0 ? use : throw new InvalidOperationException("getrusage failed.");
    }

    private static long ReadNumber(string file, string name)
    {
        foreach (var line in File.ReadLines(file))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
                return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
        }

        throw new InvalidOperationException($"{file} has no {name}");
    }
}
