using System.Diagnostics;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Makes what is in the store known: counts, catalog, row cache; then moves Visible on, and answers.</summary>
/// <remarks>Never fails a commit and never waits for Maintenance.</remarks>
internal sealed class TrackStage(Published published, Watermark visible, AdmissionGate gate, PipelineMetrics metrics) : IStage<CommitGroup>
{
    public const int Position = 4;

    public ValueTask HandleAsync(ReadOnlyMemory<CommitGroup> run)
    {
        var groups = run.Span;
        var last = Lsn.Zero;
        foreach (var group in groups)
        {
            if (group.Commits == 0)
                continue;
            published.Take(group);
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
        return default;
    }

    public void Refuse(CommitGroup group, Exception fault)
    {
        var refusal = EngineFault.RefusalFor(fault);
        foreach (ref var answer in group.Answers)
            answer.Ticket?.Fail(refusal);
    }
}
