using System.Diagnostics;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Load;

/// <summary>Producers that commit a row and await it.</summary>
internal sealed class HeliosSingle() : HeliosCandidate(new HeliosOptions { SafetyLevel = SafetyLevel.Full })
{
    protected override async Task<long> WriteAsync(BulkRows rows, Workload workload, Latencies latencies)
    {
        var producers = new Task<long>[workload.Producers];
        for (var i = 0; i < producers.Length; i++)
        {
            var producer = i;
            producers[i] = Task.Run(() => ProduceAsync(producer, rows, workload, latencies));
        }

        return (await Task.WhenAll(producers).ConfigureAwait(false)).Sum();
    }

    private async Task<long> ProduceAsync(int producer, BulkRows rows, Workload workload, Latencies latencies)
    {
        var acknowledged = 0L;
        for (long row = producer; row < workload.Rows; row += workload.Producers)
        {
            var started = Stopwatch.GetTimestamp();
            var receipt = await Inserter.InsertAsync(rows, row, 1).ConfigureAwait(false);
            latencies.Record(row, started);
            acknowledged += receipt.Rows;
        }

        return acknowledged;
    }
}
