using System.Diagnostics;
using Helios.Pipeline.Maintenance;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Lets a background stage's intervals pass, on a clock that the test holds.</summary>
internal static class StageTicks
{
    /// <summary>Real time after which a stage that has not come to its turn hangs, however slow the machine.</summary>
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);

    /// <summary>One interval passes, and the stage has dealt with it. The clock is moved once: on a slow machine no more time passes for the stage than the test says.</summary>
    /// <param name="time">The engine's clock.</param>
    /// <param name="interval">The stage's.</param>
    /// <param name="stage">It runs.</param>
    public static async Task PassAsync(this FakeTimeProvider time, TimeSpan interval, BackgroundStage stage)
    {
        var (before, began) = (stage.Intervals, Stopwatch.GetTimestamp());
        time.Advance(interval);
        while (stage.Intervals == before)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < s_hang, $"the stage {stage.Report.Name} does not run");
            await Task.Yield();
        }
    }
}
