using System.Diagnostics;
using System.Security.Cryptography;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Load;

/// <summary>One producer, commits of many rows, some of them in flight.</summary>
internal sealed class HeliosBulk(SafetyLevel level, int inFlight, bool encrypted = false, bool withoutLog = false, BlockFilterOptions? filters = null)
    : HeliosCandidate(new HeliosOptions { SafetyLevel = level, WithoutLog = withoutLog, Filters = filters ?? new BlockFilterOptions(), Encryption = encrypted ? KeyProviders.FromBytes(RandomNumberGenerator.GetBytes(KekId.KeySize)) : null })
{
    protected override async Task<long> WriteAsync(BulkRows rows, Workload workload, Latencies latencies)
    {
        var window = new CommitWindow(inFlight);
        for (var first = 0L; first < workload.Rows; first += workload.CommitRows)
        {
            var count = (int)Math.Min(workload.CommitRows, workload.Rows - first);
            await window.RoomAsync().ConfigureAwait(false);
            var called = Stopwatch.GetTimestamp();
            var answer = Inserter.InsertAsync(rows, first, count);
            CallerSeconds += Stopwatch.GetElapsedTime(called).TotalSeconds;
            window.Enter(answer, count);
        }

        await window.DrainAsync().ConfigureAwait(false);
        return window.Acknowledged;
    }
}
