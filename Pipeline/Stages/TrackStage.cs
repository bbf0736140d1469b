using System.Diagnostics;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Makes what is in the store known: counts, catalog, summaries of blocks; then moves Visible on, and answers.</summary>
/// <remarks>Never fails a commit and never waits for Maintenance.</remarks>
internal sealed class TrackStage(Published published, FilterRegistry filters, Watermark durable, Watermark visible, AdmissionGate gate, FailedSuffix suffix, PipelineMetrics metrics) : IStage<CommitGroup>
{
    public const int Position = 4;

    /// <summary>For Log's syncs.</summary>
    public TimeSpan Waited { get; private set; }

    public async ValueTask HandleAsync(ReadOnlyMemory<CommitGroup> run)
    {
        var from = 0;
        for (var i = 0; i < run.Length; i++)
        {
            // After a failed sync nothing is answered any more but what was durable before, at every level.
            var isLost = durable.IsAbandoned && run.Span[i].Last > durable.Value;
            if (run.Span[i].DurableAt <= durable.Value && !isLost)
                continue;

            // Log is still syncing: what is ahead goes out now.
            Publish(run.Span[from..i]);
            from = i;
            var started = Stopwatch.GetTimestamp();
            try
            {
                await durable.WaitAsync(isLost ? Lsn.Max : run.Span[i].DurableAt).ConfigureAwait(false);
            }
            catch (HeliosException failure)
            {
                for (; from < run.Length; from++)
                    suffix.Add(run.Span[from], failure);
                return;
            }

            Waited += Stopwatch.GetElapsedTime(started);
        }

        Publish(run.Span[from..]);
    }

    private void Publish(ReadOnlySpan<CommitGroup> groups)
    {
        var last = Lsn.Zero;
        foreach (var group in groups)
        {
            if (group.Commits == 0)
                continue;
            published.Take(group);
            filters.Take(group);
            last = group.Last;
        }

        // Readers that see the new Visible must find everything of it published: this order matters.
        if (last > Lsn.Zero)
            visible.Advance(last);

        long bytes = 0, rows = 0;
        foreach (var group in groups)
        {
            foreach (var answer in group.Answers)
            {
                answer.Give();
                if (answer.Submitted != 0)
                    metrics.CommitAnswered(Stopwatch.GetElapsedTime(answer.Submitted), answer.Durability);
                bytes += answer.CreditBytes;
                rows += answer.CreditRows;
            }

            group.Recycle();
        }

        gate.Leave(bytes, rows);
    }

    public void Refuse(CommitGroup group, Exception fault)
    {
        var refusal = EngineFault.RefusalFor(fault);
        foreach (ref var answer in group.Answers)
            answer.Ticket?.Fail(refusal);
    }
}
