using System.Diagnostics;
using System.Runtime;
using System.Text.Json;

namespace Helios.Pipeline.Load;

/// <summary>The measuring process: one candidate, one workload, once. Prints one line of JSON.</summary>
internal static class Child
{
    /// <summary>Longer than the runtime waits before it compiles hot methods again.</summary>
    private static readonly TimeSpan s_compileDelay = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan s_longestCompile = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(Entry entry, Workload workload, string directory)
    {
        var rows = new BulkRows(workload.StoredRows);
        for (var pass = 0; pass < Workload.WarmPasses; pass++)
        {
            await WarmAsync(entry, workload.Warm, rows, Fresh(directory, "warm")).ConfigureAwait(false);
            WaitForCompiler();
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        var figures = await MeasureAsync(entry, workload, rows, Fresh(directory, "run")).ConfigureAwait(false);
        Console.WriteLine(JsonSerializer.Serialize(figures));
        if (figures.Counted == figures.Rows && figures.KeysPerRow is null or 1)
            return ExitCodes.Done;
        await Console.Error.WriteLineAsync($"WRONG COUNT: {entry.Name} {workload.Label} acknowledged {figures.Rows} rows and holds {figures.Counted}, with {figures.KeysPerRow} keys a row.").ConfigureAwait(false);
        return ExitCodes.WrongCount;
    }

    /// <summary>Waits until nothing is compiled in the background any more; on a busy machine that takes a while.</summary>
    public static void WaitForCompiler()
    {
        var started = Stopwatch.GetTimestamp();
        long before;
        do
        {
            before = JitInfo.GetCompiledMethodCount();
            Thread.Sleep(s_compileDelay);
        }
        while (JitInfo.GetCompiledMethodCount() != before && Stopwatch.GetElapsedTime(started) < s_longestCompile);
    }

    private static async Task WarmAsync(Entry entry, Workload workload, BulkRows rows, string directory)
    {
        var candidate = entry.Make();
        candidate.Prepare(rows);
        await candidate.OpenAsync(directory).ConfigureAwait(false);
        await candidate.RunAsync(rows, workload, new Latencies(workload.Rows)).ConfigureAwait(false);
        await candidate.CloseAsync().ConfigureAwait(false);
        Directory.Delete(directory, recursive: true);
    }

    private static async Task<Figures> MeasureAsync(Entry entry, Workload workload, BulkRows rows, string directory)
    {
        var latencies = new Latencies(workload.CommitRows == 1 ? workload.Rows : 0);
        var candidate = entry.Make();
        candidate.Prepare(rows);
        ProcessState.ResetPeak();
        var resident = ProcessState.ResidentKiB();
        await candidate.OpenAsync(directory).ConfigureAwait(false);
        WaitForCompiler(); // opening runs code that is seldom run: what it made hot must not be compiled on the clock

        var threadsBefore = ThreadTimes.Now();
        var started = ProcessState.Begin();
        var acknowledged = await candidate.RunAsync(rows, workload, latencies).ConfigureAwait(false);
        var answered = ProcessState.End();
        var threadsAfter = ThreadTimes.Now();
        await candidate.CloseAsync().ConfigureAwait(false);
        var settled = ProcessState.End();
        var peak = ProcessState.PeakResidentKiB();

        double perRow = acknowledged;
        return candidate.Complete(new Figures
        {
            Candidate = entry.Name,
            Workload = workload.Label,
            Producers = workload.Producers,
            Rows = acknowledged,
            Counted = await candidate.CountAsync(directory).ConfigureAwait(false),
            Seconds = ProcessState.SecondsBetween(started, answered),
            SettledSeconds = ProcessState.SecondsBetween(started, settled),
            CpuMicrosPerRow = (answered.CpuMicros - started.CpuMicros) / perRow,
            SettledCpuMicrosPerRow = (settled.CpuMicros - started.CpuMicros) / perRow,
            AllocatedPerRow = (answered.Allocated - started.Allocated) / perRow,
            WrittenPerRow = (settled.Written - started.Written) / perRow,
            PeakRssMiB = (peak - resident) / 1024.0,
            VoluntarySwitchesPerCommit = (answered.VoluntarySwitches - started.VoluntarySwitches) * workload.CommitRows / perRow,
            CpuByThread = ThreadTimes.PerRow(threadsBefore, threadsAfter, perRow),
            P50Micros = latencies.Percentile(0.50),
            P99Micros = latencies.Percentile(0.99),
            MaxMicros = latencies.Percentile(1),
        });
    }

    private static string Fresh(string directory, string name) => Directory.CreateDirectory(Path.Combine(directory, name)).FullName;
}
