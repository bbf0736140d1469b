using System.Diagnostics;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Load;

/// <summary>Producers that offer far more than a slow disk takes: what is inside must stay within its budget, and all that was acknowledged must be there.</summary>
internal sealed class HeliosOverload() : HeliosCandidate(new HeliosOptions { SafetyLevel = SafetyLevel.Full, MaxQueuedBytes = BudgetBytes, Files = new SlowSyncFiles(SlowSyncFiles.SyncDelay) })
{
    /// <summary>The least that leaves the bulk of the offer outside.</summary>
    private const long BudgetBytes = 16 << 20;

    /// <summary>What producers offer at once, as a multiple of the budget.</summary>
    private const int OfferedBudgets = 10;

    private const int RowBytes = BulkRows.KeySize + BulkRows.MaxValueSize;

    private long _peakBytes;
    private long _waits;

    public override Figures Complete(Figures figures) => base.Complete(figures) with
    {
        PeakQueuedBytes = _peakBytes,
        QueueBudgetBytes = BudgetBytes,
        GateWaits = _waits,
    };

    protected override async Task<long> WriteAsync(BulkRows rows, Workload workload, Latencies latencies)
    {
        var inFlight = (int)Math.Ceiling(OfferedBudgets * BudgetBytes / (double)(workload.Producers * workload.CommitRows * RowBytes));
        var next = 0L;
        var started = Stopwatch.GetTimestamp();
        var producers = new Task<long>[workload.Producers];
        for (var i = 0; i < producers.Length; i++)
            producers[i] = Task.Run(ProduceAsync);
        var acknowledged = (await Task.WhenAll(producers).ConfigureAwait(false)).Sum();
        (_peakBytes, _waits) = (Engine.WritePath.Gate.PeakBytes, Engine.WritePath.Gate.Waits);
        return acknowledged;

        async Task<long> ProduceAsync()
        {
            var window = new CommitWindow(inFlight);
            while (workload.Seconds == 0 || Stopwatch.GetElapsedTime(started).TotalSeconds < workload.Seconds)
            {
                var first = Interlocked.Add(ref next, workload.CommitRows) - workload.CommitRows;
                if (workload.Seconds == 0 && first >= workload.Rows)
                    break;
                await window.RoomAsync().ConfigureAwait(false);
                window.Enter(Inserter.InsertAsync(rows, first, workload.CommitRows), workload.CommitRows);
            }

            await window.DrainAsync().ConfigureAwait(false);
            return window.Acknowledged;
        }
    }
}
