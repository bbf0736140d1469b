using System.Collections.Concurrent;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Makes states of a journal and looks at them, as many at once as there are processors.</summary>
internal static class PowerStates
{
    /// <summary>The first fault that is found, or null.</summary>
    public static async Task<string?> FindFaultAsync(PowerTools tools, string journal, IEnumerable<PowerMoment> moments, Func<Replayer, PowerMoment, Task<string?>> look)
    {
        var idle = new ConcurrentBag<Replayer>();
        var faults = new ConcurrentQueue<string>();
        try
        {
            await Parallel.ForEachAsync(moments, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (moment, _) =>
            {
                if (!faults.IsEmpty)
                    return; // one is enough
                var replayer = idle.TryTake(out var free) ? free : tools.Replayer(journal);
                if (await look(replayer, moment) is { } fault)
                    faults.Enqueue(fault);
                idle.Add(replayer);
            });
        }
        finally
        {
            foreach (var replayer in idle)
                replayer.Dispose();
        }

        return faults.TryPeek(out var first) ? first : null;
    }
}
